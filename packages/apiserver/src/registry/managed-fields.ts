import {
  apiVersionOf,
  applyPatch,
  badRequest,
  type FieldSet,
  fieldSetOfPaths,
  type JsonObject,
  type KubeObject,
  trackUpdate,
} from '@kubets/core';
import type { AuthenticatedRequest } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { timestamp } from './metadata.ts';
import type { BodyForm, Resource } from './resource.ts';

const STATUS_FIELDS = fieldSetOfPaths(['status']);
const NOT_STATUS_FIELDS = new WeakMap<Resource['storedKind'], FieldSet>();

/** `updated` (in the stored version) with the fields that the request has set entered under its manager. */
export function tracked(
  server: Pick<ServerContext, 'clock'>,
  request: AuthenticatedRequest,
  change: { resource: Resource; live: KubeObject | undefined; updated: KubeObject },
): KubeObject {
  const { resource, live, updated } = change;
  const resetFields = resetFieldsOf(resource, request.subresource);
  return trackUpdate({
    live,
    updated,
    schema: resource.storedKind.schema,
    manager: request.options.fieldManager ?? '',
    apiVersion: apiVersionOf(resource.storedKind.group, resource.storedKind.version),
    subresource: request.subresource,
    // What is written by way of a Scale has no time.
    nowIso: request.subresource === 'scale' ? undefined : timestamp(server.clock.now()),
    ...(resetFields ? { resetFields } : {}),
  });
}

/** The live object (or none) with the fields of an apply request merged in, in the version of the request. */
export function applied(
  server: Pick<ServerContext, 'clock'>,
  request: AuthenticatedRequest,
  change: { resource: Resource; live: KubeObject | undefined },
): KubeObject {
  const { resource, live } = change;
  const resetFields = resetFieldsOf(resource, request.subresource);
  return appliedTo(server, request, { form: resource, live, ...(resetFields ? { resetFields } : {}) });
}

/** The same for any object that requests carry, such as a Scale. */
export function appliedTo(
  server: Pick<ServerContext, 'clock'>,
  request: AuthenticatedRequest,
  change: { form: BodyForm; live: KubeObject | undefined; resetFields?: FieldSet },
): KubeObject {
  const { form, ...rest } = change;
  checkAppliedType(request.body as JsonObject, form);
  return applyPatch({
    ...rest,
    applied: request.body as JsonObject,
    schema: form.kind.schema,
    manager: request.options.fieldManager ?? '',
    force: request.options.force ?? false,
    apiVersion: form.apiVersion,
    subresource: request.subresource,
    nowIso: timestamp(server.clock.now()),
  });
}

/** What is applied says what it is: the kind and version of the request. */
function checkAppliedType({ apiVersion, kind }: JsonObject, resource: BodyForm): void {
  if (apiVersion === resource.apiVersion && kind === resource.kind.kind) return;
  const given = typeof apiVersion === 'string' ? apiVersion : '';
  // A version that is none takes the kind with it.
  if (given.split('/').length > 2) throw badRequest('invalid object type: /, Kind=');
  const text = given.includes('/') ? given : `/${given}`;
  throw badRequest(`invalid object type: ${text}, Kind=${typeof kind === 'string' ? kind : ''}`);
}

/** What a write through an endpoint cannot change: status through the object, all but status through /status. */
function resetFieldsOf({ storedKind, rules }: Resource, subresource: string): FieldSet | undefined {
  const hasStatus = rules.subresources.some(({ name }) => name === 'status');
  if (subresource === 'status') return notStatusFields(storedKind);
  return hasStatus ? STATUS_FIELDS : undefined;
}

function notStatusFields(kind: Resource['storedKind']): FieldSet {
  let fields = NOT_STATUS_FIELDS.get(kind);
  if (!fields) {
    // Metadata cannot change through the status of custom resources, so that nobody owns any of it through there.
    const kept = new Set(['apiVersion', 'kind', 'status', ...(kind.isCustom ? [] : ['metadata'])]);
    const names = Object.keys(kind.schema.fields).filter((name) => !kept.has(name));
    fields = fieldSetOfPaths(...names.map((name) => [name]));
    NOT_STATUS_FIELDS.set(kind, fields);
  }
  return fields;
}
