import {
  type ClusterRole,
  clusterRoleBindingKind,
  clusterRoleKind,
  flowSchemaKind,
  type PolicyRule,
  priorityLevelConfigurationKind,
  roleBindingKind,
  roleKind,
} from '@kubets/api';
import { hasReason, type KindDefinition, type KubeObject, type Logger } from '@kubets/core';
import { compileRule, missingRights } from '../authz/rules.ts';
import type { RequestHandler } from '../pipeline/backend.ts';
import { loopbackUser } from '../system-users.ts';
import { AUTOUPDATE_ANNOTATION } from './definitions.ts';
import { bootstrapFlowSchemas, bootstrapPriorityLevels } from './flow-control.ts';
import { bootstrapClusterRoleBindings, bootstrapClusterRoles, bootstrapRoleBindings, bootstrapRoles } from './rbac.ts';

const MANAGER = 'kube-apiserver';
const FLOW_CONTROL_MANAGER = 'api-priority-and-fairness-config-producer-v1';
const MAX_ATTEMPTS = 3;

/** An aggregating role starts with the rules that its controller would gather. */
function withAggregatedRules(role: ClusterRole): ClusterRole {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (!selectors) return role;
  const rules: PolicyRule[] = [];
  for (const other of bootstrapClusterRoles) {
    const matches = selectors.some(({ matchLabels = {} }) =>
      Object.entries(matchLabels).every(([key, value]) => other.metadata.labels?.[key] === value),
    );
    if (matches) rules.push(...(withAggregatedRules(other).rules ?? []));
  }
  return { ...role, rules };
}

/** How one kind of object is brought up to date: what is there beside what ought to be; undefined when nothing is missing. */
type Merge<T extends KubeObject> = (current: T, wanted: T) => T | undefined;

function mayUpdate(current: KubeObject): boolean {
  return current.metadata.annotations?.[AUTOUPDATE_ANNOTATION] !== 'false';
}

/** Rules are added, never taken away; a role that aggregates keeps what its controller gave it. */
function mergeRules<T extends KubeObject & { rules?: PolicyRule[]; aggregationRule?: unknown }>(
  current: T,
  wanted: T,
): T | undefined {
  if (!mayUpdate(current) || wanted.aggregationRule) return undefined;
  const missing = missingRights((current.rules ?? []).map(compileRule), wanted.rules ?? []);
  if (missing.length === 0) return undefined;
  return { ...current, rules: [...(current.rules ?? []), ...missing] };
}

interface Bound extends KubeObject {
  subjects?: { kind: string; name: string; namespace?: string }[];
}

function mergeSubjects<T extends Bound>(current: T, wanted: T): T | undefined {
  if (!mayUpdate(current)) return undefined;
  const key = (subject: { kind: string; name: string; namespace?: string }) =>
    `${subject.kind}/${subject.namespace ?? ''}/${subject.name}`;
  const present = new Set(current.subjects?.map(key));
  const missing = (wanted.subjects ?? []).filter((subject) => !present.has(key(subject)));
  if (missing.length === 0) return undefined;
  return { ...current, subjects: [...(current.subjects ?? []), ...missing] };
}

/** Suggested flow-control objects belong to the administrator once they exist. */
const keepAsIs = () => undefined;

/** Creates the roles, bindings and flow-control objects of a fresh cluster, and completes those that lack something. */
export class Bootstrap {
  readonly #handler: RequestHandler;
  readonly #logger: Logger;

  constructor(options: { handler: RequestHandler; logger: Logger }) {
    this.#handler = options.handler;
    this.#logger = options.logger;
  }

  async run(): Promise<void> {
    await Promise.all([
      this.#reconcile(clusterRoleKind, bootstrapClusterRoles.map(withAggregatedRules), mergeRules),
      this.#reconcile(clusterRoleBindingKind, bootstrapClusterRoleBindings, mergeSubjects),
      this.#reconcile(roleKind, bootstrapRoles, mergeRules),
      this.#reconcile(roleBindingKind, bootstrapRoleBindings, mergeSubjects),
      this.#reconcile(priorityLevelConfigurationKind, bootstrapPriorityLevels, keepAsIs),
      this.#reconcile(flowSchemaKind, bootstrapFlowSchemas, keepAsIs),
    ]);
  }

  async #reconcile<T extends KubeObject>(
    kind: KindDefinition<T>,
    wanted: readonly T[],
    merge: Merge<T>,
  ): Promise<void> {
    const listed = await this.#handler.handle({ ...this.#target(kind, ''), verb: 'list', name: '' });
    const items = listed.type === 'list' ? listed.items.map((item) => item.object as T) : [];
    const present = new Map(items.map((item) => [keyOf(item), item]));
    await Promise.all(wanted.map((object) => this.#ensure(kind, object, present.get(keyOf(object)), merge)));
  }

  async #ensure<T extends KubeObject>(
    kind: KindDefinition<T>,
    wanted: T,
    known: T | undefined,
    merge: Merge<T>,
  ): Promise<void> {
    let current = known;
    for (let attempt = 1; ; attempt++) {
      try {
        if (!current) return await this.#write(kind, 'create', wanted);
        const merged = merge(current, wanted);
        return merged && (await this.#write(kind, 'update', merged));
      } catch (error) {
        const retryable =
          hasReason(error, 'AlreadyExists') || hasReason(error, 'Conflict') || hasReason(error, 'NotFound');
        if (!retryable || attempt >= MAX_ATTEMPTS) {
          this.#logger.log('error', 'bootstrap object cannot be written', {
            kind: kind.kind,
            name: wanted.metadata.name,
            error,
          });
          return;
        }
        current = await this.#get(kind, wanted);
      }
    }
  }

  async #get<T extends KubeObject>(kind: KindDefinition<T>, { metadata }: T): Promise<T | undefined> {
    try {
      const target = this.#target(kind, metadata.namespace ?? '');
      const result = await this.#handler.handle({ ...target, verb: 'get', name: metadata.name ?? '' });
      return result.type === 'object' ? (result.stored.object as T) : undefined;
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #write<T extends KubeObject>(kind: KindDefinition<T>, verb: 'create' | 'update', object: T): Promise<void> {
    const target = this.#target(kind, object.metadata.namespace ?? '');
    const fieldManager = kind.group === flowSchemaKind.group ? FLOW_CONTROL_MANAGER : MANAGER;
    const name = verb === 'create' ? '' : (object.metadata.name ?? '');
    await this.#handler.handle({ ...target, verb, name, body: object, options: { fieldManager } });
  }

  #target<T extends KubeObject>({ group, version, resource }: KindDefinition<T>, namespace: string) {
    return { resource: { group, version, resource }, namespace, subresource: '', options: {}, user: loopbackUser };
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}
