import { type Node, type NodeCondition, type NodeStatus, nodeKind } from '@kubets/api';
import { type Client, type EventRecorder, formatTime } from '@kubets/client';
import { type Clock, canonicalQuantity, hasReason, type Logger, sameJson } from '@kubets/core';
import type { KubeletConfig } from './context.ts';
import type { Runtime, RuntimeImage } from './runtime.ts';

/** What does not change while the machine runs. */
export interface MachineFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** As Go names them: linux, amd64. */
  readonly operatingSystem: string;
  readonly architecture: string;
}

/** What does. */
export interface MachineUsage {
  readonly memoryAvailableBytes: number;
  readonly nodefs: DiskUsage;
  readonly imagefs: DiskUsage;
  readonly pids: { readonly max: number; readonly used: number };
}

export interface DiskUsage {
  readonly capacityBytes: number;
  readonly availableBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** The machine under the node. */
export interface Machine {
  facts(): Promise<MachineFacts>;
  usage(): Promise<MachineUsage>;
  hostname(): string;
  /** Addresses of the node, the primary one first. */
  ips(): readonly string[];
}

export interface NodeStatusOptions {
  readonly nodeName: string;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: EventRecorder;
  readonly config: KubeletConfig;
  readonly runtime: Runtime;
  readonly machine: Machine;
}

const MAX_IMAGES = 50;
const MAX_IMAGE_NAMES = 5;

function labelsOf({ nodeName, config, machine }: NodeStatusOptions, facts: MachineFacts): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': facts.architecture,
    'beta.kubernetes.io/os': facts.operatingSystem,
    'kubernetes.io/arch': facts.architecture,
    'kubernetes.io/hostname': machine.hostname() || nodeName,
    'kubernetes.io/os': facts.operatingSystem,
    ...config.nodeLabels,
  };
}

/** A quantity of whole kibibytes, written as the API server writes it. */
function kibibytes(bytes: number): string {
  return canonicalQuantity(`${Math.floor(bytes / 1024)}Ki`);
}

export function capacityOf(facts: MachineFacts, maxPods: number): Record<string, string> {
  return {
    cpu: String(facts.cpus),
    'ephemeral-storage': kibibytes(facts.ephemeralStorageBytes),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: kibibytes(facts.memoryBytes),
    pods: String(maxPods),
  };
}

/** Capacity less what evictions keep free. */
export function allocatableOf(facts: MachineFacts, config: KubeletConfig): Record<string, string> {
  const { memoryAvailableBytes, nodefsAvailablePercent } = config.evictionHard;
  const storage = Math.floor(facts.ephemeralStorageBytes * (1 - nodefsAvailablePercent / 100));
  const memory = Math.max(0, facts.memoryBytes - memoryAvailableBytes);
  return {
    ...capacityOf(facts, config.maxPods),
    'ephemeral-storage': String(storage),
    memory: kibibytes(memory),
  };
}

/** Which resources are short, by the thresholds of hard eviction. */
export function pressureOf(
  usage: MachineUsage,
  config: KubeletConfig,
): { memory: boolean; disk: boolean; pid: boolean } {
  const { memoryAvailableBytes, nodefsAvailablePercent, imagefsAvailablePercent, pidAvailablePercent } =
    config.evictionHard;
  const below = (disk: DiskUsage, percent: number) =>
    disk.capacityBytes > 0 && (disk.availableBytes / disk.capacityBytes) * 100 < percent;
  const free = usage.pids.max - usage.pids.used;
  return {
    memory: usage.memoryAvailableBytes < memoryAvailableBytes,
    disk: below(usage.nodefs, nodefsAvailablePercent) || below(usage.imagefs, imagefsAvailablePercent),
    pid: usage.pids.max > 0 && (free / usage.pids.max) * 100 < pidAvailablePercent,
  };
}

/** Reason and message of each pressure, when there is some and when there is none. */
const PRESSURES = [
  {
    key: 'memory',
    type: 'MemoryPressure',
    some: ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
    none: ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  },
  {
    key: 'disk',
    type: 'DiskPressure',
    some: ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
    none: ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  },
  {
    key: 'pid',
    type: 'PIDPressure',
    some: ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
    none: ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  },
] as const;

