import { type Lease, leaseKind, type Node, nodeKind, type Pod, podKind } from '@kubets/api';
import { type EventRecorder, formatTime, type Informer, type ResourceClient } from '@kubets/client';
import { type Clock, hasReason } from '@kubets/core';
import { indexByNode, podsOnNode } from '../pods/by-node.ts';
import { podCondition } from '../pods/state.ts';
import { type Controller, type ControllerContext, reads, type Watch, watch } from '../runner/controller.ts';
import { planTaints, readyStatus, silentConditions } from './plan.ts';

/** How often every node is looked at though nothing was heard of it: that is the point. */
const MONITOR_PERIOD_MS = 5_000;
/** Silence after which a node counts as unreachable; longer for one that has just been created. */
const GRACE_MS = 50_000;
const STARTUP_GRACE_MS = 60_000;
const LEASE_NAMESPACE = 'kube-node-lease';

interface Heard {
  readonly sign: string;
  readonly atMs: number;
}

/** Brings every node's name now and then, whether or not anything was heard of it. */
function monitor(clock: Clock, nodes: Informer<Node>): Watch {
  return {
    start(sink) {
      let timer = clock.after(MONITOR_PERIOD_MS, tick);
      function tick() {
        for (const { metadata } of nodes.store.list()) sink.add(metadata.name ?? '');
        timer = clock.after(MONITOR_PERIOD_MS, tick);
      }
      return { dispose: () => timer.dispose() };
    },
    whenSynced: () => Promise.resolve(),
  };
}

/** Finds nodes that have fallen silent, and turns what is known of nodes into taints. */
export class NodeLifecycleController implements Controller {
  readonly name = 'node-lifecycle';
  readonly concurrency = 10;
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #clock: Clock;
  readonly #nodes: Informer<Node>;
  readonly #leases: Informer<Lease>;
  readonly #pods: Informer<Pod>;
  readonly #client: ResourceClient<Node>;
  readonly #recorder: EventRecorder;
  readonly #heard = new Map<string, Heard>();
  readonly #readyBefore = new Map<string, string>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#clock = context.clock;
    this.#nodes = context.informers.informer(nodeKind);
    this.#leases = context.informers.informer(leaseKind);
    this.#pods = context.informers.informer(podKind);
    this.#client = context.client.resource(nodeKind);
    this.#recorder = context.recorder('node-controller');
    indexByNode(this.#pods);
    this.watches = [
      monitor(this.#clock, this.#nodes),
      reads(this.#leases),
      reads(this.#pods),
      watch(this.#nodes, ({ type, object }) => {
        this.#announce(type, object);
        return type === 'deleted' ? [] : [object.metadata.name ?? ''];
      }),
    ];
  }

  async reconcile(name: string) {
    let node = this.#nodes.store.get(name);
    if (!node) return;
    if (this.#isSilent(node)) node = (await this.#markSilent(node)) ?? node;
    await this.#writeTaints(node);
    await this.#followReadiness(node);
  }

  async #writeTaints(node: Node): Promise<void> {
    const taints = planTaints(node, this.#mayEvict(), this.#clock.now());
    if (!taints) return;
    const { name = '', uid, resourceVersion } = node.metadata;
    const patch = { metadata: { uid, resourceVersion }, spec: { taints } };
    await this.#client.patch({ namespace: '', name }, 'merge', patch);
  }

  #announce(type: string, { metadata, ...node }: Node): void {
    const { name = '' } = metadata;
    // Events about nodes carry the node's name in place of its uid, for kubectl describe finds them so.
    const subject = { ...node, metadata: { name, uid: name } };
    if (type === 'added' && !this.#heard.has(name)) {
      const message = `Node ${name} event: Registered Node ${name} in Controller`;
      this.#recorder.event(subject, 'Normal', 'RegisteredNode', message);
    } else if (type === 'deleted') {
      this.#heard.delete(name);
      this.#readyBefore.delete(name);
      const message = `Node ${name} event: Removing Node ${name} from Controller`;
      this.#recorder.event(subject, 'Normal', 'RemovingNode', message);
    }
  }

  /** Time counts from when a new sign of life was seen here, so that clocks need not agree. */
  #isSilent(node: Node): boolean {
    const name = node.metadata.name ?? '';
    const sign = this.#signOf(node);
    const last = this.#heard.get(name);
    const nowMs = this.#clock.monotonicMs();
    if (!last || last.sign !== sign) {
      this.#heard.set(name, { sign, atMs: nowMs });
      return false;
    }
    const graceMs = node.status?.conditions?.length ? GRACE_MS : STARTUP_GRACE_MS;
    return nowMs - last.atMs > graceMs;
  }

  async #markSilent(node: Node): Promise<Node | undefined> {
    const conditions = silentConditions(node, this.#clock.now());
    if (!conditions) return undefined;
    const written = await this.#client.updateStatus({ ...node, status: { ...node.status, conditions } });
    // What this controller writes is no sign of life.
    this.#heard.set(node.metadata.name ?? '', {
      ...this.#heard.get(node.metadata.name ?? '')!,
      sign: this.#signOf(written),
    });
    return written;
  }

  /** What a node last said of itself, by its lease or its status. */
  #signOf(node: Node): string {
    const lease = this.#leases.store.get(`${LEASE_NAMESPACE}/${node.metadata.name}`);
    const heartbeats = node.status?.conditions?.map(({ lastHeartbeatTime }) => lastHeartbeatTime).join();
    return `${lease?.spec?.renewTime}/${heartbeats}`;
  }

  #mayEvict(): boolean {
    return this.#nodes.store.list().some((node) => readyStatus(node) === 'True');
  }

  async #followReadiness(node: Node): Promise<void> {
    const name = node.metadata.name ?? '';
    const ready = readyStatus(node);
    const before = this.#readyBefore.get(name);
    if (ready === 'True') {
      this.#readyBefore.set(name, ready);
      return;
    }
    if (before !== undefined && before !== 'True') return;
    await Promise.all(podsOnNode(this.#pods, name).map((pod) => this.#markPodNotReady(pod)));
    this.#readyBefore.set(name, ready);
    if (before !== 'True') return;
    const subject = { ...node, metadata: { name, uid: name } };
    this.#recorder.event(subject, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
  }

  async #markPodNotReady(pod: Pod): Promise<void> {
    const ready = podCondition(pod, 'Ready');
    if (ready?.status !== 'True') return;
    const { namespace = '', name = '', uid } = pod.metadata;
    const condition = { ...ready, status: 'False', lastTransitionTime: formatTime(this.#clock.now()) };
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    try {
      await this.#context.client
        .resource(podKind)
        .patch({ namespace, name, subresource: 'status' }, 'strategic', patch);
      this.#recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
