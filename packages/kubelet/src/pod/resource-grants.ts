import type { Pod, ResourceRequirements } from '@kubets/api';
import { messageOf } from '@kubets/core';
import type { ContainerStops } from './container-stops.ts';
import { allContainers, type PodContainer } from './containers.ts';
import { describePod } from './identity.ts';
import type { PodObservation } from './observation.ts';
import {
  type Allocation,
  changedResources,
  demandOf,
  isGranted,
  knownAllocation,
  needsRestart,
  type PendingResize,
  withAllocation,
} from './resize.ts';
import { containerResources, podCgroup, podResources } from './resources.ts';
import type { PodView } from './view.ts';
import type { WorkerScope } from './worker-scope.ts';

/** The resources that the node has granted to a pod, and the pod with them in place of those that it asks for. */
export class ResourceGrants {
  readonly #ask: (pod: Pod) => PendingResize | undefined;
  #wanted: Pod;
  #allocation: Allocation;
  #pending: PendingResize | undefined;
  #pod: Pod;

  /** `ask` says why a pod does not get other resources than it was granted, if so. */
  constructor(pod: Pod, ask: (pod: Pod) => PendingResize | undefined) {
    this.#ask = ask;
    this.#wanted = pod;
    this.#allocation = knownAllocation(pod);
    this.#pod = withAllocation(pod, this.#allocation);
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Why the pod does not have what it asks for. */
  get pending(): PendingResize | undefined {
    return this.#pending;
  }

  /** Grants what the pod asks for now, if it fits. */
  grant(wanted: Pod = this.#wanted): void {
    const demand = demandOf(wanted);
    this.#wanted = wanted;
    this.#pending = isGranted(this.#allocation, demand) ? undefined : this.#ask(wanted);
    if (!this.#pending) this.#allocation = demand;
    this.#pod = withAllocation(wanted, this.#allocation);
  }
}

/** Brings running containers to the resources that they were granted, where these were changed in place. */
export class InPlaceResize {
  readonly #scope: WorkerScope;
  readonly #stops: ContainerStops;
  /** What containers were last brought to, by id. */
  readonly #applied = new Map<string, ResourceRequirements>();
  readonly #underWay = new Set<string>();
  #error = '';

  constructor(scope: WorkerScope, stops: ContainerStops) {
    this.#scope = scope;
    this.#stops = stops;
  }

  get state(): Pick<PodView['resize'], 'isInProgress' | 'error'> {
    return { isInProgress: this.#underWay.size > 0, error: this.#error };
  }

  sync({ history, details }: PodObservation): void {
    for (const container of allContainers(this.#scope.pod())) {
      const { spec, kind } = container;
      const latest = history.get(spec.name)?.latest;
      if (latest?.state !== 'running' || kind === 'ephemeral' || this.#scope.isEnding()) continue;
      const granted = spec.resources ?? {};
      const applied = this.#applied.get(latest.id);
      this.#applied.set(latest.id, granted);
      const changed = applied ? changedResources(applied, granted) : [];
      if (changed.length > 0) this.#scope.background(this.#resize(container, latest.id, changed));
    }
    for (const id of [...this.#applied.keys()]) if (!details.has(id)) this.#applied.delete(id);
  }

  async #resize(container: PodContainer, containerId: string, changed: readonly string[]): Promise<void> {
    const { cgroups, config, logger } = this.#scope.services;
    const path = podCgroup(this.#scope.pod(), config.cgroupRoot);
    const limitPod = () => cgroups.ensure(path, podResources(this.#scope.pod()));
    this.#underWay.add(containerId);
    try {
      // The pod's limits must never be below those of its containers: they are raised before and lowered after.
      await limitPod().catch(() => undefined);
      await this.#apply(container, containerId, changed);
      await limitPod();
      this.#error = '';
    } catch (error) {
      this.#error = messageOf(error);
      const pod = describePod(this.#scope.pod());
      logger.log('warn', 'resources could not be changed in place', { pod, error: this.#error });
    } finally {
      this.#underWay.delete(containerId);
    }
  }

  async #apply({ spec }: PodContainer, containerId: string, changed: readonly string[]): Promise<void> {
    const { services } = this.#scope;
    const pod = this.#scope.pod();
    if (needsRestart(spec, changed)) {
      const message = `Container ${spec.name} resize requires restart`;
      const graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
      await this.#stops.stop({ containerId, name: spec.name, message, graceSeconds });
    } else {
      const wanted = containerResources(pod, spec, services.memoryCapacityBytes());
      await services.runtime.updateContainerResources(containerId, wanted);
    }
  }
}
