import { type Node, nodeKind, type Pod, podKind, type Service, serviceKind } from '@kubets/api';
import { type Client, EventRecorder, type Informer, InformerFactory, ListWatchInformer } from '@kubets/client';
import type { AsyncDisposable, Clock, Logger, Random } from '@kubets/core';
import { DEFAULT_CONFIG, type KubeletConfig, type PodCgroups, type PodServices } from './context.ts';
import { Evictor } from './eviction/evictor.ts';
import { ImageCollector } from './images/collector.ts';
import { ImagePuller, withDefaultTag } from './images/puller.ts';
import { NodeLease } from './lease.ts';
import { allocatableOf, type Machine, NodeReporter } from './node-status.ts';
import { type Rejection, rejectionOf } from './pod/admission.ts';
import type { DnsSettings } from './pod/dns.ts';
import { ANNOTATION, isMirrorPod, LABEL, uidOf } from './pod/identity.ts';
import { choosesNodes } from './pod/node-fit.ts';
import { type PendingResize, pendingResize } from './pod/resize.ts';
import { PodWorker } from './pod/worker.ts';
import type { ProbeTransport } from './probes/transport.ts';
import type { DnsConfig, Runtime } from './runtime.ts';
import { type StaticPodSource, StaticPods } from './static-pods.ts';
import { StatusWriter } from './status/writer.ts';
import { ObjectSources } from './volumes/sources.ts';
import type { PodVolumes } from './volumes/volumes.ts';

export interface KubeletOptions {
  readonly nodeName: string;
  readonly client: Client;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly machine: Machine;
  readonly transport: ProbeTransport;
  /** Made by the kubelet's host from the sources that the kubelet watches. */
  volumes(sources: ObjectSources): PodVolumes;
  readonly config?: Partial<KubeletConfig>;
  readonly cgroups?: PodCgroups;
  readonly hasAppArmor?: boolean;
  readonly seccompProfileRoot?: string;
  /** The node's own resolver settings. */
  hostDns?(): DnsConfig;
  nodeHosts?(): string;
  readonly staticPods?: StaticPodSource;
  /** Full names of images loaded by hand: a pull policy of Always is satisfied by them, so that no registry is needed. */
  loadedImages?(): ReadonlySet<string>;
  /** Informers of this process that may be shared; only those of services are. */
  readonly informers?: InformerFactory;
}

/** A running kubelet. Disposing it leaves the containers running. */
export interface Kubelet extends AsyncDisposable {
  readonly nodeName: string;
  readonly config: KubeletConfig;
  readonly runtime: Runtime;
  /** The pods that the kubelet looks after, static ones included. */
  pods(): readonly PodWorker[];
  pod(namespace: string, name: string, uid?: string): PodWorker | undefined;
  /** Resolves when the node is registered and the pods of the node are known. */
  whenReady(): Promise<void>;
}

const LEASE_RENEW_MS = 10_000;
const STATUS_CHECK_MS = 10_000;
const EVICTION_CHECK_MS = 10_000;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 7_000;
/** How often everything is looked at though no event came. */
const RELIST_MS = 60_000;
const NO_CGROUPS: PodCgroups = { ensure: async () => undefined, remove: async () => undefined };

/** Starts a kubelet: it registers the node and brings the pods bound to it to life. */
export function startKubelet(options: KubeletOptions): Kubelet {
  return new RunningKubelet(options);
}

