import type { Client, InformerFactory } from '@kubets/client';
import type { AsyncDisposable, Clock, Logger, Random } from '@kubets/core';
import {
  type Kubelet,
  type SimulatedBehaviours,
  type SimulatedRuntime,
  simulatedMachine,
  simulatedRuntime,
  simulatedVolumes,
  startKubelet,
} from '@kubets/kubelet';
import type { NodeShape } from './pod-runner.ts';

export interface SimulatedNodesOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly behaviours?: SimulatedBehaviours;
}

/** One node: a real kubelet over a runtime that only pretends. */
export interface SimulatedNode {
  readonly name: string;
  /** What runs on the node; it outlives the kubelet. */
  readonly runtime: SimulatedRuntime;
  readonly kubelet: Kubelet | undefined;
  /** Ends the kubelet, as if the machine had lost its network; the containers stay. */
  stop(): Promise<void>;
  /** Starts the kubelet again. */
  start(): Promise<void>;
}

class Node implements SimulatedNode {
  readonly name: string;
  readonly runtime: SimulatedRuntime;
  kubelet: Kubelet | undefined;
  readonly #options: SimulatedNodesOptions;
  readonly #shape: NodeShape;
  readonly #index: number;

  constructor(options: SimulatedNodesOptions, shape: NodeShape, index: number) {
    const { clock, random, behaviours } = options;
    this.name = shape.name;
    this.#options = options;
    this.#shape = shape;
    this.#index = index;
    const podNetwork = `10.${244 + (index >> 8)}.${index & 255}`;
    this.runtime = simulatedRuntime({ clock, random, podNetwork, ...(behaviours ? { behaviours } : {}) });
  }

  async start(): Promise<void> {
    if (this.kubelet) return;
    const { name, cpus, memoryBytes, labels = {}, taints = [], pods = 110 } = this.#shape;
    const { client, informers, clock, random, logger } = this.#options;
    const ip = `192.168.${this.#index >> 8}.${(this.#index & 255) + 1}`;
    const size = { ...(cpus ? { cpus } : {}), ...(memoryBytes ? { memoryBytes } : {}) };
    this.kubelet = startKubelet({
      nodeName: name,
      client,
      informers,
      clock,
      random,
      logger: logger.with({ node: name }),
      runtime: this.runtime,
      transport: this.runtime,
      machine: simulatedMachine({ nodeName: name, ip, ...size }),
      volumes: (sources) => simulatedVolumes({ sources, clock }),
      config: { nodeLabels: labels, nodeTaints: taints, maxPods: pods },
    });
    await this.kubelet.whenReady();
  }

  async stop(): Promise<void> {
    const { kubelet } = this;
    this.kubelet = undefined;
    await kubelet?.dispose();
  }
}

/** The simulated nodes of a cluster. */
export class SimulatedNodes implements AsyncDisposable {
  readonly #nodes: readonly Node[];

  constructor(options: SimulatedNodesOptions, shapes: readonly NodeShape[]) {
    this.#nodes = shapes.map((shape, index) => new Node(options, shape, index));
  }

  get all(): readonly SimulatedNode[] {
    return this.#nodes;
  }

  async start(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.start()));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }
}
