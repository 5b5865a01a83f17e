import { badRequest, type FieldError, FieldPath, invalid, invalidObject, notSupported } from '@kubets/core';
import { type Deleted, type DeleteOptions, deleteObject, isHeldNamespace } from '../registry/delete-object.ts';
import { answerStored, answerSuccess, answerTransient } from '../registry/outcome.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';

/** DELETE of one object. */
export async function deleteOne(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<VerbResult> {
  const options = deleteOptionsOf(request);
  const deleted = await deleteObject(server, { request, resource, options });
  return answerDeleted(resource, deleted, options);
}

export function answerDeleted(resource: Resource, deleted: Deleted, options: DeleteOptions): VerbResult {
  const waits = options.orphanDependents === false;
  const code = deleted.outcome !== 'gone' && waits ? 202 : 200;
  const { group, resource: plural } = resource.name;
  const returnsObject =
    deleted.outcome === 'lingers' || isHeldNamespace(deleted.object) || resource.storedKind.returnsDeletedObject;
  if (returnsObject) {
    if (deleted.stored) return answerStored(resource, deleted.stored, { code });
    return answerTransient(resource.fromStored(deleted.object), { code });
  }
  const { name, uid } = deleted.object.metadata;
  const details = { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: plural, ...(uid ? { uid } : {}) };
  return answerSuccess(details, { code });
}

/** The DeleteOptions of a request: its body, with dry run from the query too. */
export function deleteOptionsOf(request: AuthenticatedRequest): DeleteOptions {
  const body = request.body ?? {};
  if (typeof body !== 'object' || Array.isArray(body)) throw badRequest('the body of a delete must be DeleteOptions');
  const { dryRun, ...options } = body as Omit<DeleteOptions, 'dryRun'> & { dryRun?: unknown };
  const errors = optionErrors(options);
  if (errors.length > 0) {
    throw invalidObject({ group: 'meta.k8s.io', resource: '', kind: 'DeleteOptions', name: '', errors });
  }
  const dry = dryRun === true || (Array.isArray(dryRun) && dryRun.includes('All')) || request.options.dryRun === true;
  return { ...options, dryRun: dry };
}

function optionErrors({ propagationPolicy, orphanDependents, gracePeriodSeconds }: DeleteOptions): FieldError[] {
  const errors: FieldError[] = [];
  const path = new FieldPath('propagationPolicy');
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    errors.push(invalid(path, propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
  }
  if (propagationPolicy && !['Foreground', 'Background', 'Orphan'].includes(propagationPolicy)) {
    errors.push(notSupported(path, propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']));
  }
  if (gracePeriodSeconds !== undefined && !Number.isInteger(gracePeriodSeconds)) {
    errors.push(invalid(new FieldPath('gracePeriodSeconds'), gracePeriodSeconds, 'must be an integer'));
  }
  return errors;
}
