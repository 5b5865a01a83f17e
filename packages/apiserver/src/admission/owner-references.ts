import { type KubeObject, parseApiVersion } from '@kubets/core';
import type { Attributes, Authorizer } from '../authz/authorizer.ts';
import { type Decider, withDecisions } from '../authz/decisions.ts';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';

type OwnerReference = NonNullable<KubeObject['metadata']['ownerReferences']>[number];

/**
 * Who changes the owners of an object needs the right to delete it; who lets it hold up the deletion of an owner, the right to set
 * that owner's finalizers.
 */
export function ownerReferencesPermission(lookup: Lookup, authorizer: () => Authorizer | undefined): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    validate(admission) {
      const known = authorizer();
      // Before the front door is open only the control plane itself writes.
      if (!known || isPodStatus(admission)) return;
      const [owners, before] = [ownersOf(admission.object), ownersOf(admission.old)];
      if (JSON.stringify(owners) === JSON.stringify(before)) return;
      const blocking = new Set(before.filter(({ blockOwnerDeletion }) => blockOwnerDeletion).map(({ uid }) => uid));
      const added = owners.filter(({ blockOwnerDeletion, uid }) => blockOwnerDeletion && !blocking.has(uid));
      return withDecisions(known, (decider) => {
        if (admission.operation === 'UPDATE') checkDelete(admission, decider);
        for (const owner of added) checkFinalizers(admission, owner, { lookup, decider });
      });
    },
  };
}

const ownersOf = (object: KubeObject | undefined): readonly OwnerReference[] => object?.metadata?.ownerReferences ?? [];

function isPodStatus({ resource, subresource }: AdmissionRequest): boolean {
  return resource.name.group === '' && resource.name.resource === 'pods' && subresource === 'status';
}

function checkDelete(admission: AdmissionRequest, decider: Decider): void {
  const { resource, namespace, name, request } = admission;
  const attributes = { ...resource.name, verb: 'delete', subresource: '', namespace, name };
  const reason = refusalOf(decider, request.user, attributes);
  if (reason === undefined) return;
  throw refused(admission, `cannot set an ownerRef on a resource you can't delete: ${reason}, <nil>`);
}

function checkFinalizers(
  admission: AdmissionRequest,
  owner: OwnerReference,
  { lookup, decider }: { lookup: Lookup; decider: Decider },
): void {
  const { apiVersion, kind, name } = owner;
  const { group, version } = parseApiVersion(apiVersion);
  const resources = lookup.server.registry
    .resources()
    .filter(({ kind: each }) => each.group === group && each.version === version && each.kind === kind);
  if (resources.length === 0) {
    const missing = `no matches for kind "${kind}" in version "${apiVersion}"`;
    const why = `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: ${missing}`;
    throw refused(admission, why);
  }
  for (const { kind: of } of resources) {
    const namespace = of.namespaced ? admission.namespace : '';
    const attributes = { group, resource: of.resource, verb: 'update', subresource: 'finalizers', namespace, name };
    const reason = refusalOf(decider, admission.request.user, attributes);
    if (reason === undefined) continue;
    const why = `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${reason}, <nil>`;
    throw refused(admission, why);
  }
}

/** Why a user may not do something; undefined when they may. */
function refusalOf(
  decider: Decider,
  user: Attributes['user'],
  attributes: Omit<Attributes, 'user' | 'isResource' | 'path'>,
): string | undefined {
  const { allowed, reason } = decider.authorize({ ...attributes, user, isResource: true, path: '' });
  return allowed ? undefined : reason;
}
