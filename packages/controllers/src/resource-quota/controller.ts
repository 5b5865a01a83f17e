import { persistentVolumeClaimKind, podKind, type ResourceQuota, resourceQuotaKind, serviceKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { hasReason, type KindDefinition, type KubeObject, Quantity, StatusError } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { isPodFinished } from '../pods/state.ts';
import { type Controller, type ControllerContext, every, watch } from '../runner/controller.ts';
import { claimUsage, hasScopes, inScopes, podUsage, serviceUsage, totalUsage } from './usage.ts';

/** Objects whose coming is counted at admission; the loop makes good for what admission missed, and for what goes. */
const RESYNC_MS = 5 * 60_000;
const ALL = '*';

/** Keeps the used amounts of resource quotas. */
export function resourceQuotaController(context: ControllerContext): Controller {
  const quotas = context.informers.informer(resourceQuotaKind);
  const pods = context.informers.informer(podKind);
  const services = context.informers.informer(serviceKind);
  const claims = context.informers.informer(persistentVolumeClaimKind);
  const inNamespace = ({ metadata }: KubeObject) => quotas.store.list(metadata.namespace).map(keyOf);

  return {
    name: 'resourcequota',
    watches: [
      watch(quotas, ({ type, object }) => (type === 'deleted' ? [] : [keyOf(object)])),
      watch(pods, ({ type, object, old }) => {
        const released = type === 'deleted' || (old && !isPodFinished(old) && isPodFinished(object));
        return released || type === 'added' ? inNamespace(object) : [];
      }),
      watch(services, ({ object }) => inNamespace(object)),
      watch(claims, ({ object }) => inNamespace(object)),
      every(context.clock, RESYNC_MS, ALL),
    ],
    async reconcile(key) {
      const affected = key === ALL ? quotas.store.list() : [quotas.store.get(key)];
      for (const quota of affected) if (quota) await sync(quota);
    },
  };

  async function sync(quota: ResourceQuota): Promise<void> {
    const used = await usageOf(quota);
    const status = { ...(quota.spec?.hard ? { hard: quota.spec.hard } : {}), used };
    if (deepEqual(quota.status, status)) return;
    try {
      await context.client.resource(resourceQuotaKind).updateStatus({ ...quota, status });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  async function usageOf(quota: ResourceQuota): Promise<Record<string, string>> {
    const { namespace = '' } = quota.metadata;
    const scoped = hasScopes(quota);
    const usages = [
      ...pods.store
        .list(namespace)
        .filter((pod) => inScopes(quota, pod))
        .map(podUsage),
      ...(scoped ? [] : services.store.list(namespace).map(serviceUsage)),
      ...(scoped ? [] : claims.store.list(namespace).map(claimUsage)),
    ];
    const used = totalUsage(quota, usages);
    if (scoped) return used;
    for (const resource of Object.keys(used)) {
      const kind = countedKind(resource);
      if (kind) used[resource] = Quantity.of(await count(kind, namespace)).toString();
    }
    return used;
  }

  /** The kind that `count/deployments.apps`, or an old name such as `secrets`, speaks of; not those counted above. */
  function countedKind(resource: string): KindDefinition | undefined {
    const old = ['secrets', 'configmaps', 'replicationcontrollers', 'resourcequotas'].includes(resource);
    const name = old ? resource : /^count\/(.+)$/.exec(resource)?.[1];
    if (!name || ['pods', 'services', 'persistentvolumeclaims'].includes(name)) return undefined;
    return context.kinds
      .list()
      .find((kind) => (kind.group ? `${kind.resource}.${kind.group}` : kind.resource) === name);
  }

  async function count(kind: KindDefinition, namespace: string): Promise<number> {
    const informer = context.informers.existing(kind);
    if (informer?.hasSynced()) return informer.store.list(namespace).length;
    try {
      return (await context.client.resource(kind).list(namespace)).items.length;
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return 0;
      throw error;
    }
  }
}
