import type { Logger } from '@kubets/core';
import type { KubeletConfig } from '../context.ts';
import { type DiskUsage, type Machine, type MachineUsage, pressureOf } from '../node-status.ts';
import { isCritical } from '../pod/admission.ts';
import { LABEL } from '../pod/identity.ts';
import type { PodWorker } from '../pod/worker.ts';
import type { ContainerUsage, Runtime } from '../runtime.ts';
import type { PodVolumes } from '../volumes/volumes.ts';
import { diskBytes, exceededLimit, type LocalUsage, limitsLocalStorage } from './local-storage.ts';
import { evictionMessage, evictionOrder, type PodUse, type Signal, type Threshold } from './ranking.ts';

export interface EvictorOptions {
  readonly machine: Machine;
  readonly runtime: Runtime;
  readonly volumes: PodVolumes;
  readonly config: KubeletConfig;
  readonly logger: Logger;
  pods(): readonly PodWorker[];
  /** Removes all images that no container uses. */
  removeImages(): Promise<void>;
}

/** Containers get this long to end when their pod is evicted. */
const GRACE_SECONDS = 1;

/** Evicts pods that take up more disk space than they may, and others when the node runs short of something. */
export class Evictor {
  readonly #options: EvictorOptions;

  constructor(options: EvictorOptions) {
    this.#options = options;
  }

  /** Looks once. Under pressure one pod is evicted, and the next look tells whether that was enough. */
  async check(): Promise<void> {
    if (await this.#evictFull()) return;
    const { machine, config, removeImages } = this.#options;
    let usage = await machine.usage();
    if (pressureOf(usage, config).disk) {
      await removeImages();
      usage = await machine.usage();
    }
    const pressure = pressureOf(usage, config);
    const signal = (['memory', 'disk', 'pid'] as const).find((each) => pressure[each]);
    if (signal) await this.#evictFor(signal, usage);
  }

  #candidates(): PodWorker[] {
    return this.#options.pods().filter(({ isTerminating, hasEnded }) => !isTerminating && !hasEnded);
  }

  async #evictFull(): Promise<boolean> {
    const measured = this.#candidates().filter(({ pod }) => limitsLocalStorage(pod));
    if (measured.length === 0) return false;
    const stats = await this.#options.runtime.stats();
    let isAny = false;
    for (const worker of measured) {
      const message = exceededLimit(worker.pod, await this.#localUsage(worker, stats));
      if (message === undefined || isCritical(worker.pod)) continue;
      worker.evict({ message, graceSeconds: GRACE_SECONDS, isDisruption: false });
      isAny = true;
    }
    return isAny;
  }

  async #localUsage(worker: PodWorker, stats: readonly ContainerUsage[]): Promise<LocalUsage> {
    const { emptyDirs, logsBytes } = await this.#options.volumes.usage(worker.pod);
    const own = stats.filter(({ labels }) => labels[LABEL.podUid] === worker.uid);
    return { emptyDirs, logsBytes, containers: new Map(own.map((each) => [each.name, each.writableLayerBytes])) };
  }

  async #evictFor(signal: Signal, usage: MachineUsage): Promise<void> {
    const { logger } = this.#options;
    const workers = this.#candidates();
    const uses = await this.#uses(signal, workers);
    const [first] = evictionOrder(signal, uses);
    const worker = workers.find(({ pod }) => pod === first?.pod);
    if (!first || !worker) {
      logger.log('warn', 'the node is short of something and no pod can be evicted', { signal });
      return;
    }
    const message = evictionMessage(signal, first, this.#threshold(signal, usage));
    logger.log('warn', 'a pod is evicted', { pod: first.pod.metadata.name, message });
    worker.evict({ message, graceSeconds: GRACE_SECONDS, isDisruption: true });
  }

  async #uses(signal: Signal, workers: readonly PodWorker[]): Promise<PodUse[]> {
    const stats = signal === 'pid' ? [] : await this.#options.runtime.stats();
    return Promise.all(
      workers.map(async (worker): Promise<PodUse> => {
        const { pod, uid } = worker;
        const own = stats.filter(({ labels }) => labels[LABEL.podUid] === uid);
        const bytes = (each: ContainerUsage) =>
          signal === 'disk' ? each.writableLayerBytes : each.memoryWorkingSetBytes;
        const containers = new Map(own.map((each) => [each.name, bytes(each)]));
        const sum = [...containers.values()].reduce((total, value) => total + value, 0);
        const total = signal === 'disk' ? diskBytes(pod, await this.#localUsage(worker, stats)) : sum;
        return { pod, total, containers };
      }),
    );
  }

  #threshold(signal: Signal, usage: MachineUsage): Threshold {
    const { evictionHard } = this.#options.config;
    if (signal === 'memory')
      return { quantity: evictionHard.memoryAvailableBytes, available: usage.memoryAvailableBytes };
    if (signal === 'pid') {
      const { max, used } = usage.pids;
      return { quantity: Math.floor((max * evictionHard.pidAvailablePercent) / 100), available: max - used };
    }
    const disk = ({ capacityBytes, availableBytes }: DiskUsage, percent: number): Threshold => ({
      quantity: Math.floor((capacityBytes * percent) / 100),
      available: availableBytes,
    });
    const node = disk(usage.nodefs, evictionHard.nodefsAvailablePercent);
    return node.available < node.quantity ? node : disk(usage.imagefs, evictionHard.imagefsAvailablePercent);
  }
}
