import { type Node, nodeKind, type Pod, podKind } from '@kubets/api';
import { type EventRecorder, formatTime, type Informer, keyOf, type ResourceClient } from '@kubets/client';
import { hasReason } from '@kubets/core';
import { indexByNode, podsOnNode } from '../pods/by-node.ts';
import { type Controller, type ControllerContext, type Requeue, type Watch, watch } from '../runner/controller.ts';
import { evictionDelayMs } from './plan.ts';

/** Drives pods off nodes whose NoExecute taints they do not, or no longer, tolerate. */
export class TaintEvictionController implements Controller {
  readonly name = 'taint-eviction';
  readonly concurrency = 8;
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #client: ResourceClient<Pod>;
  readonly #recorder: EventRecorder;
  /** Since when pods have been waiting for their end, by key. */
  readonly #waiting = new Map<string, { uid: string | undefined; seenMs: number }>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#nodes = context.informers.informer(nodeKind);
    this.#pods = context.informers.informer(podKind);
    this.#client = context.client.resource(podKind);
    this.#recorder = context.recorder('taint-eviction-controller');
    indexByNode(this.#pods);
    this.watches = [
      watch(this.#pods, ({ type, object, old }) => {
        const moved =
          !old || old.spec.nodeName !== object.spec.nodeName || old.spec.tolerations !== object.spec.tolerations;
        if (type === 'deleted') return this.#waiting.has(keyOf(object)) ? [keyOf(object)] : [];
        return object.spec.nodeName && moved ? [keyOf(object)] : [];
      }),
      watch(this.#nodes, ({ type, object, old }) => {
        if (type === 'deleted' || old?.spec?.taints === object.spec?.taints) return [];
        if (!object.spec?.taints?.length && !old?.spec?.taints?.length) return [];
        return podsOnNode(this.#pods, object.metadata.name ?? '').map(keyOf);
      }),
    ];
  }

  async reconcile(key: string): Promise<Requeue | undefined> {
    const pod = this.#pods.store.get(key);
    const node = pod?.spec.nodeName ? this.#nodes.store.get(pod.spec.nodeName) : undefined;
    const before = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (!pod || !node || pod.metadata.deletionTimestamp) return undefined;
    const { uid } = pod.metadata;
    const nowMs = this.#context.clock.now();
    const seenMs = before && before.uid === uid ? before.seenMs : nowMs;
    const delayMs = evictionDelayMs(pod, node.spec?.taints ?? [], { nowMs, seenMs });
    if (delayMs === undefined) return undefined;
    if (delayMs > 0) {
      this.#waiting.set(key, { uid, seenMs });
      return { afterMs: delayMs };
    }
    await this.#evict(pod);
    return undefined;
  }

  async #evict(pod: Pod): Promise<void> {
    const { namespace = '', name = '', uid, generation } = pod.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: formatTime(this.#context.clock.now()),
      ...(generation ? { observedGeneration: generation } : {}),
    };
    this.#recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyOf(pod)}`);
    try {
      const patch = { metadata: { uid }, status: { conditions: [condition] } };
      await this.#client.patch({ namespace, name, subresource: 'status' }, 'strategic', patch);
      await this.#client.delete(namespace, name, uid ? { preconditions: { uid } } : {});
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
