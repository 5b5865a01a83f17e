import { type ContainerDetails, type ContainerSummary, RuntimeError, type Sandbox } from '../runtime.ts';
import type { ContainerHistory } from './view.ts';
import type { WorkerScope } from './worker-scope.ts';

/** Pauses between looks at a container that ended but is still shown as running: they double up to the last. */
const FIRST_EXIT_CHECK_MS = 20;
const LAST_EXIT_CHECK_MS = 3_000;

/** What the runtime was last seen to have of one pod. */
export class PodObservation {
  readonly #scope: WorkerScope;
  readonly #messages = new Map<string, string>();
  /** Containers and sandboxes said to have ended, and when they are looked at again. */
  readonly #exiting = new Map<string, number>();
  #sandbox: Sandbox | undefined;
  #oldSandboxes: readonly string[] = [];
  #history = new Map<string, ContainerHistory>();
  #details = new Map<string, ContainerDetails>();

  constructor(scope: WorkerScope) {
    this.#scope = scope;
  }

  /** The newest sandbox, ready or not. */
  get sandbox(): Sandbox | undefined {
    return this.#sandbox;
  }

  /** Ids of sandboxes that a newer one has replaced. */
  get oldSandboxes(): readonly string[] {
    return this.#oldSandboxes;
  }

  /** Containers by their names. */
  get history(): ReadonlyMap<string, ContainerHistory> {
    return this.#history;
  }

  /** Containers by their ids. */
  get details(): ReadonlyMap<string, ContainerDetails> {
    return this.#details;
  }

  /** What ended containers left in their termination message files, by id. */
  get terminationMessages(): ReadonlyMap<string, string> {
    return this.#messages;
  }

  /** True for the ids of the pod's own containers and sandbox. */
  knows(id: string): boolean {
    return this.#details.has(id) || this.#sandbox?.id === id;
  }

  /** The pod has a new sandbox. */
  sandboxMade(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
  }

  /**
   * A container or sandbox is said to have ended. The runtime tells of the end before its own records show it, so it is asked
   * until they do.
   */
  exited(id: string): void {
    this.#exiting.set(id, FIRST_EXIT_CHECK_MS);
  }

  /** Reads the pod's sandboxes and containers from the runtime. */
  async look(): Promise<void> {
    const { uid, services } = this.#scope;
    const [sandboxes, containers] = await Promise.all([
      services.runtime.listSandboxes({ podUid: uid }),
      services.runtime.listContainers({ podUid: uid }),
    ]);
    const [newest, ...older] = sandboxes.sort((a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs);
    const isKnown = newest && this.#sandbox?.id === newest.id && this.#sandbox.isReady === newest.isReady;
    if (!newest) this.#sandbox = undefined;
    else if (!isKnown) this.#sandbox = await services.runtime.sandbox(newest.id);
    this.#oldSandboxes = older.map(({ id }) => id);
    const details = await Promise.all(containers.map((summary) => this.#read(summary)));
    await this.#take(details.filter((each) => each !== undefined));
  }

  /** Looks again at what is said to have ended and is still shown as running. */
  checkExiting(): void {
    for (const [id, delayMs] of this.#exiting) {
      const isSandboxUp = this.#sandbox?.id === id && this.#sandbox.isReady;
      if ((this.#details.get(id)?.state !== 'running' && !isSandboxUp) || delayMs > LAST_EXIT_CHECK_MS) {
        this.#exiting.delete(id);
        continue;
      }
      this.#exiting.set(id, delayMs * 2);
      this.#scope.services.clock.after(delayMs, () => this.#scope.stale());
    }
  }

  async #read({ id, state, sandboxId }: ContainerSummary): Promise<ContainerDetails | undefined> {
    const known = this.#details.get(id);
    if (known?.state === 'exited' && state === 'exited') return known;
    const read = await this.#scope.services.runtime.container(id).catch(ignoreMissing);
    return read && { ...read, sandboxId };
  }

  async #take(containers: readonly ContainerDetails[]): Promise<void> {
    this.#details = new Map(containers.map((each) => [each.id, each]));
    const byName = new Map<string, ContainerDetails[]>();
    for (const each of containers) byName.set(each.name, [...(byName.get(each.name) ?? []), each]);
    this.#history = new Map();
    for (const [name, all] of byName) {
      const [latest, previous, ...rest] = all.sort((a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs);
      if (!latest) continue;
      this.#history.set(name, previous ? { latest, previous } : { latest });
      for (const { id, state } of rest)
        if (state !== 'running') this.#scope.background(this.#scope.services.runtime.removeContainer(id));
    }
    await this.#readMessages(containers);
  }

  async #readMessages(containers: readonly ContainerDetails[]): Promise<void> {
    const { volumes } = this.#scope.services;
    for (const each of containers)
      if (each.state === 'exited' && !this.#messages.has(each.id))
        this.#messages.set(each.id, await volumes.terminationMessage(each).catch(() => ''));
    for (const id of [...this.#messages.keys()]) if (!this.#details.has(id)) this.#messages.delete(id);
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof RuntimeError && error.reason === 'NotFound') return undefined;
  throw error;
}
