import { type ClusterRole, clusterRoleKind, labelMatcher } from '@kubets/api';
import { canonicalJson, deepEqual } from '../equality.ts';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';

/** The rules of all roles that an aggregated role selects, in the order of their names, each once. */
export function aggregateRules(role: ClusterRole, all: readonly ClusterRole[]): NonNullable<ClusterRole['rules']> {
  const rules = new Map<string, NonNullable<ClusterRole['rules']>[number]>();
  const sorted = [...all].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const matches = labelMatcher(selector);
    for (const other of sorted) {
      if (other.metadata.name === role.metadata.name || !matches(other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) rules.set(canonicalJson(rule), rule);
    }
  }
  return [...rules.values()];
}

/** Fills cluster roles that are put together out of others. */
export function clusterRoleAggregationController(context: ControllerContext): Controller {
  const roles = context.informers.informer(clusterRoleKind);

  return {
    name: 'clusterrole-aggregation',
    watches: [
      watch(roles, () =>
        roles.store.list().flatMap(({ aggregationRule, metadata }) => (aggregationRule ? [metadata.name ?? ''] : [])),
      ),
    ],
    async reconcile(name) {
      const role = roles.store.get(name);
      if (!role?.aggregationRule) return;
      const rules = aggregateRules(role, roles.store.list());
      if (!deepEqual(role.rules ?? [], rules))
        await context.client.resource(clusterRoleKind).update({ ...role, rules });
    },
  };
}
