import type { Pod, ResourceRequirements } from '@kubets/api';
import { messageOf } from '@kubets/core';
import type { ContainerStops } from './container-stops.ts';
import { allContainers, type PodContainer } from './containers.ts';
import { describePod } from './identity.ts';
import type { PodObservation } from './observation.ts';
import { quantityValue } from './quantity.ts';
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

/** How long after a change failed it is tried again. */
const RESIZE_RETRY_MS = 10_000;

/** A change that failed: the resources that were wanted, and when they may be tried again. */
interface FailedResize {
  readonly granted: ResourceRequirements;
  readonly message: string;
  readonly retryAtMs: number;
}

/** One change of a running container's resources. */
interface Change {
  readonly container: PodContainer;
  /** The container's id. */
  readonly id: string;
  readonly changed: readonly string[];
  readonly applied: ResourceRequirements;
  readonly granted: ResourceRequirements;
}

/** Brings running containers to the resources that they were granted, where these were changed in place. */
export class InPlaceResize {
  readonly #scope: WorkerScope;
  readonly #stops: ContainerStops;
  /** What containers have, by id. */
  readonly #applied = new Map<string, ResourceRequirements>();
  readonly #underWay = new Set<string>();
  readonly #failed = new Map<string, FailedResize>();

  constructor(scope: WorkerScope, stops: ContainerStops) {
    this.#scope = scope;
    this.#stops = stops;
  }

  get state(): Omit<PodView['resize'], 'pending'> {
    const [failed] = this.#failed.values();
    return { isInProgress: this.#underWay.size > 0, error: failed?.message ?? '', applied: this.#applied };
  }

  sync({ history, details }: PodObservation): void {
    for (const container of allContainers(this.#scope.pod())) {
      const { spec, kind } = container;
      const latest = history.get(spec.name)?.latest;
      if (latest?.state !== 'running' || kind === 'ephemeral' || this.#scope.isEnding()) continue;
      this.#syncOne(container, latest.id, spec.resources ?? {});
    }
    for (const id of [...this.#applied.keys()]) if (!details.has(id)) this.#forget(id);
  }

  #forget(containerId: string): void {
    this.#applied.delete(containerId);
    this.#failed.delete(containerId);
  }

  #syncOne(container: PodContainer, id: string, granted: ResourceRequirements): void {
    if (this.#underWay.has(id)) return;
    const applied = this.#applied.get(id) ?? granted;
    const changed = changedResources(applied, granted);
    if (changed.length === 0) {
      this.#applied.set(id, granted);
      this.#failed.delete(id);
      return;
    }
    const failed = this.#failed.get(id);
    const isHeld = failed && changedResources(failed.granted, granted).length === 0;
    if (isHeld && failed.retryAtMs > this.#scope.services.clock.now()) return;
    this.#underWay.add(id);
    this.#scope.background(this.#resize({ container, id, changed, applied, granted }));
  }

  async #resize(change: Change): Promise<void> {
    const { cgroups, config, logger } = this.#scope.services;
    const { id, granted } = change;
    const path = podCgroup(this.#scope.pod(), config.cgroupRoot);
    const limitPod = () => cgroups.ensure(path, podResources(this.#scope.pod()));
    try {
      await this.#checkUsage(change);
      // The pod's limits must never be below those of its containers: they are raised before and lowered after.
      await limitPod().catch(() => undefined);
      await this.#apply(change);
      await limitPod();
      this.#applied.set(id, granted);
      this.#failed.delete(id);
    } catch (error) {
      const message = messageOf(error);
      this.#hold(id, granted, message);
      const pod = describePod(this.#scope.pod());
      logger.log('warn', 'resources could not be changed in place', { pod, error: message });
    } finally {
      this.#underWay.delete(id);
    }
  }

  #hold(id: string, granted: ResourceRequirements, message: string): void {
    const { clock } = this.#scope.services;
    this.#failed.set(id, { granted, message, retryAtMs: clock.now() + RESIZE_RETRY_MS });
    clock.sleep(RESIZE_RETRY_MS, this.#scope.signal).then(
      () => this.#scope.wake(),
      () => undefined,
    );
  }

  /** A limit below what is in use would have the kernel kill the container. */
  async #checkUsage({ container, id, changed, applied, granted }: Change): Promise<void> {
    if (needsRestart(container.spec, changed)) return;
    const wanted = granted.limits?.memory;
    const present = applied.limits?.memory;
    if (wanted === undefined) return;
    const limitBytes = Math.ceil(quantityValue(wanted));
    if (present !== undefined && limitBytes >= quantityValue(present)) return;
    const usage = (await this.#scope.services.runtime.stats()).find(({ containerId }) => containerId === id);
    const usedBytes = usage?.memoryWorkingSetBytes ?? 0;
    if (limitBytes < usedBytes) {
      const { name } = container.spec;
      throw new Error(
        `attempting to set container ${JSON.stringify(name)} memory limit (${limitBytes}) below current usage (${usedBytes})`,
      );
    }
  }

  async #apply({ container: { spec }, id: containerId, changed }: Change): Promise<void> {
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
