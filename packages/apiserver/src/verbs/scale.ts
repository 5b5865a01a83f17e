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
  StatusError,
  type SubresourceDefinition,
  valueAt,
} from '@kubets/core';
import { withDefaults } from '../registry/body.ts';
import { appliedTo } from '../registry/managed-fields.ts';
import { answerTransient } from '../registry/outcome.ts';
import type { BodyForm, Resource } from '../registry/resource.ts';
import { entriesOfScale, withEntriesOfScale } from '../registry/scale-fields.ts';
import { updateObject, type View, wrongUid } from '../registry/update-object.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { checkPatchOptions, patcherOf, refusedPatch, reportUnknown } from './patch.ts';
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
  return write(server, request, { resource, form: resource.bodyOf(definition.name), paths });
}

interface Scaled {
  readonly resource: Resource;
  /** The form of a Scale. */
  readonly form: BodyForm;
  readonly paths: ScalePaths;
}

async function write(server: ServerContext, request: AuthenticatedRequest, scaled: Scaled): Promise<VerbResult> {
  const { resource, form, paths } = scaled;
  if (request.verb === 'update') checkNames(decoded(request.body as JsonObject, form), request, resource);
  else checkPatchOptions(request);
  const warnings = request.warnings ?? new Set<string>();
  const view = viewOf(request, scaled);
  const written = await updateObject(server, {
    request,
    resource,
    strategy: resource.rules.strategy,
    warnings,
    view,
    isTracked: request.patchType === 'apply',
    make: (current) => {
      const wanted = wantedScale(server, request, {
        form,
        current: ownedScale(current, { resource, paths }),
        warnings,
      });
      checkNames(wanted, request, resource);
      return wanted;
    },
  });
  return answerTransient(view.show(written.object), { warnings: [...warnings] });
}

function viewOf(request: AuthenticatedRequest, { resource, paths }: Scaled): View {
  return {
    show: (object) => scaleOf(resource.fromStored(object), paths),
    take(shown, current) {
      const wanted = shown as Scale;
      checkScale(wanted, current, { request, resource });
      const sized = withReplicas(resource.fromStored(current), paths.specReplicasPath, wanted.spec.replicas ?? 0);
      if (request.patchType === 'apply') {
        sized.metadata.managedFields = withEntriesOfScale(
          current.metadata.managedFields,
          wanted.metadata.managedFields,
          {
            replicasPath: paths.specReplicasPath,
            apiVersion: resource.apiVersion,
          },
        );
      }
      return resource.toStored(sized);
    },
  };
}

/** The Scale of an object with who owns its number of replicas, which only patches see. */
function ownedScale(object: KubeObject, { resource, paths }: Pick<Scaled, 'resource' | 'paths'>): Scale {
  const scale = scaleOf(resource.fromStored(object), paths);
  const managedFields = entriesOfScale(object.metadata.managedFields, paths.specReplicasPath);
  return managedFields.length === 0 ? scale : { ...scale, metadata: { ...scale.metadata, managedFields } };
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

function wantedScale(
  server: ServerContext,
  request: AuthenticatedRequest,
  { form, current, warnings }: { form: BodyForm; current: Scale; warnings: Set<string> },
): KubeObject {
  if (request.verb === 'update') return decoded(request.body as JsonObject, form);
  if (request.patchType === 'apply') {
    const merged = appliedTo(server, request, { form, live: current as KubeObject });
    return decoded(merged as unknown as JsonObject, form);
  }
  const document = patcherOf(request, form)(current as unknown as JsonObject) as JsonObject;
  const quote = () => JSON.stringify(document);
  try {
    reportUnknown(conform(Scale, document).unknownFields, { request, warnings, quote });
    return decoded(document, form);
  } catch (error) {
    if (!(error instanceof StatusError) || !error.message.startsWith('json: ')) throw error;
    throw refusedPatch(quote(), error.message);
  }
}

function decoded(document: JsonObject, form: BodyForm): KubeObject {
  return withDefaults(conform(Scale, document).value, form);
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
