import { Scale } from '@kubets/api';
import {
  applySchemaDefaults,
  conflict,
  conform,
  FieldPath,
  formatLabelSelector,
  internalError,
  invalid as invalidField,
  invalidObject,
  type JsonObject,
  type KubeObject,
  type LabelSelectorObject,
  modifiedConflict,
  notFound,
  type ScalePaths,
  type SubresourceDefinition,
  valueAt,
} from '@kubets/core';
import { answerTransient } from '../registry/outcome.ts';
import type { Resource } from '../registry/resource.ts';
import { updateObject } from '../registry/update-object.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { patcherOf } from './patch.ts';
import { checkNames } from './update.ts';

const SCALE = { kind: { schema: Scale } } as unknown as Pick<Resource, 'kind'>;

/** GET, PUT and PATCH of the scale subresource: the number of replicas, seen as an object of its own. */
export async function scale(
  server: ServerContext,
  request: AuthenticatedRequest,
  { resource, definition }: { resource: Resource; definition: SubresourceDefinition },
): Promise<VerbResult> {
  const paths = definition.scale;
  if (!paths) throw new Error(`${resource.kind.kind} does not say where its replicas are`);
  if (request.verb === 'get') {
    const current = await resource.current(request.namespace, request.name);
    if (!current) throw notFound(resource.name, request.name);
    const shown = resource.fromStored(current.object);
    if (resource.kind.isCustom && valueAt(shown, paths.specReplicasPath) === undefined) {
      throw internalError(new Error(`the spec replicas field ".${paths.specReplicasPath}" does not exist`));
    }
    return answerTransient(scaleOf(shown, paths));
  }
  const warnings = request.warnings ?? new Set<string>();
  const written = await updateObject(server, {
    request,
    resource,
    // A Scale need not name a version, whatever the resource asks of its own updates.
    strategy: { ...resource.rules.strategy, allowUnconditionalUpdate: true },
    warnings,
    make: (current) => {
      const wanted = wantedScale(request, scaleOf(current, paths));
      checkScale(wanted, current, { request, resource });
      return withReplicas(current, paths.specReplicasPath, wanted.spec.replicas ?? 0);
    },
  });
  return answerTransient(scaleOf(written.object, paths), { warnings: [...warnings] });
}

/** The Scale that shows an object. */
export function scaleOf(object: KubeObject, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.selectorPath ? valueAt(object, paths.selectorPath) : undefined;
  const text = typeof selector === 'string' ? selector : selectorText(selector);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    spec: { replicas: Number(valueAt(object, paths.specReplicasPath) ?? 0) },
    status: {
      replicas: Number(valueAt(object, paths.statusReplicasPath) ?? 0),
      ...(text ? { selector: text } : {}),
    },
  };
}

function selectorText(selector: unknown): string {
  if (typeof selector !== 'object' || selector === null) return '';
  // A replication controller's selector is a plain map of labels.
  const isPlain = !('matchLabels' in selector) && !('matchExpressions' in selector);
  return formatLabelSelector((isPlain ? { matchLabels: selector } : selector) as LabelSelectorObject);
}

function wantedScale(request: AuthenticatedRequest, current: Scale): Scale {
  const document =
    request.verb === 'patch'
      ? patcherOf(request, SCALE)(current as unknown as JsonObject)
      : (request.body as JsonObject);
  const { value } = conform(Scale, document as JsonObject);
  applySchemaDefaults(Scale, value);
  return value as unknown as Scale;
}

function checkScale(
  wanted: Scale,
  current: KubeObject,
  { request, resource }: { request: AuthenticatedRequest; resource: Resource },
): void {
  checkNames(wanted, request, resource);
  const replicas = wanted.spec.replicas ?? 0;
  if (replicas < 0) {
    const error = invalidField(new FieldPath('spec.replicas'), replicas, 'must be greater than or equal to 0');
    throw invalidObject({ group: 'autoscaling', resource: '', kind: 'Scale', name: request.name, errors: [error] });
  }
  const { uid, resourceVersion } = wanted.metadata;
  if (uid && uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(resource.name, request.name, why);
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
    throw modifiedConflict(resource.name, request.name);
  }
}

function withReplicas(current: KubeObject, path: string, replicas: number): KubeObject {
  const draft = structuredClone(current);
  delete draft.metadata.resourceVersion;
  const steps = path.split('.');
  const last = steps.pop()!;
  let target = draft as unknown as Record<string, unknown>;
  for (const step of steps) {
    target[step] ??= {};
    target = target[step] as Record<string, unknown>;
  }
  target[last] = replicas;
  return draft;
}
