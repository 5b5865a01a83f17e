import type { MatchResources, ParamKind, ParamRef } from '@kubets/api';
import type { KubeObject } from '@kubets/core';
import type { AdmissionRequest } from '../admission/admission.ts';
import type { Lookup } from '../admission/lookup.ts';
import type { Resource } from '../registry/resource.ts';
import { type Criteria, isExempt, matchedResource, namespaceOf } from '../webhooks/matching.ts';
import { paramsOf } from './params.ts';

const GROUP = 'admissionregistration.k8s.io';

/** What policies of all kinds have. */
export interface Policy extends KubeObject {
  readonly spec: { readonly matchConstraints?: MatchResources; readonly paramKind?: ParamKind };
}

/** What their bindings have. */
export interface Binding extends KubeObject {
  readonly spec: {
    readonly policyName?: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
  };
}

/** A policy that is in force for a request, through a binding and with a parameter. */
export interface Invocation<P extends Policy, B extends Binding> {
  readonly policy: P;
  readonly binding: B;
  /** The version in which the policy sees the request. */
  readonly as: Resource;
  readonly param: KubeObject | undefined;
}

/** A binding whose parameters cannot be found. */
export interface Misconfiguration<P extends Policy, B extends Binding> {
  readonly policy: P;
  readonly binding: B;
  readonly message: string;
}

export interface InForce<P extends Policy, B extends Binding> {
  readonly invocations: readonly Invocation<P, B>[];
  readonly misconfigured: readonly Misconfiguration<P, B>[];
}

/** True when it is known, without waiting, that no policy of a kind can be in force. */
export function noneInForce(kinds: { readonly bindings: string }, lookup: Lookup): boolean {
  return lookup.hasNone(GROUP, kinds.bindings);
}

/** The policies of a kind that are in force for a request, by name; undefined where there are none. */
export async function inForce<P extends Policy, B extends Binding>(
  kinds: { readonly policies: string; readonly bindings: string },
  admission: AdmissionRequest,
  lookup: Lookup,
): Promise<InForce<P, B> | undefined> {
  const bindings = await all<B>(lookup, kinds.bindings);
  if (bindings.length === 0 || isExempt(admission)) return undefined;
  const invocations: Invocation<P, B>[] = [];
  const misconfigured: Misconfiguration<P, B>[] = [];
  for (const policy of await all<P>(lookup, kinds.policies)) {
    const own = bindings.filter(({ spec }) => spec.policyName === policy.metadata.name);
    const as = own.length > 0 && (await matchedResource(criteriaOf(policy.spec.matchConstraints), admission, lookup));
    if (!as) continue;
    for (const binding of own) {
      if (!(await appliesTo(binding, admission, lookup))) continue;
      try {
        const params = await paramsFor(policy, binding, { admission, lookup });
        invocations.push(...params.map((param) => ({ policy, binding, as, param })));
      } catch (error) {
        misconfigured.push({ policy, binding, message: `failed to configure binding: ${(error as Error).message}` });
      }
    }
  }
  return { invocations, misconfigured };
}

async function all<T extends KubeObject>(lookup: Lookup, resource: string): Promise<readonly T[]> {
  const found = lookup.server.registry.findResource(GROUP, resource);
  if (!found) return [];
  await found.cache.ready();
  if (found.cache.size === 0) return [];
  return found.cache.page({ prefix: found.cache.prefix }).map(({ object }) => object as T);
}

function criteriaOf(match: MatchResources | undefined): Criteria {
  return {
    rules: match?.resourceRules ?? [],
    excluded: match?.excludeResourceRules ?? [],
    namespaceSelector: match?.namespaceSelector ?? {},
    objectSelector: match?.objectSelector ?? {},
    matchPolicy: match?.matchPolicy,
  };
}

const EVERYTHING = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];

/** A binding without rules of its own applies to all that its policy does. */
async function appliesTo({ spec }: Binding, admission: AdmissionRequest, lookup: Lookup): Promise<boolean> {
  if (!spec.matchResources) return true;
  const criteria = criteriaOf(spec.matchResources);
  const rules = criteria.rules.length > 0 ? criteria.rules : EVERYTHING;
  return (await matchedResource({ ...criteria, rules }, admission, lookup)) !== undefined;
}

function paramsFor(
  { spec: { paramKind } }: Policy,
  { spec: { paramRef } }: Binding,
  { admission, lookup }: { admission: AdmissionRequest; lookup: Lookup },
): Promise<readonly (KubeObject | undefined)[]> {
  const namespace = admission.resource.kind.namespaced ? namespaceOf(admission) : '';
  return paramsOf(paramKind, paramRef, { lookup, namespace });
}
