import { type JsonObject, type JsonValue, parseYaml } from '@kubets/core';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';
import type { AuditLevel } from './audit.ts';

const LEVELS: readonly string[] = ['None', 'Metadata', 'Request', 'RequestResponse'];
const STAGES: readonly string[] = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

interface GroupResources {
  readonly group: string;
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

/** Which requests a rule is for, and how they are recorded. Empty lists mean everything. */
interface AuditRule {
  readonly level: AuditLevel;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly GroupResources[];
  readonly namespaces: readonly string[];
  readonly nonResourceURLs: readonly string[];
  readonly omitStages: ReadonlySet<string>;
  readonly omitManagedFields: boolean;
}

/** How one request is recorded. */
export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: ReadonlySet<string>;
  readonly omitManagedFields: boolean;
}

const NOTHING: AuditDecision = { level: 'None', omitStages: new Set(), omitManagedFields: false };

/** A file of the kind Policy of audit.k8s.io/v1: the first rule that a request meets says how it is recorded. */
export class AuditPolicy {
  readonly #rules: readonly AuditRule[];

  private constructor(rules: readonly AuditRule[]) {
    this.#rules = rules;
  }

  /** Throws an Error that says what is wrong with the policy. */
  static parse(text: string): AuditPolicy {
    const document = parseYaml(text).value;
    if (!isObject(document)) throw new Error('an audit policy is an object of the kind Policy of audit.k8s.io/v1');
    const { kind, apiVersion } = document;
    if (kind !== 'Policy' || apiVersion !== 'audit.k8s.io/v1')
      throw new Error(`unknown group version field ${apiVersion}, Kind=${kind} in audit policy`);
    const rules = Array.isArray(document.rules) ? document.rules : [];
    if (rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
    const errors = stageErrors('omitStages', document.omitStages);
    const shared = { omitStages: strings(document.omitStages), omitManagedFields: document.omitManagedFields === true };
    const parsed = rules.map((rule, index) =>
      ruleOf(isObject(rule) ? rule : {}, { at: `rules[${index}]`, shared, errors }),
    );
    if (errors.length > 0) throw new Error(errors.join(', '));
    return new AuditPolicy(parsed);
  }

  decide(info: RequestInfo, user: User | undefined): AuditDecision {
    return this.#rules.find((rule) => matchesRule(rule, info, user)) ?? NOTHING;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function strings(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function stageErrors(path: string, value: JsonValue | undefined): string[] {
  return strings(value)
    .filter((stage) => !STAGES.includes(stage))
    .map((stage, index) => `${path}[${index}]: Invalid value: "${stage}": allowed stages are ${STAGES.join(', ')}`);
}

interface RulePlace {
  readonly at: string;
  readonly shared: { readonly omitStages: readonly string[]; readonly omitManagedFields: boolean };
  readonly errors: string[];
}

function ruleOf(given: JsonObject, { at, shared, errors }: RulePlace): AuditRule {
  const rule: AuditRule = {
    level: String(given.level ?? '') as AuditLevel,
    users: strings(given.users),
    userGroups: strings(given.userGroups),
    verbs: strings(given.verbs),
    resources: groupsOf(given.resources),
    namespaces: strings(given.namespaces),
    nonResourceURLs: strings(given.nonResourceURLs),
    omitStages: new Set([...shared.omitStages, ...strings(given.omitStages)]),
    omitManagedFields:
      typeof given.omitManagedFields === 'boolean' ? given.omitManagedFields : shared.omitManagedFields,
  };
  errors.push(...stageErrors(`${at}.omitStages`, given.omitStages), ...ruleErrors(rule, at));
  return rule;
}

function groupsOf(value: JsonValue | undefined): GroupResources[] {
  const groups = Array.isArray(value) ? value.filter(isObject) : [];
  return groups.map(({ group, resources, resourceNames }) => ({
    group: String(group ?? ''),
    resources: strings(resources),
    resourceNames: strings(resourceNames),
  }));
}

function ruleErrors(rule: AuditRule, at: string): string[] {
  const errors: string[] = [];
  if (!rule.level) errors.push(`${at}.level: Required value`);
  else if (!LEVELS.includes(rule.level)) {
    const supported = LEVELS.map((level) => `"${level}"`).join(', ');
    errors.push(`${at}.level: Unsupported value: "${rule.level}": supported values: ${supported}`);
  }
  if (rule.nonResourceURLs.length > 0 && (rule.resources.length > 0 || rule.namespaces.length > 0))
    errors.push(
      `${at}.nonResourceURLs: Invalid value: rules cannot apply to both regular resources and non-resource URLs`,
    );
  for (const [index, url] of rule.nonResourceURLs.entries()) {
    const path = `${at}.nonResourceURLs[${index}]: Invalid value: "${url}"`;
    if (url === '*') continue;
    if (!url.startsWith('/')) errors.push(`${path}: non-resource URL rules must begin with a '/' character`);
    if (url.slice(0, -1).includes('*'))
      errors.push(`${path}: non-resource URL wildcards '*' must be the final character of the rule`);
  }
  for (const [index, { group, resources, resourceNames }] of rule.resources.entries()) {
    const path = `${at}.resources[${index}]`;
    if (group.includes('/')) errors.push(`${path}.group: Invalid value: "${group}": group name is no API version`);
    if (resourceNames.length > 0 && resources.length === 0)
      errors.push(`${path}.resourceNames: Invalid value: using resourceNames requires at least one resource`);
  }
  return errors;
}

function isAmong(values: readonly string[], value: string): boolean {
  return values.length === 0 || values.includes(value);
}

function matchesRule(rule: AuditRule, info: RequestInfo, user: User | undefined): boolean {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs } = rule;
  if (users.length > 0 && (!user || !users.includes(user.name))) return false;
  if (userGroups.length > 0 && !user?.groups.some((group) => userGroups.includes(group))) return false;
  if (!isAmong(verbs, info.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) return matchesResource(rule, info);
  if (nonResourceURLs.length > 0) return !info.isResource && nonResourceURLs.some((url) => matchesUrl(url, info.path));
  return true;
}

function matchesUrl(url: string, path: string): boolean {
  return url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : url === path;
}

/** What is in no namespace has the namespace ''. */
function matchesResource({ namespaces, resources }: AuditRule, info: RequestInfo): boolean {
  if (!info.isResource || !isAmong(namespaces, info.namespace)) return false;
  if (resources.length === 0) return true;
  return resources.some(
    ({ group, resources: names, resourceNames }) =>
      group === info.group &&
      (names.length === 0 ||
        (isAmong(resourceNames, info.name) && names.some((name) => matchesResourceText(name, info)))),
  );
}

function matchesResourceText(text: string, { resource, subresource }: RequestInfo): boolean {
  const combined = subresource ? `${resource}/${subresource}` : resource;
  if (text === '*' || text === combined) return true;
  if (subresource && text === `*/${subresource}`) return true;
  return text.endsWith('/*') && text.slice(0, -2) === resource;
}
