import { type Node, nodeKind, type Pod, podKind } from '@kubets/api';
import { formatTime, type Informer, keyOf, parseTime, type ResourceClient } from '@kubets/client';
import { type Clock, hasReason } from '@kubets/core';
import { isPodFinished } from '../pods/state.ts';
import { type Controller, type ControllerContext, every, reads, type Watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';

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
export class PodGarbageCollector implements Controller {
  readonly name = 'pod-garbage-collector';
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #threshold: number;
  readonly #clock: Clock;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #client: ResourceClient<Pod>;
  readonly #missingSince = new Map<string, number>();

  constructor(context: ControllerContext, threshold = 12_500) {
    this.#context = context;
    this.#threshold = threshold;
    this.#clock = context.clock;
    this.#pods = context.informers.informer(podKind);
    this.#nodes = context.informers.informer(nodeKind);
    this.#client = context.client.resource(podKind);
    this.watches = [every(this.#clock, PERIOD_MS), reads(this.#pods), reads(this.#nodes)];
  }

  async reconcile() {
    const gone = await this.#confirmedGone();
    const garbage = findGarbage({
      pods: this.#pods.store.list(),
      threshold: this.#threshold,
      isLost: (node, pod) => this.#isLost(gone, node, pod),
    });
    await Promise.all(garbage.finished.map((pod) => this.#remove(pod)));
    await Promise.all(garbage.unscheduled.map((pod) => this.#remove(pod)));
    await Promise.all(garbage.lost.map((pod) => this.#fail(pod, gone.has(pod.spec.nodeName ?? ''))));
  }

  #isLost(gone: ReadonlySet<string>, name: string, pod: Pod): boolean {
    if (gone.has(name)) return true;
    const node = this.#nodes.store.get(name);
    return Boolean(pod.metadata.deletionTimestamp && node && this.#isOutOfService(node));
  }

  #isOutOfService(node: Node): boolean {
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    return !ready && (node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false);
  }

  /** Nodes that pods name and that have been missing for a while, by the server's own word. */
  async #confirmedGone(): Promise<Set<string>> {
    const named = new Set(this.#pods.store.list().flatMap(({ spec }) => spec.nodeName ?? []));
    const nowMs = this.#clock.monotonicMs();
    const gone = new Set<string>();
    for (const name of [...this.#missingSince.keys()])
      if (!named.has(name) || this.#nodes.store.get(name)) this.#missingSince.delete(name);
    for (const name of named) {
      if (this.#nodes.store.get(name)) continue;
      const sinceMs = this.#missingSince.get(name) ?? nowMs;
      this.#missingSince.set(name, sinceMs);
      if (nowMs - sinceMs >= QUARANTINE_MS && !(await this.#exists(name))) gone.add(name);
    }
    return gone;
  }

  async #exists(name: string): Promise<boolean> {
    try {
      await this.#context.client.resource(nodeKind).get('', name);
      return true;
    } catch (error) {
      if (hasReason(error, 'NotFound')) return false;
      throw error;
    }
  }

  async #fail(pod: Pod, nodeGone: boolean): Promise<void> {
    const { namespace = '', name = '', uid, generation } = pod.metadata;
    if (!isPodFinished(pod)) {
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: nodeGone ? 'PodGC: node no longer exists' : 'PodGC: node is out of service',
        lastTransitionTime: formatTime(this.#clock.now()),
        ...(generation ? { observedGeneration: generation } : {}),
      };
      const status = { phase: 'Failed', ...(nodeGone ? { conditions: [condition] } : {}) };
      await this.#ignoringGone(
        this.#client.patch({ namespace, name, subresource: 'status' }, 'strategic', { metadata: { uid }, status }),
      );
    }
    await this.#remove(pod);
  }

  async #remove({ metadata }: Pod): Promise<void> {
    const { namespace = '', name = '', uid } = metadata;
    await this.#ignoringGone(
      this.#client.delete(namespace, name, { gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) }),
    );
  }

  async #ignoringGone(action: Promise<unknown>): Promise<void> {
    await ignoring(action, 'NotFound', 'Conflict');
  }
}
