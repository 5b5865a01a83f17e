import { nodeKind, type Pod, podKind } from '@kubets/api';
import { formatTime, keyOf } from '@kubets/client';
import { hasReason } from '@kubets/core';
import { type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { evictionDelayMs } from './plan.ts';

/** Drives pods off nodes whose NoExecute taints they do not, or no longer, tolerate. */
export function taintEvictionController(context: ControllerContext): Controller {
  const nodes = context.informers.informer(nodeKind);
  const pods = context.informers.informer(podKind);
  const client = context.client.resource(podKind);
  const recorder = context.recorder('taint-eviction-controller');
  /** Since when pods have been waiting for their end, by key. */
  const waiting = new Map<string, { uid: string | undefined; seenMs: number }>();
  pods.addIndex('node', ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));

  return {
    name: 'taint-eviction',
    concurrency: 8,
    watches: [
      watch(pods, ({ type, object, old }) => {
        const moved =
          !old || old.spec.nodeName !== object.spec.nodeName || old.spec.tolerations !== object.spec.tolerations;
        if (type === 'deleted') return waiting.has(keyOf(object)) ? [keyOf(object)] : [];
        return object.spec.nodeName && moved ? [keyOf(object)] : [];
      }),
      watch(nodes, ({ type, object, old }) => {
        if (type === 'deleted' || old?.spec?.taints === object.spec?.taints) return [];
        if (!object.spec?.taints?.length && !old?.spec?.taints?.length) return [];
        return pods.store.byIndex('node', object.metadata.name ?? '').map(keyOf);
      }),
    ],
    async reconcile(key): Promise<Requeue | undefined> {
      const pod = pods.store.get(key);
      const node = pod?.spec.nodeName ? nodes.store.get(pod.spec.nodeName) : undefined;
      const before = waiting.get(key);
      waiting.delete(key);
      if (!pod || !node || pod.metadata.deletionTimestamp) return undefined;
      const { uid } = pod.metadata;
      const nowMs = context.clock.now();
      const seenMs = before && before.uid === uid ? before.seenMs : nowMs;
      const delayMs = evictionDelayMs(pod, node.spec?.taints ?? [], { nowMs, seenMs });
      if (delayMs === undefined) return undefined;
      if (delayMs > 0) {
        waiting.set(key, { uid, seenMs });
        return { afterMs: delayMs };
      }
      await evict(pod);
      return undefined;
    },
  };

  async function evict(pod: Pod): Promise<void> {
    const { namespace = '', name = '', uid } = pod.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: formatTime(context.clock.now()),
    };
    recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyOf(pod)}`);
    try {
      const patch = { metadata: { uid }, status: { conditions: [condition] } };
      await client.patch({ namespace, name, subresource: 'status' }, 'strategic', patch);
      await client.delete(namespace, name, uid ? { preconditions: { uid } } : {});
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