class RunningKubelet implements Kubelet {
  readonly nodeName: string;
  readonly config: KubeletConfig;
  readonly runtime: Runtime;
  readonly #options: KubeletOptions;
  readonly #services: PodServices;
  readonly #workers = new Map<string, PodWorker>();
  /** Pods that have a place on the node. */
  readonly #admitted = new Set<string>();
  readonly #abort = new AbortController();
  readonly #reporter: NodeReporter;
  readonly #lease: NodeLease;
  readonly #ownInformers: InformerFactory | undefined;
  readonly #pods: ListWatchInformer<Pod>;
  readonly #serviceInformer: Informer<Service>;
  readonly #static: StaticPods | undefined;
  readonly #collector: ImageCollector;
  readonly #evictor: Evictor;
  readonly #loops: Promise<void>[] = [];
  readonly #recorder: EventRecorder;
  #node: Node | undefined;
  #allocatable: Record<string, string> = {};
  #memoryBytes = 0;
  #ready!: () => void;
  readonly #whenReady = new Promise<void>((resolve) => {
    this.#ready = resolve;
  });

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { nodeName, client, clock, random, logger, runtime } = options;
    this.nodeName = nodeName;
    this.runtime = runtime;
    this.config = { ...DEFAULT_CONFIG, ...options.config };
    const shared = { client, clock, random, logger };
    this.#ownInformers = options.informers ? undefined : new InformerFactory(shared);
    const informers = options.informers ?? this.#ownInformers;
    this.#serviceInformer = (informers as InformerFactory).informer(serviceKind);
    this.#pods = new ListWatchInformer({ ...shared, kind: podKind, fieldSelector: `spec.nodeName=${nodeName}` });
    this.#recorder = new EventRecorder({ ...shared, component: 'kubelet', host: nodeName });
    this.#reporter = new NodeReporter({ ...options, config: this.config, recorder: this.#recorder });
    this.#lease = new NodeLease({
      nodeName,
      client,
      clock,
      durationSeconds: this.config.leaseDurationSeconds,
      node: () => this.#node,
    });
    this.#services = this.#makeServices();
    this.#collector = new ImageCollector({
      runtime,
      clock,
      logger,
      policy: this.config.imageGc,
      volumeImages: () => this.pods().flatMap(imageVolumesOf),
      ...(options.loadedImages ? { loadedImages: options.loadedImages } : {}),
      usage: async () => (await options.machine.usage()).imagefs,
    });
    this.#evictor = new Evictor({
      machine: options.machine,
      runtime,
      logger,
      config: this.config,
      volumes: this.#services.volumes,
      pods: () => this.pods(),
      removeImages: () => this.#collector.removeUnused(),
    });
    this.#static = options.staticPods && this.#makeStaticPods(options.staticPods);
    this.#loops.push(this.#start());
  }

  pods(): readonly PodWorker[] {
    return [...this.#workers.values()];
  }

  pod(namespace: string, name: string, uid?: string): PodWorker | undefined {
    return this.pods().find(({ pod }) => {
      const { metadata } = pod;
      const isNamed = metadata.namespace === namespace && metadata.name === name;
      return isNamed && (!uid || metadata.uid === uid || metadata.annotations?.[ANNOTATION.configHash] === uid);
    });
  }

  whenReady(): Promise<void> {
    return this.#whenReady;
  }

  async dispose(): Promise<void> {
    this.#abort.abort(new Error('kubelet stopped'));
    this.#pods.dispose();
    this.#ownInformers?.dispose();
    this.#static?.dispose();
    await Promise.allSettled([...this.#workers.values()].map((worker) => worker.dispose()));
    this.#services.sources.dispose();
    this.#services.writer.dispose();
    this.#recorder.dispose();
    await Promise.allSettled(this.#loops);
  }

  #makeServices(): PodServices {
    const { nodeName, client, clock, random, logger, runtime, transport, machine, cgroups, hasAppArmor, loadedImages } =
      this.#options;
    const onChange = (podUids: readonly string[]) => {
      for (const uid of podUids) this.#workers.get(uid)?.refreshVolumes();
    };
    const sources = new ObjectSources({ client, clock, random, logger, onChange });
    return {
      nodeName,
      client,
      clock,
      random,
      logger,
      runtime,
      transport,
      sources,
      config: this.config,
      volumes: this.#options.volumes(sources),
      puller: new ImagePuller({ runtime, clock, ...(loadedImages ? { loadedImages } : {}) }),
      recorder: this.#recorder,
      writer: new StatusWriter({ client, clock, logger, apiPod: (pod) => this.#apiPod(pod) }),
      cgroups: cgroups ?? NO_CGROUPS,
      security: {
        seccompProfileRoot: this.#options.seccompProfileRoot ?? '/var/lib/kubelet/seccomp/',
        seccompDefault: this.config.seccompDefault,
        hasAppArmor: hasAppArmor ?? false,
      },
      dns: () => this.#dns(),
      services: () => this.#serviceInformer.store.list(),
      hostIps: () => machine.ips(),
      allocatable: () => this.#allocatable,
      memoryCapacityBytes: () => this.#memoryBytes,
      nodeHosts: () => this.#options.nodeHosts?.() ?? '',
    };
  }

  #dns(): DnsSettings {
    const host = this.#options.hostDns?.() ?? { servers: [], searches: [], options: [] };
    return { host, clusterDns: this.config.clusterDns, clusterDomain: this.config.clusterDomain };
  }

  #makeStaticPods(source: StaticPodSource): StaticPods {
    const { client, clock, logger } = this.#options;
    return new StaticPods({
      source,
      client,
      clock,
      logger,
      nodeName: this.nodeName,
      nodeUid: () => this.#node?.metadata.uid,
      mirror: (namespace, name) => this.#pods.store.get(`${namespace}/${name}`),
      onChanged: (pod) => this.#onPod(pod),
      onRemoved: (pod) =>
        this.#workers
          .get(uidOf(pod))
          ?.terminate({ cause: 'deleted', graceSeconds: pod.spec.terminationGracePeriodSeconds ?? 30 }),
    });
  }

  /** The API server's object for a pod: itself or, for a static pod, its mirror. */
  #apiPod(pod: Pod): Pod | undefined {
    return this.#pods.store.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
  }

  async #start(): Promise<void> {
    const { machine, logger } = this.#options;
    const signal = this.#abort.signal;
    await this.#retry('registering the node', async () => {
      const facts = await machine.facts();
      this.#allocatable = allocatableOf(facts, this.config);
      this.#memoryBytes = facts.memoryBytes;
      if (this.config.registerNode) this.#node = await this.#reporter.register();
    });
    if (signal.aborted) return;
    logger.log('info', 'node registered', { node: this.nodeName });
    this.#reporter.tell('Starting', 'Starting kubelet.');
    this.#loops.push(
      this.#every(LEASE_RENEW_MS, 'renewing the lease', () => this.#lease.renew()),
      this.#every(STATUS_CHECK_MS, 'reporting the node status', () => this.#reporter.report()),
      this.#every(EVICTION_CHECK_MS, 'looking for pods to evict', () => this.#evictor.check()),
      this.#every(RELIST_MS, 'looking at all containers', () => this.#relist()),
      this.#watchEvents(),
    );
    this.#pods.addHandler({
      added: (pod) => this.#onApiPod(pod),
      updated: (pod) => this.#onApiPod(pod),
      deleted: (pod) => this.#onDeleted(pod),
    });
    this.#loops.push(this.#pods.run());
    await Promise.all([this.#pods.whenSynced(signal), this.#serviceInformer.whenSynced(signal)]).catch(() => undefined);
    if (signal.aborted) return;
    await this.#static?.start();
    await this.#retry('looking for orphans', () => this.#adoptOrphans());
    this.#ready();
  }

  /** Repeats `task` until it succeeds. */
  async #retry(what: string, task: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#options;
    for (let delayMs = RETRY_MS; !this.#abort.signal.aborted; delayMs = Math.min(delayMs * 2, MAX_RETRY_MS)) {
      try {
        await task();
        return;
      } catch (error) {
        logger.log('warn', `${what} failed; trying again`, { error: String(error) });
        await clock.sleep(delayMs, this.#abort.signal).catch(() => undefined);
      }
    }
  }

  async #every(periodMs: number, what: string, task: () => Promise<void>): Promise<void> {
    while (!this.#abort.signal.aborted) {
      await this.#retry(what, task);
      await this.#options.clock.sleep(periodMs, this.#abort.signal).catch(() => undefined);
    }
  }

  // Pods.

  #onApiPod(pod: Pod): void {
    if (isMirrorPod(pod)) {
      this.#static?.onMirror(pod);
      this.#services.writer.resend(pod.metadata.annotations?.[ANNOTATION.configMirror] ?? '');
    } else this.#onPod(pod);
  }

  #onPod(pod: Pod): void {
    const uid = uidOf(pod);
    const worker = this.#workers.get(uid);
    if (worker) {
      worker.update(pod);
      return;
    }
    this.#addWorker(pod, false);
  }

  #addWorker(pod: Pod, isOrphan: boolean): PodWorker {
    const worker: PodWorker = new PodWorker({
      services: this.#services,
      pod,
      isOrphan,
      ...(isOrphan
        ? {}
        : { admit: (admitted) => this.#admit(admitted), resize: (wanted) => this.#pendingResize(wanted) }),
      onGone: () => {
        this.#workers.delete(uidOf(pod));
        this.#admitted.delete(uidOf(pod));
        for (const each of this.#workers.values()) each.reconsiderResize();
        this.#static?.onGone(pod);
      },
    });
    this.#workers.set(uidOf(pod), worker);
    if (pod.status?.startTime) this.#admitted.add(uidOf(pod));
    return worker;
  }

  /** Gives a pod a place on the node, or tells why not. What the node's object says is read anew before a pod is refused for it. */
  async #admit(pod: Pod): Promise<Rejection | undefined> {
    if (choosesNodes(pod)) await this.#readNode();
    const rejection = this.#judge(pod);
    if (!rejection?.concernsNode) return rejection;
    await this.#readNode();
    return this.#judge(pod);
  }

  async #readNode(): Promise<void> {
    const { client } = this.#options;
    this.#node = await client
      .resource(nodeKind)
      .get('', this.nodeName)
      .catch(() => this.#node);
  }

  /** Decides and takes note at once, so that no two pods are given the same place. */
  #judge(pod: Pod): Rejection | undefined {
    const uid = uidOf(pod);
    const rejection = rejectionOf({
      pod,
      node: this.#node,
      others: this.#othersThan(uid),
      allocatable: this.#allocatable,
      pressure: this.#reporter.pressure,
      allowedUnsafeSysctls: this.config.allowedUnsafeSysctls,
    });
    if (!rejection) this.#admitted.add(uid);
    return rejection;
  }

  #pendingResize(pod: Pod): PendingResize | undefined {
    return pendingResize({ pod, others: this.#othersThan(uidOf(pod)), allocatable: this.#allocatable });
  }

  /** The other pods that have a place on the node, with what they were granted. */
  #othersThan(uid: string): Pod[] {
    const others = this.pods().filter((each) => each.uid !== uid && this.#admitted.has(each.uid) && !each.hasEnded);
    return others.map(({ pod }) => pod);
  }

  #onDeleted(pod: Pod): void {
    if (isMirrorPod(pod)) {
      this.#static?.onMirrorDeleted(pod);
      return;
    }
    const graceSeconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    this.#workers.get(uidOf(pod))?.terminate({ cause: 'deleted', graceSeconds });
  }

  /** Takes down what runs or lies about on the node for pods that nobody knows. */
  async #adoptOrphans(): Promise<void> {
    const known = new Set(this.#workers.keys());
    for (const { pod, labels } of await this.runtime.listSandboxes()) {
      if (known.has(pod.uid) || labels[LABEL.podUid] === undefined) continue;
      known.add(pod.uid);
      this.#addWorker(orphanPod(pod), true).terminate({ cause: 'deleted', graceSeconds: 1 });
    }
    for (const uid of await this.#services.volumes.podUids())
      if (!known.has(uid)) await this.#services.volumes.tearDown(uid);
  }

  // The runtime.

  async #relist(): Promise<void> {
    for (const worker of this.#workers.values()) {
      worker.reconsiderResize();
      worker.stale();
    }
    await this.#collector.collect();
  }

  async #watchEvents(): Promise<void> {
    const signal = this.#abort.signal;
    for await (const event of this.runtime.events(signal)) {
      if (signal.aborted) return;
      const worker = event.id ? await this.#workerOf(event.id) : undefined;
      if (worker && event.type === 'exited') worker.exited(event.id);
      else if (worker) worker.stale();
      else if (!event.id) for (const each of this.#workers.values()) each.stale();
    }
  }

  /** The worker of a container or sandbox; asks the runtime once for ids not seen before. */
  async #workerOf(id: string): Promise<PodWorker | undefined> {
    for (const worker of this.#workers.values()) if (worker.knows(id)) return worker;
    const container = await this.runtime.container(id).catch(() => undefined);
    const uid = container?.labels[LABEL.podUid];
    return uid === undefined ? undefined : this.#workers.get(uid);
  }
}

/** Names of the images that a pod has as volumes. */
function imageVolumesOf({ pod }: PodWorker): string[] {
  return (pod.spec.volumes ?? []).flatMap(({ image }) => (image?.reference ? [withDefaultTag(image.reference)] : []));
}

/** Enough of a pod to take its containers down. */
function orphanPod(pod: { name: string; namespace: string; uid: string }): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...pod },
    spec: { containers: [] },
  };
}
