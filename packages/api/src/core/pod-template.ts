import { defineKind, field, type Infer, message, string } from '@kubets/core';
import { containerColumns, formatLabels, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { applyPodTemplateDefaults } from './pod/defaults.ts';
import { PodTemplateSpec } from './pod.ts';
import { validatePodTemplate } from './pod-template-validation.ts';

export const PodTemplate = message('io.k8s.api.core.v1.PodTemplate', 'A description of pods, kept for use by others.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard metadata: name, namespace, labels, annotations, owners and the like.')
    .always()
    .default({}),
  template: field(2, PodTemplateSpec, 'The pods that are to be made.').default({}),
});
export interface PodTemplate extends Infer<typeof PodTemplate> {}

export const podTemplateKind = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  returnsDeletedObject: true,
  resource: 'podtemplates',
  namespaced: true,
  schema: PodTemplate,
  strategy: {
    hasGeneration: true,
    applyDefaults: ({ template }) => applyPodTemplateDefaults(template),
    validate: validatePodTemplate,
  },
  columns: [
    nameColumn,
    ...containerColumns<PodTemplate>(({ template }) => template?.spec).map((column) => ({ ...column, priority: 0 })),
    {
      name: 'Pod Labels',
      type: 'string',
      description: 'Labels of the pods made from the template.',
      cell: ({ template }) => formatLabels(template?.metadata?.labels),
    },
  ],
  storageVersionHash: 'LIXB2x4IFpk=',
});
