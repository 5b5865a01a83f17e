import { leaseKind, type Node, nodeKind, type Pod, podKind } from '@kubets/api';
import { formatTime } from '@kubets/client';
import { hasReason } from '@kubets/core';
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

/** Finds nodes that have fallen silent, and turns what is known of nodes into taints. */
export function nodeLifecycleController(context: ControllerContext): Controller {
  const { clock } = context;
  const nodes = context.informers.informer(nodeKind);
  const leases = context.informers.informer(leaseKind);
  const pods = context.informers.informer(podKind);
  const client = context.client.resource(nodeKind);
  const recorder = context.recorder('node-controller');
  const heard = new Map<string, Heard>();
  const readyBefore = new Map<string, string>();
  pods.addIndex('node', ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));

  const monitor: Watch = {
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

  return {
    name: 'node-lifecycle',
    concurrency: 10,
    watches: [
      monitor,
      reads(leases),
      reads(pods),
      watch(nodes, ({ type, object }) => {
        announce(type, object);
        return type === 'deleted' ? [] : [object.metadata.name ?? ''];
      }),
    ],
    async reconcile(name) {
      let node = nodes.store.get(name);
      if (!node) return;
      if (isSilent(node)) node = (await markSilent(node)) ?? node;
      const taints = planTaints(node, mayEvict(), clock.now());
      if (taints) {
        const { uid, resourceVersion } = node.metadata;
        await client.patch({ namespace: '', name }, 'merge', { metadata: { uid, resourceVersion }, spec: { taints } });
      }
      await followReadiness(node);
    },
  };

  function announce(type: string, { metadata, ...node }: Node): void {
    const { name = '' } = metadata;
    // Events about nodes carry the node's name in place of its uid, for kubectl describe finds them so.
    const subject = { ...node, metadata: { name, uid: name } };
    if (type === 'added' && !heard.has(name)) {
      const message = `Node ${name} event: Registered Node ${name} in Controller`;
      recorder.event(subject, 'Normal', 'RegisteredNode', message);
    } else if (type === 'deleted') {
      heard.delete(name);
      readyBefore.delete(name);
      const message = `Node ${name} event: Removing Node ${name} from Controller`;
      recorder.event(subject, 'Normal', 'RemovingNode', message);
    }
  }

  /** Time counts from when a new sign of life was seen here, so that clocks need not agree. */
  function isSilent(node: Node): boolean {
    const name = node.metadata.name ?? '';
    const lease = leases.store.get(`${LEASE_NAMESPACE}/${name}`);
    const heartbeats = node.status?.conditions?.map(({ lastHeartbeatTime }) => lastHeartbeatTime).join();
    const sign = `${lease?.spec?.renewTime}/${heartbeats}`;
    const last = heard.get(name);
    const nowMs = clock.monotonicMs();
    if (!last || last.sign !== sign) {
      heard.set(name, { sign, atMs: nowMs });
      return false;
    }
    const graceMs = node.status?.conditions?.length ? GRACE_MS : STARTUP_GRACE_MS;
    return nowMs - last.atMs > graceMs;
  }

  async function markSilent(node: Node): Promise<Node | undefined> {
    const conditions = silentConditions(node, clock.now());
    if (!conditions) return undefined;
    const written = await client.updateStatus({ ...node, status: { ...node.status, conditions } });
    // What this controller writes is no sign of life.
    heard.set(node.metadata.name ?? '', { ...heard.get(node.metadata.name ?? '')!, sign: signOf(written) });
    return written;
  }

  function signOf(node: Node): string {
    const lease = leases.store.get(`${LEASE_NAMESPACE}/${node.metadata.name}`);
    return `${lease?.spec?.renewTime}/${node.status?.conditions?.map(({ lastHeartbeatTime }) => lastHeartbeatTime).join()}`;
  }

  function mayEvict(): boolean {
    return nodes.store.list().some((node) => readyStatus(node) === 'True');
  }

  async function followReadiness(node: Node): Promise<void> {
    const name = node.metadata.name ?? '';
    const ready = readyStatus(node);
    const before = readyBefore.get(name);
    if (ready === 'True') {
      readyBefore.set(name, ready);
      return;
    }
    if (before !== undefined && before !== 'True') return;
    await Promise.all(pods.store.byIndex('node', name).map(markPodNotReady));
    readyBefore.set(name, ready);
    if (before !== 'True') return;
    const subject = { ...node, metadata: { name, uid: name } };
    recorder.event(subject, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
  }

  async function markPodNotReady(pod: Pod): Promise<void> {
    const ready = podCondition(pod, 'Ready');
    if (ready?.status !== 'True') return;
    const { namespace = '', name = '', uid } = pod.metadata;
    const condition = { ...ready, status: 'False', lastTransitionTime: formatTime(clock.now()) };
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    try {
      await context.client.resource(podKind).patch({ namespace, name, subresource: 'status' }, 'strategic', patch);
      recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
