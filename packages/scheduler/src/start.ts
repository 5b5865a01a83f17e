import {
  type Node,
  namespaceKind,
  nodeKind,
  type Pod,
  persistentVolumeClaimKind,
  persistentVolumeKind,
  podDisruptionBudgetKind,
  podKind,
  storageClassKind,
} from '@kubets/api';
import { type Client, EventRecorder, formatTime, type Informer, type InformerFactory, keyOf } from '@kubets/client';
import {
  type AsyncDisposable,
  type Clock,
  type Disposable,
  DisposableStore,
  type KubeObject,
  type Logger,
  type Random,
} from '@kubets/core';
import { Binder } from './binder.ts';
import { DefaultSelectors } from './default-selector.ts';
import { defaultPlugins } from './plugins/default.ts';
import { isGated } from './queue/queue.ts';
import { Scheduler } from './scheduler.ts';

export const DEFAULT_SCHEDULER_NAME = 'default-scheduler';

export interface StartSchedulerOptions {
  readonly client: Client;
  /** Shared with whoever else reads in this process; not disposed here. */
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Pods with this `schedulerName` are ours; default-scheduler unless told. */
  readonly schedulerName?: string;
}

export interface RunningScheduler extends AsyncDisposable {
  /** True while pods are being placed or could be. */
  readonly busy: boolean;
}

/** Starts a scheduler; resolves when it has filled its caches and works. */
export async function startScheduler(options: StartSchedulerOptions): Promise<RunningScheduler> {
  const { client, informers, clock, random, logger, schedulerName = DEFAULT_SCHEDULER_NAME } = options;
  const abort = new AbortController();
  const recorder = new EventRecorder({ client, clock, random, logger, component: schedulerName });
  const sources = sourcesOf(informers);
  const { claims, volumes, classes, namespaces, budgets, selectors } = sources;
  const stores = { claims: claims.store, volumes: volumes.store, classes: classes.store };
  const plugins = defaultPlugins({
    volumes: stores,
    defaultSelector: selectors.of,
    namespaceLabels: (namespace) => namespaces.store.get(namespace)?.metadata.labels,
  });
  const binder = new Binder({ client, claims, clock, signal: abort.signal });
  const parts = { recorder, plugins, binder, volumes: stores, budgets: budgets.store };
  const scheduler = new Scheduler({ client, clock, random, logger, ...parts });
  const report = (pod: Pod) => void reportGates(client, clock, pod).catch(() => {});
  const subscriptions = follow(scheduler, sources, { schedulerName, report });
  await whenSynced(sources, abort.signal);
  scheduler.start();
  return {
    get busy() {
      return scheduler.busy || recorder.pending > 0;
    },
    async dispose() {
      abort.abort(new Error('scheduler stopped'));
      subscriptions.dispose();
      scheduler.dispose();
      recorder.dispose();
      await scheduler.whenIdle();
    },
  };
}

/** What the scheduler reads. */
function sourcesOf(informers: InformerFactory) {
  return {
    claims: informers.informer(persistentVolumeClaimKind),
    volumes: informers.informer(persistentVolumeKind),
    classes: informers.informer(storageClassKind),
    namespaces: informers.informer(namespaceKind),
    budgets: informers.informer(podDisruptionBudgetKind),
    nodes: informers.informer(nodeKind),
    pods: informers.informer(podKind),
    selectors: new DefaultSelectors(informers),
  };
}

type Sources = ReturnType<typeof sourcesOf>;

async function whenSynced({ selectors, ...informers }: Sources, signal: AbortSignal): Promise<void> {
  await Promise.all(Object.values(informers).map((informer) => informer.whenSynced(signal)));
  await selectors.whenSynced(signal);
}

