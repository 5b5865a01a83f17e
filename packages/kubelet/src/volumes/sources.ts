import {
  type ConfigMap,
  configMapKind,
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentVolumeClaimKind,
  persistentVolumeKind,
  type RuntimeClass,
  runtimeClassKind,
  type Secret,
  secretKind,
  serviceAccountKind,
  type TokenRequest,
} from '@kubets/api';
import { type Client, ListWatchInformer } from '@kubets/client';
import {
  type Clock,
  type Disposable,
  hasReason,
  type KindDefinition,
  type KubeObject,
  type Logger,
  type Random,
} from '@kubets/core';
import type { ConfigSources } from '../pod/environment.ts';

export interface SourcesOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Told when an object that pods refer to changed. */
  onChange(podUids: readonly string[]): void;
}

interface Watched {
  readonly informer: ListWatchInformer<KubeObject>;
  readonly pods: Set<string>;
  failure: unknown;
}

/** How long the first answer of a watch is waited for before the object is read directly. */
const FIRST_LIST_TIMEOUT_MS = 3_000;

/**
 * The objects that the node's pods refer to, each watched by name for as long as a pod needs it: a kubelet may not list what
 * does not concern its pods.
 */
export class ObjectSources implements Disposable {
  readonly #options: SourcesOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  /** Reads on behalf of one pod. */
  forPod(podUid: string): PodSources {
    const read =
      <T extends KubeObject>(kind: KindDefinition<T>) =>
      (namespace: string, name: string) =>
        this.#read(kind, { namespace, name }, podUid);
    return {
      configMap: read(configMapKind),
      secret: read(secretKind),
      claim: (namespace, name) => this.#get(persistentVolumeClaimKind, namespace, name),
      volume: (name) => this.#get(persistentVolumeKind, '', name),
      runtimeClass: (name) => this.#get(runtimeClassKind, '', name),
      token: (request) => this.#token(request),
    };
  }

  /** Stops watching what only this pod referred to. */
  release(podUid: string): void {
    for (const [key, watched] of this.#watched) {
      watched.pods.delete(podUid);
      if (watched.pods.size > 0) continue;
      watched.informer.dispose();
      this.#watched.delete(key);
    }
  }

  dispose(): void {
    for (const { informer } of this.#watched.values()) informer.dispose();
    this.#watched.clear();
  }

  async #get<T extends KubeObject>(kind: KindDefinition<T>, namespace: string, name: string): Promise<T | undefined> {
    try {
      return await this.#options.client.resource(kind).get(namespace, name);
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #read<T extends KubeObject>(
    kind: KindDefinition<T>,
    target: { namespace: string; name: string },
    podUid: string,
  ): Promise<T | undefined> {
    const { namespace, name } = target;
    const key = `${kind.resource}/${namespace}/${name}`;
    const watched = this.#watched.get(key) ?? this.#watch(key, kind as unknown as KindDefinition<KubeObject>, target);
    watched.pods.add(podUid);
    if (!watched.informer.hasSynced()) {
      const patience = new AbortController();
      const timer = this.#options.clock.after(FIRST_LIST_TIMEOUT_MS, () => patience.abort());
      await watched.informer.whenSynced(patience.signal).catch(() => undefined);
      timer.dispose();
      if (!watched.informer.hasSynced()) return this.#get(kind, namespace, name);
    }
    return watched.informer.store.get(`${namespace}/${name}`) as unknown as T | undefined;
  }

  #watch(key: string, kind: KindDefinition<KubeObject>, target: { namespace: string; name: string }): Watched {
    const { client, clock, random, logger, onChange } = this.#options;
    const informer = new ListWatchInformer({
      client,
      kind,
      clock,
      random,
      logger,
      namespace: target.namespace,
      fieldSelector: `metadata.name=${target.name}`,
    });
    const watched: Watched = { informer, pods: new Set(), failure: undefined };
    const changed = () => onChange([...watched.pods]);
    informer.addHandler({ added: changed, updated: changed, deleted: changed });
    this.#watched.set(key, watched);
    void informer.run();
    return watched;
  }

  async #token(request: TokenDemand): Promise<TokenRequest> {
    const body: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: request.audience ? [request.audience] : [],
        expirationSeconds: request.expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: request.podName, uid: request.podUid },
      },
    };
    const { namespace, serviceAccount } = request;
    const target = { namespace, name: serviceAccount, subresource: 'token' };
    return (await this.#options.client.resource(serviceAccountKind).createSubresource(target, body)) as TokenRequest;
  }
}

export interface TokenDemand {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string;
  readonly expirationSeconds: number;
  readonly podName: string;
  readonly podUid: string;
}

/** What one pod's volumes and variables are made from. */
export interface PodSources extends ConfigSources {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  claim(namespace: string, name: string): Promise<PersistentVolumeClaim | undefined>;
  volume(name: string): Promise<PersistentVolume | undefined>;
  runtimeClass(name: string): Promise<RuntimeClass | undefined>;
  token(demand: TokenDemand): Promise<TokenRequest>;
}
