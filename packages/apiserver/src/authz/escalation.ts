import type { ClusterRole, PolicyRule, RoleBinding } from '@kubets/api';
import { forbidden, type KubeObject, notFound } from '@kubets/core';
import type { AdmissionPlugin, AdmissionRequest, Operation } from '../admission/admission.ts';
import type { User } from '../request.ts';
import { type Authorizer, PRIVILEGED_GROUP } from './authorizer.ts';
import { type Decider, withDecisions } from './decisions.ts';
import type { RbacAuthorizer } from './rbac.ts';
import { compileRule, missingRights, printRule } from './rules.ts';

const GROUP = 'rbac.authorization.k8s.io';
const ROLES = new Set(['roles', 'clusterroles']);
const BINDINGS = new Set(['rolebindings', 'clusterrolebindings']);
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody may give away rights that they do not have: who writes a role needs its rules, who writes a binding needs the
 * rules of the role, unless allowed to `escalate` or `bind`.
 */
export class EscalationGuard implements AdmissionPlugin {
  readonly name = 'RBACEscalation';
  #rbac: RbacAuthorizer | undefined;
  #authorizer: Authorizer | undefined;

  /** From now on writes are checked; before, only the control plane itself writes. */
  use(options: { rbac: RbacAuthorizer; authorizer: Authorizer }): void {
    this.#rbac = options.rbac;
    this.#authorizer = options.authorizer;
  }

  handles(operation: Operation): boolean {
    return operation === 'CREATE' || operation === 'UPDATE';
  }

  validate(admission: AdmissionRequest): Promise<void> | void {
    const { group, resource } = admission.resource.name;
    if (group !== GROUP || !this.#authorizer || admission.request.user.groups.includes(PRIVILEGED_GROUP)) return;
    return withDecisions(this.#authorizer, (decider) => {
      if (ROLES.has(resource)) this.#checkRole(admission, resource, decider);
      else if (BINDINGS.has(resource)) this.#checkBinding(admission, resource, decider);
    });
  }

  #checkRole(admission: AdmissionRequest, resource: string, decider: Decider): void {
    const role = admission.object as ClusterRole;
    const old = admission.old as ClusterRole | undefined;
    const aggregates = JSON.stringify(role.aggregationRule) !== JSON.stringify(old?.aggregationRule);
    const changed = !old || JSON.stringify(role.rules) !== JSON.stringify(old.rules);
    if (!changed && !aggregates) return;
    if (
      may(decider, admission, {
        verb: 'escalate',
        resource,
        name: role.metadata.name ?? '',
        namespace: admission.namespace,
      })
    )
      return;
    if (aggregates && role.aggregationRule && this.#missing(admission, EVERYTHING).length > 0)
      throw forbidden(
        { group: GROUP, resource },
        role.metadata.name ?? '',
        'must have cluster-admin privileges to use the aggregationRule',
      );
    this.#require(admission, resource, role, role.rules ?? []);
  }

  #checkBinding(admission: AdmissionRequest, resource: string, decider: Decider): void {
    const binding = admission.object as RoleBinding;
    const old = admission.old as RoleBinding | undefined;
    const unchanged =
      old && JSON.stringify([binding.roleRef, binding.subjects]) === JSON.stringify([old.roleRef, old.subjects]);
    if (unchanged) return;
    const { kind, name } = binding.roleRef;
    const roles = kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    if (may(decider, admission, { verb: 'bind', resource: roles, name, namespace: admission.namespace })) return;
    const rules = this.#rbac!.rulesOfRole(admission.namespace, binding.roleRef);
    if (!rules) throw notFound({ group: GROUP, resource: roles }, name);
    this.#require(admission, resource, binding, rules);
  }

  #missing({ request, namespace }: AdmissionRequest, rules: readonly PolicyRule[]): PolicyRule[] {
    const owned = this.#rbac!.rulesOf(request.user, namespace).rules;
    return missingRights(owned.length > 0 ? owned : [compileRule({ verbs: [] })], rules);
  }

  #require(admission: AdmissionRequest, resource: string, object: KubeObject, rules: readonly PolicyRule[]): void {
    const missing = this.#missing(admission, rules);
    if (missing.length === 0) return;
    const lines = missing.map(printRule).sort();
    const why = `${describeUser(admission.request.user)} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`;
    throw forbidden({ group: GROUP, resource }, object.metadata.name ?? '', why);
  }
}

function may(
  decider: Decider,
  { request }: AdmissionRequest,
  wanted: { verb: string; resource: string; name: string; namespace: string },
): boolean {
  const { user } = request;
  const attributes = { ...wanted, user, isResource: true, group: GROUP, version: '*', subresource: '', path: '' };
  return decider.authorize(attributes).allowed === true;
}

function describeUser(user: User): string {
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  return `user ${JSON.stringify(user.name)} (groups=[${groups}])`;
}
