import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '@kubets/core';
import { ociArchive, pauseImage, systemImage } from '@kubets/images';
import type { ClusterLayout } from '../cluster/layout.ts';
import { requireCluster } from '../cluster/registry.ts';
import { dnsProgramPath, programPath } from '../installation.ts';
import { systemImageName } from './system-image.ts';

/** Archives for the node's containerd to take, and what to call once it has taken them. */
export interface PendingArchives {
  readonly paths: readonly string[];
  taken(): void;
}

const archivePath = (layout: ClusterLayout) => join(layout.imageDir, 'system.tar');

/** Builds the images that the node itself needs (pause, and the system image of this build) unless it has them already. */
export async function systemArchives(layout: ClusterLayout, logger: Logger): Promise<PendingArchives> {
  const name = systemImageName();
  // Once containerd has the images, a small file stands for them: the archive need not be kept.
  const marker = join(layout.imageDir, `${name.replaceAll(/[/:]/g, '_')}.imported`);
  if (existsSync(marker)) return { paths: [], taken: () => {} };
  logger.log('info', 'building the system image', { image: name });
  // In a process of its own: the agent lives long, and would keep the memory that a hundred megabytes of archive take.
  await promisify(execFile)(process.execPath, [programPath, 'build-system-image', '--name', layout.name]);
  return {
    paths: [archivePath(layout)],
    taken() {
      writeFileSync(marker, '');
      rmSync(archivePath(layout), { force: true });
    },
  };
}

/** Writes the archive that `systemArchives` speaks of. */
export async function buildSystemImage(options: { name: string }): Promise<void> {
  const layout = requireCluster(options.name);
  mkdirSync(layout.imageDir, { recursive: true });
  const images = [await pauseImage(), await systemImage({ name: systemImageName(), programs: [dnsProgramPath] })];
  const path = archivePath(layout);
  writeFileSync(`${path}.partial`, await ociArchive(images));
  renameSync(`${path}.partial`, path);
}
