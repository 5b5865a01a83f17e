import type { Clock, Logger } from '@kubets/core';
import type { KubeletConfig } from '../context.ts';
import type { DiskUsage } from '../node-status.ts';
import type { Runtime, RuntimeImage } from '../runtime.ts';

export interface ImageCollectorOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly policy: KubeletConfig['imageGc'];
  /** Full names of images that were loaded by hand: no registry has them, so they stay. */
  loadedImages?(): ReadonlySet<string>;
  /** Names of the images that pods on the node have as volumes. */
  volumeImages(): readonly string[];
  /** The filesystem that images are on. */
  usage(): Promise<DiskUsage>;
}

/** Images that are never removed, by a part of their name: a runtime may need them without a container that shows it. */
const KEPT = /(^|\/)pause(:|@|$)/;

/** Removes images that no pod uses when the disk fills up, the longest unused first. */
export class ImageCollector {
  readonly #options: ImageCollectorOptions;
  readonly #lastUsedMs = new Map<string, number>();
  readonly #firstSeenMs = new Map<string, number>();

  constructor(options: ImageCollectorOptions) {
    this.#options = options;
  }

  async collect(): Promise<void> {
    const { usage, policy, logger, runtime } = this.#options;
    const unused = await this.#unused(policy.minAgeMs);
    const { capacityBytes, availableBytes } = await usage();
    if (capacityBytes === 0) return;
    const usedPercent = 100 - (availableBytes / capacityBytes) * 100;
    if (usedPercent < policy.highPercent) return;
    let toFree = Math.ceil((capacityBytes * (100 - policy.lowPercent)) / 100) - availableBytes;
    for (const image of unused) {
      if (toFree <= 0) return;
      await runtime.removeImage(image.id);
      toFree -= image.sizeBytes;
      logger.log('info', 'an unused image was removed', { image: image.repoTags[0] ?? image.id });
    }
    if (toFree > 0)
      logger.log('warn', 'the disk of the images is nearly full and no more can be removed', {
        usedPercent: Math.round(usedPercent),
      });
  }

  /** Removes every image that no pod uses, however new. */
  async removeUnused(): Promise<void> {
    const { runtime, logger } = this.#options;
    for (const { id, repoTags } of await this.#unused(0)) {
      await runtime.removeImage(id);
      logger.log('info', 'an unused image was removed', { image: repoTags[0] ?? id });
    }
  }

  async #volumeImageIds(): Promise<string[]> {
    const { runtime, volumeImages } = this.#options;
    const found = await Promise.all([...new Set(volumeImages())].map((name) => runtime.image(name)));
    return found.flatMap((image) => (image ? [image.id] : []));
  }

  /** Images not in use, the longest unused first. */
  async #unused(minAgeMs: number): Promise<RuntimeImage[]> {
    const { runtime, clock } = this.#options;
    const [images, containers] = await Promise.all([runtime.listImages(), runtime.listContainers()]);
    const nowMs = clock.now();
    const used = new Set([...containers.map(({ imageRef }) => imageRef), ...(await this.#volumeImageIds())]);
    for (const { id } of images) {
      if (!this.#firstSeenMs.has(id)) this.#firstSeenMs.set(id, nowMs);
      if (used.has(id)) this.#lastUsedMs.set(id, nowMs);
    }
    const loaded = this.#options.loadedImages?.() ?? new Set<string>();
    const lastUse = ({ id }: RuntimeImage) => this.#lastUsedMs.get(id) ?? 0;
    return images
      .filter((image) => {
        const isKept = image.isPinned || image.repoTags.some((tag) => KEPT.test(tag) || loaded.has(tag));
        return !isKept && !used.has(image.id) && nowMs - (this.#firstSeenMs.get(image.id) ?? nowMs) >= minAgeMs;
      })
      .sort((a, b) => lastUse(a) - lastUse(b));
  }
}
