import { type JsonObject, type JsonValue, parseYaml } from '@kubets/core';
import type { User } from '../request.ts';
import { ALLOWED, type Attributes, type Authorizer, type Decision, type UserRules } from './authorizer.ts';
import { urlMatches } from './rules.ts';

/** One line of a policy file: who may do what. An empty text matches requests that have none there, `*` matches all. */
export interface AbacPolicy {
  readonly user: string;
  readonly group: string;
  readonly readonly: boolean;
  readonly apiGroup: string;
  readonly resource: string;
  readonly namespace: string;
  readonly nonResourcePath: string;
}

const API_VERSION = 'abac.authorization.kubernetes.io/v1beta1';
const AUTHENTICATED = 'system:authenticated';
const READING_VERBS: readonly string[] = ['get', 'list', 'watch'];
const NO_MATCH: Decision = { allowed: undefined, reason: 'No policy matched.' };
const TEXTS = ['user', 'group', 'apiGroup', 'resource', 'namespace', 'nonResourcePath'] as const;

/** Lets requests through that one of its policies matches. */
export class AbacAuthorizer implements Authorizer {
  readonly #policies: readonly AbacPolicy[];

  constructor(policies: readonly AbacPolicy[]) {
    this.#policies = policies;
  }

  authorize(attributes: Attributes): Decision {
    return this.#policies.some((policy) => matches(policy, attributes)) ? ALLOWED : NO_MATCH;
  }

  rulesFor(user: User, namespace: string): UserRules {
    const rules = this.#policies
      .filter((policy) => isAbout(policy, user) && isOrAny(policy.namespace, namespace))
      .flatMap((policy) => {
        const verbs = policy.readonly ? [...READING_VERBS] : ['*'];
        const { resource, apiGroup, nonResourcePath } = policy;
        return [
          ...(resource ? [{ verbs, apiGroups: [apiGroup], resources: [resource] }] : []),
          ...(nonResourcePath ? [{ verbs, nonResourceURLs: [nonResourcePath] }] : []),
        ];
      });
    return { rules, isIncomplete: false, problems: [] };
  }
}

function matches(policy: AbacPolicy, attributes: Attributes): boolean {
  if (policy.readonly && !READING_VERBS.includes(attributes.verb)) return false;
  if (!isAbout(policy, attributes.user)) return false;
  if (!attributes.isResource) return urlMatches(policy.nonResourcePath, attributes.path);
  const { namespace, resource, group } = attributes;
  return isOrAny(policy.namespace, namespace) && isOrAny(policy.resource, resource) && isOrAny(policy.apiGroup, group);
}

const isOrAny = (wanted: string, value: string) => wanted === '*' || wanted === value;

/** A policy that names neither a user nor a group is about nobody. */
function isAbout({ user, group }: AbacPolicy, { name, groups }: User): boolean {
  if (user === '' && group === '') return false;
  return (user === '' || isOrAny(user, name)) && (group === '' || group === '*' || groups.includes(group));
}

/**
 * Reads a policy file, which has one JSON object a line; lines that are empty or begin with # are passed over. Throws an Error that
 * names the first line that is no policy.
 */
export function parseAbacPolicies(text: string, path: string): readonly AbacPolicy[] {
  return text.split('\n').flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    try {
      return [policyOf(parseYaml(trimmed).value)];
    } catch (error) {
      throw new Error(`error reading policy file ${path}, line ${index + 1}: ${line}: ${(error as Error).message}`);
    }
  });
}

function policyOf(value: JsonValue): AbacPolicy {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no JSON object');
  const { apiVersion, kind } = value;
  if (apiVersion === undefined && kind === undefined) return unversioned(value);
  if (apiVersion !== API_VERSION || kind !== 'Policy')
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  const { spec = {} } = value;
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) throw new Error('spec is no JSON object');
  const policy = fieldsOf(spec);
  return policy.user === '*' || policy.group === '*' ? { ...policy, user: '', group: AUTHENTICATED } : policy;
}

function fieldsOf(spec: JsonObject): AbacPolicy {
  const texts = TEXTS.map((name) => {
    const value = spec[name] ?? '';
    if (typeof value !== 'string') throw new Error(`${name} is no text`);
    return [name, value] as const;
  });
  const { readonly = false } = spec;
  if (typeof readonly !== 'boolean') throw new Error('readonly is neither true nor false');
  return { ...(Object.fromEntries(texts) as Record<(typeof TEXTS)[number], string>), readonly };
}

/** The form before versions: what is left out matches everything, and policies are about all API groups. */
function unversioned(value: JsonObject): AbacPolicy {
  const { user, group, namespace, resource, readonly } = fieldsOf(value);
  const isAboutAll = (user === '' && group === '') || user === '*' || group === '*';
  return {
    ...(isAboutAll ? { user: '', group: AUTHENTICATED } : { user, group }),
    readonly,
    apiGroup: '*',
    namespace: namespace || '*',
    resource: resource || '*',
    nonResourcePath: namespace === '' && resource === '' ? '*' : '',
  };
}
