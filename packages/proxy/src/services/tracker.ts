import { type EndpointSlice, endpointSliceKind, type Service, serviceKind } from '@kubets/api';
import type { Informer, InformerFactory } from '@kubets/client';
import { type Disposable, DisposableStore, type KubeObject } from '@kubets/core';
import type { NodePlace } from './endpoints.ts';
import { type ServicePort, servicePortsOf } from './service-ports.ts';

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
const BY_SERVICE = 'service';

const keyOfService = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`;
const keysOfSlice = ({ metadata }: KubeObject) => {
  const name = metadata.labels?.[SERVICE_NAME_LABEL];
  return name ? [`${metadata.namespace}/${name}`] : [];
};

/** Follows Services and EndpointSlices and keeps, for each Service, the ports that rules are made of. */
export class ServiceTracker implements Disposable {
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #ports = new Map<string, readonly ServicePort[]>();
  readonly #stale = new Set<string>();
  readonly #subscriptions = new DisposableStore();
  readonly #onChange: () => void;

  constructor(informers: InformerFactory, onChange: () => void) {
    this.#onChange = onChange;
    this.#services = informers.informer<Service>(serviceKind);
    this.#slices = informers.informer<EndpointSlice>(endpointSliceKind);
    this.#slices.addIndex(BY_SERVICE, keysOfSlice);
    this.#subscriptions.add(this.#follow(this.#services, (object) => [keyOfService(object)]));
    this.#subscriptions.add(this.#follow(this.#slices, keysOfSlice));
  }

  hasSynced(): boolean {
    return this.#services.hasSynced() && this.#slices.hasSynced();
  }

  services(): readonly Service[] {
    return this.#services.store.list();
  }

  /** All ports, worked out anew for what has changed since the last call, or for everything when `place` is another. */
  refresh(place: NodePlace, everything: boolean): readonly ServicePort[] {
    if (everything) for (const service of this.#services.store.list()) this.#stale.add(keyOfService(service));
    for (const key of this.#stale) {
      const service = this.#services.store.get(key);
      if (service) this.#ports.set(key, servicePortsOf(service, this.#slices.store.byIndex(BY_SERVICE, key), place));
      else this.#ports.delete(key);
    }
    this.#stale.clear();
    return [...this.#ports.values()].flat();
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #follow<T extends KubeObject>(informer: Informer<T>, keysOf: (object: T) => readonly string[]): Disposable {
    const touch = (object: T) => {
      for (const key of keysOf(object)) this.#stale.add(key);
      this.#onChange();
    };
    return informer.addHandler({
      added: touch,
      deleted: touch,
      updated: (object, old) => {
        touch(old);
        touch(object);
      },
    });
  }
}
