import {
  type ClusterRole,
  type ClusterRoleBinding,
  clusterRoleBindingKind,
  clusterRoleKind,
  type PolicyRule,
  type Role,
  type RoleBinding,
  roleBindingKind,
  roleKind,
  type Subject,
} from '@kubets/api';
import {
  type Clock,
  type Disposable,
  DisposableStore,
  type KindDefinition,
  type KubeObject,
  type Logger,
} from '@kubets/core';
import type { RequestHandler } from '../pipeline/backend.ts';
import { Mirror } from '../pipeline/mirror.ts';
import type { User } from '../request.ts';
import { ALLOWED, type Attributes, type Authorizer, type Decision, NO_OPINION, type UserRules } from './authorizer.ts';
import { type CompiledRule, compileRule, ruleAllows, ruleCoversResource } from './rules.ts';

type Binding = ClusterRoleBinding | RoleBinding;
/** Names allowed for one verb and resource; `every` when no rule restricts them. */
type NamesAllowed = 'every' | ReadonlySet<string>;

/** Everything that one user may do in one namespace (or cluster-wide), with the answers found so far. */
interface UserRights {
  readonly rules: readonly CompiledRule[];
  /** Why some binding could not be followed. */
  readonly problems: readonly string[];
  readonly answers: Map<string, NamesAllowed>;
}

interface UserCache {
  readonly generation: number;
  readonly byNamespace: Map<string, UserRights>;
}

const MAX_ANSWERS = 4096;
const MAX_NAMESPACES_PER_USER = 1024;

/**
 * Role-based access control: what a user may do is the sum of the rules of the roles bound to the user and to the groups.
 * Bindings are indexed by subject, and what a user may do in a namespace is worked out once and kept until a role or
 * binding changes.
 */
export class RbacAuthorizer implements Authorizer, Disposable {
  readonly #owned = new DisposableStore();
  readonly #roles: Mirror<Role>;
  readonly #clusterRoles: Mirror<ClusterRole>;
  readonly #roleBindings: Mirror<RoleBinding>;
  readonly #clusterRoleBindings: Mirror<ClusterRoleBinding>;
  readonly #compiled = new WeakMap<object, CompiledRule[]>();
  #generation = 0;
  /** Bindings by namespace ('' for cluster-wide), then by subject. Rebuilt when a binding changed. */
  #index: Map<string, Map<string, Binding[]>> | undefined;
  #users = new WeakMap<User, UserCache>();
  readonly synced: Promise<unknown>;

  constructor(options: { handler: RequestHandler; clock: Clock; logger: Logger }) {
    const mirror = <T extends KubeObject>(kind: KindDefinition<T>, onChange: () => void) =>
      this.#owned.add(
        new Mirror<T>({
          ...options,
          kind,
          listener: { onReplace: onChange, onSet: onChange, onDelete: onChange },
        }),
      );
    const rolesChanged = () => {
      this.#generation++;
    };
    const bindingsChanged = () => {
      this.#generation++;
      this.#index = undefined;
    };
    this.#roles = mirror(roleKind, rolesChanged);
    this.#clusterRoles = mirror(clusterRoleKind, rolesChanged);
    this.#roleBindings = mirror(roleBindingKind, bindingsChanged);
    this.#clusterRoleBindings = mirror(clusterRoleBindingKind, bindingsChanged);
    const mirrors = [this.#roles, this.#clusterRoles, this.#roleBindings, this.#clusterRoleBindings];
    this.synced = Promise.all(mirrors.map((each) => each.synced));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  authorize(attributes: Attributes): Decision {
    const rights = this.#rightsOf(attributes.user, attributes.isResource ? attributes.namespace : '');
    if (this.#allows(rights, attributes)) return ALLOWED;
    if (rights.problems.length === 0) return NO_OPINION;
    const text = rights.problems.length === 1 ? rights.problems[0] : `[${rights.problems.join(', ')}]`;
    return { allowed: undefined, reason: `RBAC: ${text}` };
  }

  /** Which binding allows a request, in the words of access reviews and audits; '' when none does. */
  explain(attributes: Attributes): string {
    const { user } = attributes;
    const namespace = attributes.isResource ? attributes.namespace : '';
    for (const scope of namespace === '' ? [''] : ['', namespace]) {
      for (const binding of this.#bindingsOf(user, scope)) {
        const rules = this.#compiledRole(scope, binding.roleRef);
        if (rules?.some((rule) => ruleAllows(rule, attributes)))
          return `RBAC: allowed by ${describeBinding(binding, user, scope)}`;
      }
    }
    return '';
  }

  /** All rules that apply to a user in a namespace; '' for those that apply everywhere. */
  rulesOf(user: User, namespace: string): { rules: readonly CompiledRule[]; problems: readonly string[] } {
    return this.#rightsOf(user, namespace);
  }

  rulesFor(user: User, namespace: string): UserRules {
    const { rules, problems } = this.#rightsOf(user, namespace);
    return { rules: rules.map(({ rule }) => rule), isIncomplete: false, problems };
  }

  /** The rules of the role that a binding refers to; undefined when there is no such role. */
  rulesOfRole(namespace: string, ref: { kind: string; name: string }): readonly PolicyRule[] | undefined {
    const role =
      ref.kind === 'ClusterRole' ? this.#clusterRoles.get('', ref.name) : this.#roles.get(namespace, ref.name);
    return role && (role.rules ?? []);
  }

  #allows(rights: UserRights, attributes: Attributes): boolean {
    if (!attributes.isResource) return rights.rules.some((rule) => ruleAllows(rule, attributes));
    const key = `${attributes.verb} ${attributes.group}/${attributes.resource}/${attributes.subresource}`;
    let names = rights.answers.get(key);
    if (names === undefined) {
      names = namesAllowed(rights.rules, attributes);
      if (rights.answers.size >= MAX_ANSWERS) rights.answers.clear();
      rights.answers.set(key, names);
    }
    return names === 'every' || names.has(attributes.name);
  }

  #rightsOf(user: User, namespace: string): UserRights {
    let cache = this.#users.get(user);
    if (!cache || cache.generation !== this.#generation) {
      cache = { generation: this.#generation, byNamespace: new Map() };
      this.#users.set(user, cache);
    }
    let rights = cache.byNamespace.get(namespace);
    if (!rights) {
      rights = this.#collect(user, namespace);
      if (cache.byNamespace.size >= MAX_NAMESPACES_PER_USER) cache.byNamespace.clear();
      cache.byNamespace.set(namespace, rights);
    }
    return rights;
  }

  #collect(user: User, namespace: string): UserRights {
    const rules: CompiledRule[] = [];
    const problems: string[] = [];
    for (const scope of namespace === '' ? [''] : ['', namespace]) {
      for (const binding of this.#bindingsOf(user, scope)) {
        const role = this.#compiledRole(scope, binding.roleRef);
        if (role) rules.push(...role);
        else
          problems.push(
            `${binding.roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io "${binding.roleRef.name}" not found`,
          );
      }
    }
    return { rules, problems, answers: new Map() };
  }