/** What an event calls a condition, by its new status. */
const TRANSITIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  MemoryPressure: { True: 'NodeHasInsufficientMemory', False: 'NodeHasSufficientMemory' },
  DiskPressure: { True: 'NodeHasDiskPressure', False: 'NodeHasNoDiskPressure' },
  PIDPressure: { True: 'NodeHasInsufficientPID', False: 'NodeHasSufficientPID' },
  Ready: { True: 'NodeReady', False: 'NodeNotReady' },
};

function conditionsOf(options: {
  pressure: { memory: boolean; disk: boolean; pid: boolean };
  notReady: string;
  old: readonly NodeCondition[];
  nowMs: number;
}): NodeCondition[] {
  const { pressure, notReady, old, nowMs } = options;
  const now = formatTime(nowMs);
  const make = (type: string, status: string, reason: string, message: string): NodeCondition => {
    const before = old.find((condition) => condition.type === type);
    const isSame = before?.status === status && before.lastTransitionTime;
    return {
      type,
      status,
      lastHeartbeatTime: now,
      lastTransitionTime: isSame ? before.lastTransitionTime : now,
      reason,
      message,
    };
  };
  const pressures = PRESSURES.map(({ key, type, some, none }) => {
    const [reason, message] = pressure[key] ? some : none;
    return make(type, pressure[key] ? 'True' : 'False', reason, message);
  });
  const ready = notReady
    ? make('Ready', 'False', 'KubeletNotReady', notReady)
    : make('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status');
  return [...pressures, ready];
}

function imagesOf(images: readonly RuntimeImage[]): NodeStatus['images'] {
  return [...images]
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, MAX_IMAGES)
    .map(({ repoDigests, repoTags, sizeBytes }) => ({
      names: [...repoDigests, ...repoTags].slice(0, MAX_IMAGE_NAMES),
      sizeBytes,
    }));
}

/** Keeps the node's object: makes it, and tells how the node is. */
export class NodeReporter {
  readonly #options: NodeStatusOptions;
  #facts: MachineFacts | undefined;
  #lastReportMs = Number.NEGATIVE_INFINITY;
  #isCordoned = false;
  #pressure = { memory: false, disk: false, pid: false };

  constructor(options: NodeStatusOptions) {
    this.#options = options;
  }

  get pressure(): { memory: boolean; disk: boolean; pid: boolean } {
    return this.#pressure;
  }

  async facts(): Promise<MachineFacts> {
    this.#facts ??= await this.#options.machine.facts();
    return this.#facts;
  }

