import {
  type LabelSelector,
  matchesLabels,
  type Pod,
  type ReplicaSet,
  type ReplicationController,
  replicaSetKind,
  replicationControllerKind,
  type Service,
  type StatefulSet,
  serviceKind,
  statefulSetKind,
} from '@kubets/api';
import type { Informer, InformerFactory } from '@kubets/client';
import type { DefaultSelector } from './plugins/topology-spread.ts';

/** Reads the selectors of the services and of the controller that a pod belongs to. */
export class DefaultSelectors {
  readonly #services: Informer<Service>;
  readonly #replicaSets: Informer<ReplicaSet>;
  readonly #statefulSets: Informer<StatefulSet>;
  readonly #replicationControllers: Informer<ReplicationController>;

  constructor(informers: InformerFactory) {
    this.#services = informers.informer(serviceKind);
    this.#replicaSets = informers.informer(replicaSetKind);
    this.#statefulSets = informers.informer(statefulSetKind);
    this.#replicationControllers = informers.informer(replicationControllerKind);
  }

  /** All selectors joined; undefined for a pod that stands alone. */
  readonly of: DefaultSelector = (pod) => {
    const matchLabels: Record<string, string> = {};
    for (const { spec } of this.#services.store.list(pod.metadata.namespace)) {
      const selector = spec?.selector;
      if (selector && Object.keys(selector).length > 0 && matchesLabels(selector, pod.metadata.labels)) {
        Object.assign(matchLabels, selector);
      }
    }
    const owner = this.#ownerSelector(pod);
    Object.assign(matchLabels, owner?.matchLabels);
    const matchExpressions = owner?.matchExpressions ?? [];
    if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) return undefined;
    return { matchLabels, ...(matchExpressions.length > 0 ? { matchExpressions } : {}) };
  };

  async whenSynced(signal: AbortSignal): Promise<void> {
    const informers = [this.#services, this.#replicaSets, this.#statefulSets, this.#replicationControllers];
    await Promise.all(informers.map((informer) => informer.whenSynced(signal)));
  }

  #ownerSelector({ metadata }: Pod): LabelSelector | undefined {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller);
    const key = `${metadata.namespace}/${owner?.name}`;
    switch (owner?.kind) {
      case 'ReplicaSet':
        return this.#replicaSets.store.get(key)?.spec?.selector;
      case 'StatefulSet':
        return this.#statefulSets.store.get(key)?.spec?.selector;
      case 'ReplicationController': {
        const selector = this.#replicationControllers.store.get(key)?.spec?.selector;
        return selector && { matchLabels: selector };
      }
      default:
        return undefined;
    }
  }
}
