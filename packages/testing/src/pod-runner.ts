import { type Lease, leaseKind, type Node, nodeKind, type Pod, podKind } from '@kubets/api';
import { type Client, formatMicroTime, formatTime, type InformerFactory, keyOf } from '@kubets/client';
import { type Clock, type Disposable, DisposableStore, hasReason } from '@kubets/core';

const LEASE_PERIOD_MS = 10_000;
const LEASE_SECONDS = 40;

export interface NodeShape {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly pods?: number;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}

export interface PodRunnerOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly nodes: readonly NodeShape[];
}

/**
 * Stands in for the kubelets of many nodes, for tests that are about everything else at scale: registers them, renews their leases, marks their pods running and ready, and
 * lets deleted ones go. Nothing is run.
 */
export class PodRunner implements Disposable {
  readonly #options: PodRunnerOptions;
  readonly #names: ReadonlySet<string>;
  readonly #disposables = new DisposableStore();
  readonly #silenced = new Set<string>();
  #nextIp = 1;
  #disposed = false;

  constructor(options: PodRunnerOptions) {
    this.#options = options;
    this.#names = new Set(options.nodes.map(({ name }) => name));
  }

  async start(): Promise<void> {
    const { nodes, informers } = this.#options;
    await Promise.all(nodes.map((shape, index) => this.#register(shape, index)));
    const pods = informers.informer(podKind);
    const handle = (pod: Pod) => void this.#handle(pod);
    this.#disposables.add(pods.addHandler({ added: handle, updated: handle }));
    this.#scheduleLeases();
  }

  /** A silenced node neither renews its lease nor looks after its pods, as if its machine were gone. */
  silence(node: string): void {
    this.#silenced.add(node);
  }

  revive(node: string): void {
    this.#silenced.delete(node);
  }

  dispose(): void {
    this.#disposed = true;
    this.#disposables.dispose();
  }

  async #register(shape: NodeShape, index: number): Promise<void> {
    const { client, clock } = this.#options;
    const node = nodeObject(shape, index, formatTime(clock.now()));
    const created = await client.resource(nodeKind).create(node);
    await client.resource(nodeKind).updateStatus({ ...created, status: { ...node.status } });
    await client.resource(leaseKind).create(this.#lease(shape.name));
  }

  #lease(name: string): Lease {
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: {
        holderIdentity: name,
        leaseDurationSeconds: LEASE_SECONDS,
        renewTime: formatMicroTime(this.#options.clock.now()),
      },
    };
  }

  #scheduleLeases(): void {
    const timer = this.#options.clock.after(LEASE_PERIOD_MS, () => {
      if (this.#disposed) return;
      for (const name of this.#names) if (!this.#silenced.has(name)) void this.#renew(name);
      this.#scheduleLeases();
    });
    this.#disposables.add(timer);
  }

  async #renew(name: string): Promise<void> {
    const { client, clock } = this.#options;
    const patch = { spec: { renewTime: formatMicroTime(clock.now()) } };
    await this.#tolerating(client.resource(leaseKind).patch({ namespace: 'kube-node-lease', name }, 'merge', patch));
    const node = await client
      .resource(nodeKind)
      .get('', name)
      .catch(() => undefined);
    if (!node || node.status?.conditions?.every(({ type, status }) => type !== 'Ready' || status === 'True')) return;
    const conditions = node.status?.conditions?.map((condition) =>
      condition.type === 'Ready' ? readyCondition(formatTime(clock.now())) : condition,
    );
    await this.#tolerating(
      client
        .resource(nodeKind)
        .updateStatus({ ...node, status: { ...node.status, ...(conditions ? { conditions } : {}) } }),
    );
  }

  async #handle(pod: Pod): Promise<void> {
    const node = pod.spec.nodeName;
    if (this.#disposed || !node || !this.#names.has(node) || this.#silenced.has(node)) return;
    const { client, clock } = this.#options;
    const { namespace = '', name = '', uid } = pod.metadata;
    const pods = client.resource(podKind);
    if (pod.metadata.deletionTimestamp) {
      const options = { gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) };
      await this.#tolerating(pods.delete(namespace, name, options));
    } else if (!pod.status?.phase || pod.status.phase === 'Pending') {
      const status = runningStatus(pod, this.#allocateIp(), formatTime(clock.now()));
      await this.#tolerating(
        pods.patch({ namespace, name, subresource: 'status' }, 'strategic', { metadata: { uid }, status }),
      );
    }
  }

  #allocateIp(): string {
    const index = this.#nextIp++;
    return `10.${128 + ((index >> 16) & 63)}.${(index >> 8) & 255}.${index & 255}`;
  }

  /** Objects go and change at any time; the next change brings the pod back here. */
  async #tolerating(action: Promise<unknown>): Promise<void> {
    try {
      await action;
    } catch (error) {
      if (this.#disposed || hasReason(error, 'NotFound') || hasReason(error, 'Conflict')) return;
      throw error;
    }
  }
}

function readyCondition(now: string) {
  const message = 'kubelet is posting ready status';
  return {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
}

function nodeObject(shape: NodeShape, index: number, now: string): Node {
  const { name, labels, cpus = 16, memoryBytes = 64 * 2 ** 30, pods = 110, taints } = shape;
  const resources = { cpu: `${cpus}`, memory: `${memoryBytes}`, pods: `${pods}`, 'ephemeral-storage': '100Gi' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', ...labels },
    },
    spec: taints ? { taints: taints.map((taint) => ({ ...taint })) } : {},
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: [readyCondition(now)],
      addresses: [
        { type: 'InternalIP', address: `192.168.${index >> 8}.${(index & 255) + 1}` },
        { type: 'Hostname', address: name },
      ],
    },
  };
}

function runningStatus(pod: Pod, podIP: string, now: string): NonNullable<Pod['status']> {
  const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: now });
  return {
    phase: 'Running',
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: now,
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
    containerStatuses: pod.spec.containers.map(({ name, image = '' }) => ({
      name,
      image,
      imageID: image,
      containerID: `simulated://${keyOf(pod)}/${name}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: now } },
    })),
  };
}