  /** Sees to it that the node is registered, with its labels, and has its first status. */
  async register(): Promise<Node> {
    const { nodeName, client, config } = this.#options;
    const facts = await this.facts();
    const status = await this.#status(undefined);
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: nodeName,
        labels: labelsOf(this.#options, facts),
        annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
      },
      spec: {
        ...(config.providerId ? { providerID: config.providerId } : {}),
        ...(config.nodeTaints.length > 0 ? { taints: config.nodeTaints.map((taint) => ({ ...taint })) } : {}),
      },
      status,
    };
    const nodes = client.resource(nodeKind);
    try {
      const created = await nodes.create(node);
      this.#tellTransitions([], status.conditions);
      return created;
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    }
    const existing = await nodes.get('', nodeName);
    const labels = node.metadata.labels ?? {};
    const isSame = Object.entries(labels).every(([key, value]) => existing.metadata.labels?.[key] === value);
    return isSame ? existing : nodes.patch({ namespace: '', name: nodeName }, 'merge', { metadata: { labels } });
  }

  /** Reports the node's status when it is not as it should be, and now and then when it is. */
  async report(): Promise<void> {
    const { nodeName, client, clock, config } = this.#options;
    const nodes = client.resource(nodeKind);
    // A node whose object was deleted while it runs registers again.
    const node = await nodes.get('', nodeName, { resourceVersion: '0' }).catch((error: unknown) => {
      if (!hasReason(error, 'NotFound') || !config.registerNode) throw error;
      return this.register();
    });
    this.#tellSchedulable(node);
    const status = await this.#status(node.status);
    const isDue = clock.now() - this.#lastReportMs >= config.nodeStatusReportSeconds * 1000;
    if (!isDue && isReported(status, node.status)) return;
    const { conditions, addresses, ...rest } = status;
    const gone = (node.status?.addresses ?? []).filter(({ type }) => !addresses?.some((each) => each.type === type));
    const removals = gone.map((address) => ({ ...address, $patch: 'delete' }));
    const patch = { status: { ...rest, conditions, addresses: [...(addresses ?? []), ...removals] } };
    await nodes.patch({ namespace: '', name: nodeName, subresource: 'status' }, 'strategic', patch);
    this.#lastReportMs = clock.now();
    this.#tellTransitions(node.status?.conditions, conditions);
  }

  /** An event about the node, which stands under its name: events outlive the object, and may come before it. */
  tell(reason: string, message: string): void {
    const { nodeName, recorder } = this.#options;
    const involved = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, uid: nodeName } };
    recorder.event(involved, 'Normal', reason, message);
  }

  #tellTransitions(old: readonly NodeCondition[] = [], conditions: readonly NodeCondition[] = []): void {
    for (const { type, status } of conditions) {
      const reason = TRANSITIONS[type]?.[status];
      if (!reason || old.some((before) => before.type === type && before.status === status)) continue;
      this.tell(reason, `Node ${this.#options.nodeName} status is now: ${reason}`);
    }
  }

  #tellSchedulable({ spec }: Node): void {
    const isCordoned = spec?.unschedulable === true;
    if (isCordoned === this.#isCordoned) return;
    this.#isCordoned = isCordoned;
    const reason = isCordoned ? 'NodeNotSchedulable' : 'NodeSchedulable';
    this.tell(reason, `Node ${this.#options.nodeName} status is now: ${reason}`);
  }

  async #status(old: NodeStatus | undefined): Promise<NodeStatus> {
    const { clock, config, runtime, machine, nodeName } = this.#options;
    const facts = await this.facts();
    const [usage, version, state, images] = await Promise.all([
      machine.usage(),
      runtime.version().catch(() => undefined),
      runtime.status().catch(() => undefined),
      runtime.listImages().catch(() => []),
    ]);
    this.#pressure = pressureOf(usage, config);
    const notReady =
      state === undefined ? 'container runtime is down' : state.runtimeReady && state.networkReady ? '' : state.message;
    const ips = machine.ips();
    return {
      capacity: capacityOf(facts, config.maxPods),
      allocatable: { ...extendedResources(old?.capacity), ...allocatableOf(facts, config) },
      conditions: conditionsOf({ pressure: this.#pressure, notReady, old: old?.conditions ?? [], nowMs: clock.now() }),
      addresses: [
        ...ips.map((address) => ({ type: 'InternalIP', address })),
        { type: 'Hostname', address: machine.hostname() || nodeName },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: config.serverPort } },
      nodeInfo: {
        machineID: facts.machineId,
        systemUUID: facts.systemUuid,
        bootID: facts.bootId,
        kernelVersion: facts.kernelVersion,
        osImage: facts.osImage,
        containerRuntimeVersion: version ? `${version.name}://${version.version}` : '',
        kubeletVersion: config.version,
        kubeProxyVersion: '',
        operatingSystem: facts.operatingSystem,
        architecture: facts.architecture,
      },
      images: imagesOf(images),
    };
  }
}

/** What somebody else says that the node has, such as devices; the kubelet makes it allocatable. */
function extendedResources(capacity: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(capacity).filter(([name]) => name.includes('/')));
}

/** Whether the node's object says all of `status`, but for the time of each condition. */
function isReported(status: NodeStatus, reported: NodeStatus = {}): boolean {
  const own = new Set(status.conditions?.map(({ type }) => type));
  const timeless = ({ conditions = [], capacity, ...rest }: NodeStatus): Record<string, unknown> => ({
    ...rest,
    capacity: { ...reported.capacity, ...capacity },
    conditions: conditions
      .filter(({ type }) => own.has(type))
      .map(({ lastHeartbeatTime: _, lastTransitionTime: __, ...condition }) => condition),
  });
  const found = timeless(reported);
  return Object.entries(timeless(status)).every(([field, value]) => sameJson(value, found[field]));
}