/** Tells the scheduler of everything that may change where pods fit. */
function follow(
  scheduler: Scheduler,
  { claims, volumes, classes, namespaces, nodes, pods }: Sources,
  options: Parameters<typeof followPods>[2],
): Disposable {
  const subscriptions = new DisposableStore();
  for (const informer of [claims, volumes, classes]) {
    subscriptions.add(
      onAnyChange(informer as unknown as Informer<KubeObject>, () => scheduler.notify('volumeChanged')),
    );
  }
  subscriptions.add(namespaces.addHandler({ updated: () => scheduler.notify('namespaceChanged') }));
  subscriptions.add(followNodes(scheduler, nodes));
  subscriptions.add(followPods(scheduler, pods, options));
  return subscriptions;
}

function onAnyChange(informer: Informer<KubeObject>, notify: () => void) {
  return informer.addHandler({ added: notify, updated: notify, deleted: notify });
}

/** What of a node matters to placing pods; heartbeats do not. */
function nodeMatters(old: Node, node: Node): boolean {
  const parts = ({ metadata, spec, status }: Node) =>
    JSON.stringify([
      metadata.labels,
      metadata.annotations,
      spec,
      status?.allocatable,
      status?.conditions?.map(({ type, status: s }) => type + s),
    ]);
  return parts(old) !== parts(node);
}

function followNodes(scheduler: Scheduler, nodes: Informer<Node>) {
  return nodes.addHandler({
    added(node) {
      scheduler.cache.setNode(node);
      scheduler.notify('nodeAdded');
    },
    updated(node, old) {
      scheduler.cache.setNode(node);
      if (nodeMatters(old, node)) scheduler.notify('nodeChanged');
    },
    deleted: (node) => scheduler.cache.removeNode(node.metadata.name ?? ''),
  });
}

const isFinished = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** What of a waiting pod matters to placing it; its status does not. */
function podMatters(old: Pod, pod: Pod): boolean {
  const parts = ({ metadata, spec }: Pod) => JSON.stringify([metadata.labels, metadata.annotations, spec]);
  return old.spec !== pod.spec && parts(old) !== parts(pod);
}

function followPods(
  scheduler: Scheduler,
  pods: Informer<Pod>,
  options: { schedulerName: string; report: (pod: Pod) => void },
) {
  const { cache, queue } = scheduler;
  const gone = (key: string) => {
    const counted = cache.has(key);
    cache.removePod(key);
    queue.remove(key);
    scheduler.denominate(key);
    if (counted) scheduler.notify('podDeleted');
  };
  const take = (pod: Pod, old?: Pod) => {
    const key = keyOf(pod);
    if (isFinished(pod)) return gone(key);
    if (pod.spec.nodeName) {
      const known = cache.has(key) && !cache.isAssumed(key);
      cache.setPod(pod);
      queue.remove(key);
      scheduler.denominate(key);
      if (!known) scheduler.notify('podAdded');
      else if (old && podMatters(old, pod)) scheduler.notify('podChanged');
      return undefined;
    }
    if (pod.metadata.deletionTimestamp) return gone(key);
    if ((pod.spec.schedulerName ?? DEFAULT_SCHEDULER_NAME) !== options.schedulerName || cache.isAssumed(key))
      return undefined;
    scheduler.nominate(pod);
    if (isGated(pod)) options.report(pod);
    queue.put(pod, old !== undefined && podMatters(old, pod));
    return undefined;
  };
  return pods.addHandler({
    added: (pod) => take(pod),
    updated: (pod, old) => take(pod, old),
    deleted: (pod) => gone(keyOf(pod)),
  });
}

/** Shows on a gated pod that the scheduler waits, once. */
async function reportGates(client: Client, clock: Clock, pod: Pod): Promise<void> {
  if (pod.status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated'))
    return;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
    lastTransitionTime: formatTime(clock.now()),
  };
  const { namespace = '', name = '', uid } = pod.metadata;
  const target = { namespace, name, subresource: 'status' };
  await client.resource(podKind).patch(target, 'strategic', { metadata: { uid }, status: { conditions: [condition] } });
}
