import { type Node, nodeKind, type Pod, podKind } from '@kubets/api';
import { formatTime, keyOf, parseTime } from '@kubets/client';
import { hasReason } from '@kubets/core';
import { isPodFinished } from '../pods/state.ts';
import { type Controller, type ControllerContext, every, reads } from '../runner/controller.ts';

const PERIOD_MS = 20_000;
/** A node that has vanished may only be missing from the cache: its pods are let be for so long. */
const QUARANTINE_MS = 40_000;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

export interface PodGarbage {
  /** Finished pods beyond the threshold, the oldest first. */
  readonly finished: readonly Pod[];
  /** Deleted before they had a node: no kubelet will confirm it. */
  readonly unscheduled: readonly Pod[];
  /** Their node is gone, or out of service for good. */
  readonly lost: readonly Pod[];
}

/** Which pods nobody else will ever clean up. */
export function findGarbage(options: {
  pods: readonly Pod[];
  threshold: number;
  isLost(node: string, pod: Pod): boolean;
}): PodGarbage {
  const { pods, threshold, isLost } = options;
  const ended = pods.filter((pod) => isPodFinished(pod) && !pod.metadata.deletionTimestamp);
  const surplus = Math.max(0, threshold > 0 ? ended.length - threshold : 0);
  const age = ({ metadata }: Pod) => parseTime(metadata.creationTimestamp);
  return {
    finished: ended.sort((a, b) => age(a) - age(b) || (keyOf(a) < keyOf(b) ? -1 : 1)).slice(0, surplus),
    unscheduled: pods.filter(({ metadata, spec }) => metadata.deletionTimestamp && !spec.nodeName),
    lost: pods.filter((pod) => pod.spec.nodeName && isLost(pod.spec.nodeName, pod)),
  };
}

/** Removes pods that nobody else will: of vanished nodes, deleted without a node, finished in great number. */
export function podGarbageCollector(context: ControllerContext, threshold = 12_500): Controller {
  const { clock } = context;
  const pods = context.informers.informer(podKind);
  const nodes = context.informers.informer(nodeKind);
  const client = context.client.resource(podKind);
  const missingSince = new Map<string, number>();

  return {
    name: 'pod-garbage-collector',
    watches: [every(clock, PERIOD_MS), reads(pods), reads(nodes)],
    async reconcile() {
      const gone = await confirmedGone();
      const garbage = findGarbage({
        pods: pods.store.list(),
        threshold,
        isLost: (node, pod) => isLost(gone, node, pod),
      });
      await Promise.all(garbage.finished.map((pod) => remove(pod)));
      await Promise.all(garbage.unscheduled.map((pod) => remove(pod)));
      await Promise.all(garbage.lost.map((pod) => fail(pod, gone.has(pod.spec.nodeName ?? ''))));
    },
  };

  function isLost(gone: ReadonlySet<string>, name: string, pod: Pod): boolean {
    if (gone.has(name)) return true;
    const node = nodes.store.get(name);
    return Boolean(pod.metadata.deletionTimestamp && node && isOutOfService(node));
  }

  function isOutOfService(node: Node): boolean {
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    return !ready && (node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false);
  }

  /** Nodes that pods name and that have been missing for a while, by the server's own word. */
  async function confirmedGone(): Promise<Set<string>> {
    const named = new Set(pods.store.list().flatMap(({ spec }) => spec.nodeName ?? []));
    const nowMs = clock.monotonicMs();
    const gone = new Set<string>();
    for (const name of [...missingSince.keys()])
      if (!named.has(name) || nodes.store.get(name)) missingSince.delete(name);
    for (const name of named) {
      if (nodes.store.get(name)) continue;
      const sinceMs = missingSince.get(name) ?? nowMs;
      missingSince.set(name, sinceMs);
      if (nowMs - sinceMs >= QUARANTINE_MS && !(await exists(name))) gone.add(name);
    }
    return gone;
  }

  async function exists(name: string): Promise<boolean> {
    try {
      await context.client.resource(nodeKind).get('', name);
      return true;
    } catch (error) {
      if (hasReason(error, 'NotFound')) return false;
      throw error;
    }
  }

  async function fail(pod: Pod, nodeGone: boolean): Promise<void> {
    const { namespace = '', name = '', uid } = pod.metadata;
    if (!isPodFinished(pod)) {
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: nodeGone ? 'PodGC: node no longer exists' : 'PodGC: node is out of service',
        lastTransitionTime: formatTime(clock.now()),
      };
      const status = { phase: 'Failed', ...(nodeGone ? { conditions: [condition] } : {}) };
      await ignoringGone(
        client.patch({ namespace, name, subresource: 'status' }, 'strategic', { metadata: { uid }, status }),
      );
    }
    await remove(pod);
  }

  async function remove({ metadata }: Pod): Promise<void> {
    const { namespace = '', name = '', uid } = metadata;
    await ignoringGone(
      client.delete(namespace, name, { gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) }),
    );
  }

  async function ignoringGone(action: Promise<unknown>): Promise<void> {
    try {
      await action;
    } catch (error) {
      if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
    }
  }
}
