import { type Pod, podKind } from '@kubets/api';
import type { Client } from '@kubets/client';
import { type Clock, type Disposable, hasReason, type Logger } from '@kubets/core';
import { ANNOTATION, shortHash, uidOf } from './pod/identity.ts';

/** Manifests that lie on the node; calls back with all of them at once and whenever they change. */
export interface StaticPodSource {
  watch(onPods: (pods: readonly Pod[]) => void): Promise<Disposable>;
}

export interface StaticPodsOptions {
  readonly source: StaticPodSource;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeName: string;
  nodeUid(): string | undefined;
  /** The mirror of a static pod, if the API server has one. */
  mirror(namespace: string, name: string): Pod | undefined;
  onChanged(pod: Pod): void;
  onRemoved(pod: Pod): void;
}

/** A manifest as the kubelet runs it: named after the node, bound to it, its identity made from its content. */
export function staticPod(manifest: Pod, nodeName: string): Pod {
  const content = shortHash(JSON.stringify(manifest)) + shortHash(`${nodeName}/${JSON.stringify(manifest)}`);
  const hash = content.padEnd(32, '0').slice(0, 32);
  return {
    ...manifest,
    metadata: {
      ...manifest.metadata,
      name: `${manifest.metadata.name}-${nodeName}`.toLowerCase(),
      namespace: manifest.metadata.namespace ?? 'default',
      uid: hash,
      annotations: {
        ...manifest.metadata.annotations,
        [ANNOTATION.configHash]: hash,
        [ANNOTATION.configSource]: 'file',
      },
    },
    spec: {
      ...manifest.spec,
      nodeName,
      tolerations: [...(manifest.spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
    },
  };
}

/** Runs the pods of manifests and shows them to the API server as mirror pods. */
export class StaticPods implements Disposable {
  readonly #options: StaticPodsOptions;
  readonly #pods = new Map<string, Pod>();
  #watch: Disposable | undefined;

  constructor(options: StaticPodsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#watch = await this.#options.source.watch((pods) => this.#replace(pods));
  }

  /** A mirror was seen: one without its pod, or of another version of it, is removed. */
  onMirror(mirror: Pod): void {
    const { namespace = '', name = '', annotations } = mirror.metadata;
    const pod = this.#named(namespace, name);
    const isRight = pod && annotations?.[ANNOTATION.configMirror] === pod.metadata.annotations?.[ANNOTATION.configHash];
    if (!isRight || mirror.metadata.deletionTimestamp) void this.#delete(mirror);
    else if (pod) this.#options.onChanged(pod);
  }

  onMirrorDeleted(mirror: Pod): void {
    const pod = this.#named(mirror.metadata.namespace ?? '', mirror.metadata.name ?? '');
    if (pod) void this.#create(pod);
  }

  /** A removed pod is gone from the node: its mirror goes too, but no other pod that has its name by now. */
  onGone({ metadata }: Pod): void {
    const { namespace = '', name = '', uid } = metadata;
    const mirror = this.#options.mirror(namespace, name);
    if (!mirror || mirror.metadata.annotations?.[ANNOTATION.configMirror] !== uid) return;
    if (!this.#named(namespace, name)) void this.#delete(mirror);
  }

  dispose(): void {
    this.#watch?.dispose();
  }

  #named(namespace: string, name: string): Pod | undefined {
    return [...this.#pods.values()].find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  }

  #replace(manifests: readonly Pod[]): void {
    const pods = manifests.map((manifest) => staticPod(manifest, this.#options.nodeName));
    const wanted = new Set(pods.map(uidOf));
    for (const [uid, pod] of this.#pods) {
      if (wanted.has(uid)) continue;
      this.#pods.delete(uid);
      this.#options.onRemoved(pod);
    }
    for (const pod of pods) {
      if (this.#pods.has(uidOf(pod))) continue;
      this.#pods.set(uidOf(pod), pod);
      this.#options.onChanged(pod);
      void this.#create(pod);
    }
  }

  async #create(pod: Pod): Promise<void> {
    const { client, nodeName, logger, mirror } = this.#options;
    const { namespace = '', name = '', annotations, labels, uid } = pod.metadata;
    if (mirror(namespace, name)) return;
    const nodeUid = this.#options.nodeUid();
    const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid ?? '', controller: true };
    try {
      await client.resource(podKind).create({
        ...pod,
        metadata: {
          name,
          namespace,
          ...(labels ? { labels } : {}),
          annotations: { ...annotations, [ANNOTATION.configMirror]: uid ?? '' },
          ...(nodeUid ? { ownerReferences: [owner] } : {}),
        },
      });
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists'))
        logger.log('warn', 'a mirror pod could not be made', { pod: name, error: String(error) });
    }
  }

  async #delete(mirror: Pod): Promise<void> {
    const { namespace = '', name = '', uid } = mirror.metadata;
    const options = { gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) };
    await this.#options.client
      .resource(podKind)
      .delete(namespace, name, options)
      .catch((error: unknown) => {
        if (!hasReason(error, 'NotFound'))
          this.#options.logger.log('warn', 'a mirror pod could not be removed', { pod: name, error: String(error) });
      });
  }
}
