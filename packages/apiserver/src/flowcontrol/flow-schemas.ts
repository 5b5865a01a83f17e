import type { FlowSchema } from '@kubets/api';
import { SERVICE_ACCOUNT_PREFIX } from '../authn/service-accounts.ts';
import { urlMatches } from '../authz/rules.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';
import type { FlowTicket } from './flow-control.ts';
import type { FlowStats, FlowStatsRegistry } from './stats.ts';

type Rule = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number];
type Subject = Rule['subjects'][number];

/** A flow schema in a form that is quick to match. */
export interface CompiledFlowSchema {
  readonly name: string;
  readonly uid: string;
  readonly level: string;
  readonly precedence: number;
  readonly distinguisher: string | undefined;
  readonly rules: readonly Rule[];
  readonly stats: FlowStats;
  /** The ticket of a request that is never held. */
  exemptTicket(levelUid: string): FlowTicket;
}

export function compileFlowSchema(schema: FlowSchema, registry: FlowStatsRegistry): CompiledFlowSchema {
  const { name = '', uid = '' } = schema.metadata;
  const level = schema.spec?.priorityLevelConfiguration.name ?? '';
  const stats = registry.of(name, level);
  return {
    name,
    uid,
    level,
    stats,
    precedence: schema.spec?.matchingPrecedence ?? 1000,
    distinguisher: schema.spec?.distinguisherMethod?.type,
    rules: schema.spec?.rules ?? [],
    exemptTicket: (levelUid) => new ExemptTicket(uid, levelUid, stats),
  };
}

class ExemptTicket implements FlowTicket {
  readonly flowSchemaUid: string;
  readonly priorityLevelUid: string;
  readonly #stats: FlowStats;
  #held = true;

  constructor(flowSchemaUid: string, priorityLevelUid: string, stats: FlowStats) {
    this.flowSchemaUid = flowSchemaUid;
    this.priorityLevelUid = priorityLevelUid;
    this.#stats = stats;
    stats.begin(0);
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#stats.end();
  }
}

function isSubject(subject: Subject, user: User): boolean {
  if (subject.kind === 'User') return subject.user?.name === '*' || subject.user?.name === user.name;
  if (subject.kind === 'Group') return subject.group?.name === '*' || user.groups.includes(subject.group?.name ?? '');
  const account = subject.serviceAccount;
  if (!account || !user.name.startsWith(SERVICE_ACCOUNT_PREFIX)) return false;
  const [namespace, name] = user.name.slice(SERVICE_ACCOUNT_PREFIX.length).split(':');
  return namespace === account.namespace && (account.name === '*' || account.name === name);
}

function appliesTo(rule: Rule, user: User): boolean {
  return rule.subjects.some((subject) => isSubject(subject, user));
}

export function matchesUser(schema: CompiledFlowSchema, user: User): boolean {
  return schema.rules.some((rule) => appliesTo(rule, user));
}

function holds(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values[0] === '*' || values.includes(value));
}

function matchesResource(rule: Rule, info: RequestInfo): boolean {
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  return (rule.resourceRules ?? []).some(
    (each) =>
      holds(each.verbs, info.verb) &&
      holds(each.apiGroups, info.group) &&
      holds(each.resources, resource) &&
      (info.namespace === '' ? each.clusterScope === true : holds(each.namespaces, info.namespace)),
  );
}

function matchesPath(rule: Rule, info: RequestInfo): boolean {
  return (rule.nonResourceRules ?? []).some(
    (each) => holds(each.verbs, info.verb) && each.nonResourceURLs.some((url) => urlMatches(url, info.path)),
  );
}

/** Whether a request of a user, whom `matchesUser` has let through, is meant. */
export function matchesRequest(schema: CompiledFlowSchema, info: RequestInfo, user: User): boolean {
  return schema.rules.some(
    (rule) => (info.isResource ? matchesResource(rule, info) : matchesPath(rule, info)) && appliesTo(rule, user),
  );
}

/** Which of the schema's flows a request belongs to. */
export function flowOf(schema: CompiledFlowSchema, info: RequestInfo, user: User): string {
  if (schema.distinguisher === 'ByUser') return `${schema.name} ${user.name}`;
  return schema.distinguisher === 'ByNamespace' ? `${schema.name} ${info.namespace}` : schema.name;
}
