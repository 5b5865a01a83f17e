import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@kubets/core';
import { ociArchive, pauseImage, systemImage } from '@kubets/images';
import type { ClusterLayout } from '../cluster/layout.ts';
import { dnsProgramPath } from '../installation.ts';
import { systemImageName } from './system-image.ts';

/** Archives for the node's containerd to take, and what to call once it has taken them. */
export interface PendingArchives {
  readonly paths: readonly string[];
  taken(): void;
}

/** Builds the images that the node itself needs (pause, and the system image of this build) unless it has them already. */
export async function systemArchives(layout: ClusterLayout, logger: Logger): Promise<PendingArchives> {
  const name = systemImageName();
  // Once containerd has the images, a small file stands for them: the archive need not be kept.
  const marker = join(layout.imageDir, `${name.replaceAll(/[/:]/g, '_')}.imported`);
  if (existsSync(marker)) return { paths: [], taken: () => {} };
  logger.log('info', 'building the system image', { image: name });
  mkdirSync(layout.imageDir, { recursive: true });
  const path = join(layout.imageDir, 'system.tar');
  const images = [await pauseImage(), await systemImage({ name, programs: [dnsProgramPath] })];
  writeFileSync(`${path}.partial`, await ociArchive(images));
  renameSync(`${path}.partial`, path);
  return {
    paths: [path],
    taken() {
      writeFileSync(marker, '');
      rmSync(path, { force: true });
    },
  };
}
