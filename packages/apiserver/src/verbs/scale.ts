import { Scale } from '@kubets/api';
import {
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
import { withDefaults } from '../registry/body.ts';
import { answerTransient } from '../registry/outcome.ts';
import type { BodyForm, Resource } from '../registry/resource.ts';
import { updateObject, type View, wrongUid } from '../registry/update-object.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { patcherOf } from './patch.ts';
import { checkNames } from './update.ts';

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
    const { name, kind } = resource;
    if (!current) throw notFound(kind.isCustom ? name : { ...name, resource: `${name.resource}/scale` }, request.name);
    const shown = resource.fromStored(current.object);
    if (resource.kind.isCustom && valueAt(shown, paths.specReplicasPath) === undefined) {
      throw internalError(new Error(`the spec replicas field ".${paths.specReplicasPath}" does not exist`));
    }
    return answerTransient(scaleOf(shown, paths));
  }
  const form = resource.bodyOf(definition.name);
  if (request.verb === 'update') checkNames(wantedScale(undefined, request, form), request, resource);
  const view = viewOf(request, resource, paths);
  const warnings = request.warnings ?? new Set<string>();
  const written = await updateObject(server, {
    request,
    resource,
    strategy: resource.rules.strategy,
    warnings,
    view,
    make: (current) => {
      const wanted = wantedScale(view.show(current), request, form);
      checkNames(wanted, request, resource);
      return wanted;
    },
  });
  return answerTransient(view.show(written.object), { warnings: [...warnings] });
}

function viewOf(request: AuthenticatedRequest, resource: Resource, paths: ScalePaths): View {
  return {
    show: (object) => scaleOf(resource.fromStored(object), paths),
    take(shown, current) {
      const wanted = shown as Scale;
      checkScale(wanted, current, { request, resource });
      const sized = withReplicas(resource.fromStored(current), paths.specReplicasPath, wanted.spec.replicas ?? 0);
      return resource.toStored(sized);
    },
  };
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

function wantedScale(current: KubeObject | undefined, request: AuthenticatedRequest, form: BodyForm): KubeObject {
  const document =
    request.verb === 'patch'
      ? patcherOf(request, form)(current as unknown as JsonObject)
      : (request.body as JsonObject);
  const { value } = conform(Scale, document as JsonObject);
  return withDefaults(value, form);
}

/** A Scale need not name a version, whatever the resource asks of its own updates. */
function checkScale(
  wanted: Scale,
  current: KubeObject,
  { request, resource }: { request: AuthenticatedRequest; resource: Resource },
): void {
  const replicas = wanted.spec.replicas ?? 0;
  // Custom resources are validated as a whole.
  if (replicas < 0 && !resource.kind.isCustom) {
    const error = invalidField(new FieldPath('spec.replicas'), replicas, 'must be greater than or equal to 0');
    throw invalidObject({ group: 'autoscaling', resource: '', kind: 'Scale', name: request.name, errors: [error] });
  }
  const { uid, resourceVersion } = wanted.metadata;
  if (uid && uid !== current.metadata.uid) {
    throw wrongUid(resource, current, uid);
  }
  if (resourceVersion && resourceVersion !== '0' && resourceVersion !== current.metadata.resourceVersion) {
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
