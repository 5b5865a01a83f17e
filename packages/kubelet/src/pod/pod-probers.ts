import { ContainerProber } from '../probes/prober.ts';
import type { ContainerDetails } from '../runtime.ts';
import { allContainers, type PodContainer } from './containers.ts';
import type { PodObservation } from './observation.ts';
import type { ProbeState } from './view.ts';
import { probeTarget, type WorkerScope } from './worker-scope.ts';

/** The probers of one pod: one for each running container. */
export class PodProbers {
  readonly #scope: WorkerScope;
  readonly #probers = new Map<string, ContainerProber>();

  constructor(scope: WorkerScope) {
    this.#scope = scope;
  }

  /** By container id. */
  get states(): ReadonlyMap<string, ProbeState> {
    return new Map([...this.#probers].map(([id, prober]) => [id, prober.state]));
  }

  /** A prober for each running container, and none for others. */
  sync({ details, history }: PodObservation): void {
    for (const [id, prober] of this.#probers) {
      if (details.get(id)?.state === 'running') continue;
      prober.dispose();
      this.#probers.delete(id);
    }
    for (const container of allContainers(this.#scope.pod())) {
      const latest = history.get(container.spec.name)?.latest;
      if (latest?.state === 'running' && container.kind !== 'ephemeral' && !this.#probers.has(latest.id))
        this.#add(container, latest);
    }
  }

  /** The pod is to end. */
  terminate(): void {
    for (const prober of this.#probers.values()) prober.terminate();
  }

  dispose(): void {
    for (const prober of this.#probers.values()) prober.dispose();
  }

  #add(container: PodContainer, { id, startedAtMs }: ContainerDetails): void {
    const scope = this.#scope;
    const { status } = scope.pod();
    const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    const known = statuses.find(({ containerID }) => containerID?.endsWith(id));
    const prober = new ContainerProber({
      ...probeTarget(scope, container, id),
      clock: scope.services.clock,
      startedAtMs,
      ...(known ? { adopted: { isStarted: known.started ?? false, isReady: known.ready } } : {}),
      event: (type, reason, message) => scope.event(type, reason, message, container),
      onChange: () => scope.wake(),
    });
    this.#probers.set(id, prober);
    if (scope.isEnding()) prober.terminate();
  }
}
