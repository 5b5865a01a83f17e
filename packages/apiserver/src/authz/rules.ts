import type { PolicyRule } from '@kubets/api';
import type { Attributes } from './authorizer.ts';

type Matcher = 'any' | ReadonlySet<string>;

/** A PolicyRule in a form that is quick to match. */
export interface CompiledRule {
  readonly rule: PolicyRule;
  readonly verbs: Matcher;
  readonly groups: Matcher;
  readonly resources: Matcher;
  /** Undefined: every name. */
  readonly names: ReadonlySet<string> | undefined;
  readonly urls: readonly string[];
}

function matcherOf(values: readonly string[] | undefined): Matcher {
  return values?.includes('*') ? 'any' : new Set(values);
}

function matches(matcher: Matcher, value: string): boolean {
  return matcher === 'any' || matcher.has(value);
}

export function compileRule(rule: PolicyRule): CompiledRule {
  return {
    rule,
    verbs: matcherOf(rule.verbs),
    groups: matcherOf(rule.apiGroups),
    resources: matcherOf(rule.resources),
    names: rule.resourceNames?.length ? new Set(rule.resourceNames) : undefined,
    urls: rule.nonResourceURLs ?? [],
  };
}

/** True when the rule is about this verb and resource, whatever the name. */
export function ruleCoversResource(
  rule: CompiledRule,
  wanted: { verb: string; group: string; resource: string; subresource: string },
): boolean {
  if (!matches(rule.verbs, wanted.verb) || !matches(rule.groups, wanted.group)) return false;
  if (wanted.subresource === '') return matches(rule.resources, wanted.resource);
  if (matches(rule.resources, `${wanted.resource}/${wanted.subresource}`)) return true;
  return rule.resources !== 'any' && rule.resources.has(`*/${wanted.subresource}`);
}

export function urlMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''));
}

export function ruleAllows(rule: CompiledRule, attributes: Attributes): boolean {
  if (!attributes.isResource) {
    return matches(rule.verbs, attributes.verb) && rule.urls.some((url) => urlMatches(url, attributes.path));
  }
  return ruleCoversResource(rule, attributes) && (!rule.names || rule.names.has(attributes.name));
}

/** One verb on one resource or URL: the smallest thing that a rule can grant. */
function* atoms(rule: PolicyRule): Generator<PolicyRule> {
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs ?? []) yield { verbs: [verb], nonResourceURLs: [url] };
    for (const group of rule.apiGroups ?? [])
      for (const resource of rule.resources ?? [])
        for (const name of rule.resourceNames?.length ? rule.resourceNames : [undefined])
          yield {
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            ...(name === undefined ? {} : { resourceNames: [name] }),
          };
  }
}

function includes(owned: Matcher, wanted: string): boolean {
  return owned === 'any' || owned.has(wanted);
}

function resourceCovered(owned: Matcher, wanted: string): boolean {
  if (includes(owned, wanted)) return true;
  const slash = wanted.indexOf('/');
  return slash > 0 && owned !== 'any' && owned.has(`*${wanted.slice(slash)}`);
}

function grants(owner: CompiledRule, atom: PolicyRule): boolean {
  if (!includes(owner.verbs, atom.verbs[0]!)) return false;
  const url = atom.nonResourceURLs?.[0];
  if (url !== undefined) return owner.urls.some((pattern) => urlMatches(pattern, url));
  if (!includes(owner.groups, atom.apiGroups![0]!) || !resourceCovered(owner.resources, atom.resources![0]!))
    return false;
  const name = atom.resourceNames?.[0];
  return owner.names === undefined || (name !== undefined && owner.names.has(name));
}

/** What `wanted` grants that `owned` does not, in the smallest pieces. */
export function missingRights(owned: readonly CompiledRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const missing: PolicyRule[] = [];
  for (const rule of wanted) {
    for (const atom of atoms(rule)) if (!owned.some((owner) => grants(owner, atom))) missing.push(atom);
  }
  return compact(missing);
}

/** Joins pieces about resources that differ in their verb only, for messages. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const byTarget = new Map<string, PolicyRule>();
  for (const { verbs, ...target } of rules) {
    const key = JSON.stringify(target.nonResourceURLs ? { ...target, verbs } : target);
    const known = byTarget.get(key);
    if (known) byTarget.set(key, { ...known, verbs: [...known.verbs, ...verbs] });
    else byTarget.set(key, { ...target, verbs });
  }
  return [...byTarget.values()];
}

function goStrings(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

/** A rule as refusals of an escalation print it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function printRule(rule: PolicyRule): string {
  const parts: string[] = [];
  if (rule.nonResourceURLs?.length) parts.push(`NonResourceURLs:${goStrings(rule.nonResourceURLs)}`);
  if (rule.apiGroups?.length) parts.push(`APIGroups:${goStrings(rule.apiGroups)}`);
  if (rule.resources?.length) parts.push(`Resources:${goStrings(rule.resources)}`);
  if (rule.resourceNames?.length) parts.push(`ResourceNames:${goStrings(rule.resourceNames)}`);
  if (rule.verbs.length) parts.push(`Verbs:${goStrings(rule.verbs)}`);
  return `{${parts.join(', ')}}`;
}
