import { type CustomResourceDefinition, customResourceDefinitionKind } from '@kubets/api';
import { forbidden, type KubeObject } from '@kubets/core';
import type { AdmissionPlugin } from '../admission/admission.ts';
import { isTrue, withCondition } from './status.ts';

/** Keeps a definition until the objects that it defines are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export function isDefinition(object: KubeObject): object is CustomResourceDefinition {
  const { kind, group, version } = customResourceDefinitionKind;
  return object.kind === kind && object.apiVersion === `${group}/${version}`;
}

/** A definition as its first deletion request makes it, before the generic marks: with the finalizer, and saying what comes. */
export function definitionToDelete(definition: CustomResourceDefinition, nowIso: string): CustomResourceDefinition {
  const { metadata, status } = definition;
  if (metadata.deletionTimestamp) return definition;
  const finalizers = metadata.finalizers ?? [];
  const conditions = withCondition(
    status?.conditions ?? [],
    {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    },
    nowIso,
  );
  return {
    ...definition,
    metadata: {
      ...metadata,
      finalizers: finalizers.includes(CLEANUP_FINALIZER) ? finalizers : [...finalizers, CLEANUP_FINALIZER],
    },
    status: { ...status, acceptedNames: status?.acceptedNames ?? { plural: '', kind: '' }, conditions },
  };
}

/** Refuses new objects of definitions that are being deleted. */
export function customResourceTermination(
  definitionOf: (group: string, resource: string) => CustomResourceDefinition | undefined,
): AdmissionPlugin {
  return {
    name: 'CustomResourceTermination',
    handles: (operation) => operation === 'CREATE',
    mutate({ resource, name }) {
      if (!resource.kind.isCustom) return;
      const definition = definitionOf(resource.name.group, resource.name.resource);
      if (!definition || !isTrue(definition, 'Terminating')) return;
      const why = 'create not allowed while custom resource definition is terminating';
      throw forbidden(resource.name, name, why);
    },
  };
}
