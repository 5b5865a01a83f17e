import type { ParamKind, ParamRef } from '@kubets/api';
import { type KubeObject, labelSelectorOf, matches, parseApiVersion } from '@kubets/core';
import type { Lookup } from '../admission/lookup.ts';
import type { Resource } from '../registry/resource.ts';

/** Finds the parameters that a binding gives to its policy; none where the policy takes none. Throws an Error saying what is wrong. */
export async function paramsOf(
  paramKind: ParamKind | undefined,
  paramRef: ParamRef | undefined,
  { lookup, namespace }: { lookup: Lookup; namespace: string },
): Promise<readonly (KubeObject | undefined)[]> {
  if (!paramKind || !paramRef) return [undefined];
  const resource = resourceOf(paramKind, lookup);
  if (!resource) throw new Error(`paramKind kind \`${paramKind.apiVersion}, Kind=${paramKind.kind}\` not known`);
  const within = namespaceOf(resource, paramRef, namespace);
  const target = { group: resource.kind.group, resource: resource.kind.resource, namespace: within };
  const found = await find(paramRef, { lookup, target });
  if (found.length > 0) return found.map((object) => resource.fromStored(object));
  if (paramRef.parameterNotFoundAction === 'Allow') return [];
  throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
}

function resourceOf({ apiVersion = '', kind }: ParamKind, { server }: Lookup): Resource | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  return server.registry
    .resources()
    .find(
      ({ kind: each }) =>
        each.group === group && each.version === version && each.kind === kind && each.listKind !== '',
    );
}

function namespaceOf({ kind }: Resource, { namespace }: ParamRef, ofRequest: string): string {
  if (!kind.namespaced) {
    if (namespace) throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
    return '';
  }
  if (namespace) return namespace;
  if (ofRequest === '')
    throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  return ofRequest;
}

type Target = Parameters<Lookup['list']>[0];

async function find(
  { name, selector }: ParamRef,
  { lookup, target }: { lookup: Lookup; target: Target },
): Promise<KubeObject[]> {
  if (name) {
    const object = await lookup.get(target, name);
    return object ? [object] : [];
  }
  const wanted = labelSelectorOf(selector);
  return (await lookup.list(target)).filter(({ metadata }) => matches(wanted, metadata.labels));
}
