import type { MatchResources, NamedRuleWithOperations } from '@kubets/api';
import { type KubeObject, labelSelectorOf, matches, notFound } from '@kubets/core';
import type { AdmissionRequest } from '../admission/admission.ts';
import type { Lookup } from '../admission/lookup.ts';
import type { Resource } from '../registry/resource.ts';

/** Which requests a webhook or a policy is for. */
export interface Criteria {
  readonly rules: readonly NamedRuleWithOperations[];
  readonly excluded?: readonly NamedRuleWithOperations[];
  readonly namespaceSelector: MatchResources['namespaceSelector'];
  readonly objectSelector: MatchResources['objectSelector'];
  readonly matchPolicy: string | undefined;
}

const CONFIGURATIONS = new Set([
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'validatingwebhookconfigurations',
]);

/** True for what configures admission: nobody may lock himself out of undoing a mistake. */
export function isExempt({ resource }: AdmissionRequest): boolean {
  const { group, resource: plural } = resource.storedKind;
  return group === 'admissionregistration.k8s.io' && CONFIGURATIONS.has(plural);
}

/** A namespace's own requests are about itself. */
export function namespaceOf(admission: AdmissionRequest): string {
  return admission.namespace || (isNamespace(admission.resource) ? admission.name : '');
}

function isNamespace({ kind }: Resource): boolean {
  return kind.group === '' && kind.resource === 'namespaces';
}

/**
 * The version in which the criteria want to see the request: its own or, under the policy Equivalent, another of the same kind.
 * Undefined when they are not met. Throws 404 when the request's namespace is needed and gone.
 */
export async function matchedResource(
  criteria: Criteria,
  admission: AdmissionRequest,
  lookup: Lookup,
): Promise<Resource | undefined> {
  const found = resourceByRules(criteria.rules, admission, { lookup, matchPolicy: criteria.matchPolicy });
  if (!found) return undefined;
  const { excluded = [], matchPolicy } = criteria;
  if (excluded.length > 0 && resourceByRules(excluded, admission, { lookup, matchPolicy })) return undefined;
  if (!matchesObject(criteria, admission)) return undefined;
  return (await matchesNamespace(criteria, admission, lookup)) ? found : undefined;
}

function resourceByRules(
  rules: readonly NamedRuleWithOperations[],
  admission: AdmissionRequest,
  { lookup, matchPolicy }: { lookup: Lookup; matchPolicy: string | undefined },
): Resource | undefined {
  const { resource } = admission;
  const fits = (as: Resource) => rules.some((rule) => matchesRule(rule, admission, as));
  if (fits(resource)) return resource;
  if (matchPolicy === 'Exact') return undefined;
  return lookup.server.registry.resources().find((other) => other.cache === resource.cache && fits(other));
}

function matchesRule(rule: NamedRuleWithOperations, admission: AdmissionRequest, as: Resource): boolean {
  const { apiGroups, apiVersions, operations, resources, resourceNames, scope } = rule;
  return (
    isAmong(operations, admission.operation) &&
    isAmong(apiGroups, as.kind.group) &&
    isAmong(apiVersions, as.kind.version) &&
    matchesScope(scope, admission) &&
    (resources ?? []).some((text) => matchesResourceText(text, as.kind.resource, admission.subresource)) &&
    (!resourceNames?.length || resourceNames.includes(admission.name))
  );
}

function isAmong(values: readonly string[] | undefined, wanted: string): boolean {
  return values?.some((value) => value === '*' || value === wanted) ?? false;
}

/** `pods`, `pods/*`, `*\/scale`; a name alone does not mean the subresources. */
function matchesResourceText(text: string, resource: string, subresource: string): boolean {
  const [name = '', sub = ''] = text.split('/');
  return (name === '*' || name === resource) && (sub === '*' || sub === subresource);
}

function matchesScope(scope: string | undefined, { resource }: AdmissionRequest): boolean {
  if (scope === undefined || scope === '*') return true;
  return (scope === 'Namespaced') === resource.kind.namespaced;
}

function matchesObject({ objectSelector }: Criteria, { object, old }: AdmissionRequest): boolean {
  const selector = labelSelectorOf(objectSelector ?? {});
  if (selector.requirements.length === 0) return true;
  return [object, old].some((each) => each?.metadata !== undefined && matches(selector, each.metadata.labels));
}

async function matchesNamespace(
  { namespaceSelector }: Criteria,
  admission: AdmissionRequest,
  lookup: Lookup,
): Promise<boolean> {
  const selector = labelSelectorOf(namespaceSelector ?? {});
  if (selector.requirements.length === 0) return true;
  if (!admission.resource.kind.namespaced && !isNamespace(admission.resource)) return true;
  return matches(selector, (await namespaceFor(admission, lookup))?.metadata.labels);
}

/** The namespace that a request is about; for a write of a namespace itself what is to be written. */
export async function namespaceFor(admission: AdmissionRequest, lookup: Lookup): Promise<KubeObject | undefined> {
  if (isNamespace(admission.resource) && admission.object && !admission.subresource) return admission.object;
  const name = namespaceOf(admission);
  if (name === '') return undefined;
  const found = await lookup.get({ group: '', resource: 'namespaces' }, name);
  if (!found) throw notFound({ group: '', resource: 'namespaces' }, name);
  return found;
}
