import {
  type Binding,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaimKind,
  persistentVolumeKind,
  podKind,
} from '@kubets/api';
import type { Client, Informer } from '@kubets/client';
import { type Clock, DisposableStore } from '@kubets/core';
import { isBound, type VolumeDecision } from './plugins/volumes.ts';

const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
/** How long a pod waits for its volumes before it is tried elsewhere. */
const VOLUME_TIMEOUT_MS = 600_000;

export interface BinderOptions {
  readonly client: Client;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Carries out what the scheduler decided: first the pod's volumes, then the pod itself. */
export class Binder {
  readonly #options: BinderOptions;

  constructor(options: BinderOptions) {
    this.#options = options;
  }

  async bind(pod: Pod, node: string, volumes: VolumeDecision | undefined): Promise<void> {
    if (volumes && volumes.bind.length + volumes.provision.length > 0) await this.#bindVolumes(volumes, node);
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const binding: Binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { namespace, name, uid },
      target: { kind: 'Node', name: node },
    };
    await this.#options.client
      .resource(podKind)
      .createSubresource({ namespace, name, subresource: 'binding' }, binding);
  }

  async #bindVolumes({ bind, provision }: VolumeDecision, node: string): Promise<void> {
    const { client } = this.#options;
    for (const { claim, volume } of bind) {
      const { namespace = '', name = '', uid = '', resourceVersion } = claim.metadata;
      const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
      const metadata = {
        annotations: { [BOUND_BY_CONTROLLER]: 'yes' },
        resourceVersion: volume.metadata.resourceVersion,
      };
      const target = { namespace: '', name: volume.metadata.name ?? '' };
      await client.resource(persistentVolumeKind).patch(target, 'merge', { metadata, spec: { claimRef } });
    }
    for (const { metadata } of provision) {
      const target = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
      const patch = { metadata: { annotations: { [SELECTED_NODE]: node } } };
      await client.resource(persistentVolumeClaimKind).patch(target, 'merge', patch);
    }
    await this.#whenBound([...bind.map(({ claim }) => claim), ...provision]);
  }

  /** Resolves when the volume controllers have bound all claims. */
  #whenBound(wanted: readonly PersistentVolumeClaim[]): Promise<void> {
    const { claims, clock, signal } = this.#options;
    const done = () =>
      wanted.every(({ metadata }) => {
        const current = claims.store.get(`${metadata.namespace}/${metadata.name}`);
        return current !== undefined && isBound(current);
      });
    if (done()) return Promise.resolve();
    const subscriptions = new DisposableStore();
    return new Promise<void>((resolve, reject) => {
      const check = () => done() && resolve();
      subscriptions.add(claims.addHandler({ updated: check }));
      subscriptions.add(
        clock.after(VOLUME_TIMEOUT_MS, () => reject(new Error('timed out waiting for volumes to be bound'))),
      );
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }).finally(() => subscriptions.dispose());
  }
}