  #compiledRole(namespace: string, ref: { kind: string; name: string }): CompiledRule[] | undefined {
    const role =
      ref.kind === 'ClusterRole' ? this.#clusterRoles.get('', ref.name) : this.#roles.get(namespace, ref.name);
    if (!role) return undefined;
    let compiled = this.#compiled.get(role);
    if (!compiled) {
      compiled = (role.rules ?? []).map(compileRule);
      this.#compiled.set(role, compiled);
    }
    return compiled;
  }

  #bindingsOf(user: User, scope: string): Set<Binding> {
    const bySubject = this.#bindingIndex().get(scope);
    const found = new Set<Binding>();
    if (!bySubject) return found;
    for (const key of [`User ${user.name}`, ...user.groups.map((group) => `Group ${group}`)]) {
      for (const binding of bySubject.get(key) ?? []) found.add(binding);
    }
    return found;
  }

  #bindingIndex(): Map<string, Map<string, Binding[]>> {
    if (this.#index) return this.#index;
    const index = new Map<string, Map<string, Binding[]>>();
    for (const binding of this.#clusterRoleBindings.values()) addToIndex(index, '', binding);
    for (const binding of this.#roleBindings.values()) addToIndex(index, binding.metadata.namespace ?? '', binding);
    this.#index = index;
    return index;
  }
}

function namesAllowed(rules: readonly CompiledRule[], attributes: Attributes): NamesAllowed {
  const names = new Set<string>();
  for (const rule of rules) {
    if (!ruleCoversResource(rule, attributes)) continue;
    if (!rule.names) return 'every';
    for (const name of rule.names) names.add(name);
  }
  return names;
}

function subjectKey(subject: Subject, namespace: string): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind} ${subject.name}`;
  return `User system:serviceaccount:${subject.namespace || namespace}:${subject.name}`;
}

function addToIndex(index: Map<string, Map<string, Binding[]>>, scope: string, binding: Binding): void {
  let bySubject = index.get(scope);
  if (!bySubject) {
    bySubject = new Map();
    index.set(scope, bySubject);
  }
  for (const subject of binding.subjects ?? []) {
    const key = subjectKey(subject, scope);
    const known = bySubject.get(key);
    if (known) known.push(binding);
    else bySubject.set(key, [binding]);
  }
}

function describeBinding(binding: Binding, user: User, scope: string): string {
  const { kind, roleRef, metadata, subjects = [] } = binding;
  const subject = subjects.find((each) => {
    const key = subjectKey(each, scope);
    return key === `User ${user.name}` || user.groups.some((group) => key === `Group ${group}`);
  });
  const name = scope ? `${metadata.name}/${scope}` : metadata.name;
  const to = subject?.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || scope}` : subject?.name;
  return `${kind} "${name}" of ${roleRef.kind} "${roleRef.name}" to ${subject?.kind} "${to}"`;
}
