import {
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaimKind,
  podKind,
  type ResourceQuota,
  resourceQuotaKind,
  type Service,
  serviceKind,
} from '@kubets/api';
import { type Informer, keyOf } from '@kubets/client';
import { type Disposable, type KindDefinition, type KubeObject, Quantity, StatusError } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { isPodFinished } from '../pods/state.ts';
import { type Controller, type ControllerContext, every, type Watch, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';
import { claimUsage, hasScopes, inScopes, podUsage, serviceUsage, totalUsage } from './usage.ts';

/** Objects whose coming is counted at admission; the loop makes good for what admission missed, and for what goes. */
const RESYNC_MS = 5 * 60_000;
const ALL = '*';
const COUNTED_BY_NAME = ['secrets', 'configmaps', 'replicationcontrollers', 'resourcequotas'];

/** Keeps the used amounts of resource quotas. */
export class ResourceQuotaController implements Controller {
  readonly name = 'resourcequota';
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #quotas: Informer<ResourceQuota>;
  readonly #pods: Informer<Pod>;
  readonly #services: Informer<Service>;
  readonly #claims: Informer<PersistentVolumeClaim>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#quotas = context.informers.informer(resourceQuotaKind);
    this.#pods = context.informers.informer(podKind);
    this.#services = context.informers.informer(serviceKind);
    this.#claims = context.informers.informer(persistentVolumeClaimKind);
    const inNamespace = ({ metadata }: KubeObject) => this.#quotas.store.list(metadata.namespace).map(keyOf);
    this.watches = [
      // A status is not answered with another count: what admission has charged may not have arrived here yet.
      watch(this.#quotas, ({ type, object, old }) =>
        type === 'deleted' || (old && deepEqual(old.spec, object.spec)) ? [] : [keyOf(object)],
      ),
      removals(context, ({ metadata }) => this.#quotas.store.list(metadata.namespace).filter(countsOthers).map(keyOf)),
      watch(this.#pods, ({ type, object, old }) => {
        const released = type === 'deleted' || (old && !isPodFinished(old) && isPodFinished(object));
        return released || type === 'added' ? inNamespace(object) : [];
      }),
      watch(this.#services, ({ object }) => inNamespace(object)),
      watch(this.#claims, ({ object }) => inNamespace(object)),
      every(context.clock, RESYNC_MS, ALL),
    ];
  }

  async reconcile(key: string) {
    const affected = key === ALL ? this.#quotas.store.list() : [this.#quotas.store.get(key)];
    for (const quota of affected) if (quota) await this.#sync(quota);
  }

  async #sync(quota: ResourceQuota): Promise<void> {
    const used = await this.#usageOf(quota);
    const status = { ...(quota.spec?.hard ? { hard: quota.spec.hard } : {}), used };
    if (deepEqual(quota.status, status)) return;
    await ignoring(this.#context.client.resource(resourceQuotaKind).updateStatus({ ...quota, status }), 'NotFound');
  }

  async #usageOf(quota: ResourceQuota): Promise<Record<string, string>> {
    const { namespace = '' } = quota.metadata;
    const scoped = hasScopes(quota);
    const usages = [
      ...this.#pods.store
        .list(namespace)
        .filter((pod) => inScopes(quota, pod))
        .map(podUsage),
      ...(scoped ? [] : this.#services.store.list(namespace).map(serviceUsage)),
      ...(scoped ? [] : this.#claims.store.list(namespace).map(claimUsage)),
    ];
    const used = totalUsage(quota, usages);
    if (scoped) return used;
    for (const resource of Object.keys(used)) {
      const kind = this.#countedKind(resource);
      if (kind) used[resource] = Quantity.of(await this.#count(kind, namespace)).toString();
    }
    return used;
  }

  /** The kind that `count/deployments.apps`, or an old name such as `secrets`, speaks of; not those counted above. */
  #countedKind(resource: string): KindDefinition | undefined {
    const old = COUNTED_BY_NAME.includes(resource);
    const name = old ? resource : /^count\/(.+)$/.exec(resource)?.[1];
    if (!name || ['pods', 'services', 'persistentvolumeclaims'].includes(name)) return undefined;
    return this.#context.kinds
      .list()
      .find((kind) => (kind.group ? `${kind.resource}.${kind.group}` : kind.resource) === name);
  }

  async #count(kind: KindDefinition, namespace: string): Promise<number> {
    const informer = this.#context.informers.existing(kind);
    if (informer?.hasSynced()) return informer.store.list(namespace).length;
    try {
      return (await this.#context.client.resource(kind).list(namespace)).items.length;
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return 0;
      throw error;
    }
  }
}

/** Whether a quota counts anything by its name. */
function countsOthers({ spec }: ResourceQuota): boolean {
  return Object.keys(spec?.hard ?? {}).some((name) => name.startsWith('count/') || COUNTED_BY_NAME.includes(name));
}

/** The keys that follow from objects of any namespaced kind that go, custom resources included; events alone go by themselves. */
function removals(context: ControllerContext, keys: (object: KubeObject) => Iterable<string>): Watch {
  return {
    start(sink) {
      const followed = new Map<Informer<KubeObject>, Disposable>();
      const deleted = (object: KubeObject) => {
        for (const key of keys(object)) sink.add(key);
      };
      const follow = (kinds: readonly KindDefinition[]) => {
        const current = new Set(
          kinds
            .filter(({ namespaced, resource }) => namespaced && resource !== 'events')
            .map((kind) => context.informers.informer(kind)),
        );
        for (const [informer, subscription] of followed) {
          if (current.has(informer)) continue;
          subscription.dispose();
          followed.delete(informer);
        }
        for (const informer of current) {
          if (!followed.has(informer)) followed.set(informer, informer.addHandler({ deleted }));
        }
      };
      const subscription = context.kinds.subscribe(follow);
      return {
        dispose() {
          subscription.dispose();
          for (const each of followed.values()) each.dispose();
        },
      };
    },
    whenSynced: () => Promise.resolve(),
  };
}
