import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PodCgroups } from '../../context.ts';
import type { LinuxResources } from '../../runtime.ts';
import { type CgroupLayout, cgroupLayout } from './capabilities.ts';

/** Mount points, each once: several controllers may share one. */
const mountPoints = (layout: CgroupLayout) => [...new Set(Object.values(layout.hierarchies))];

/** cgroup v2's weight for v1's shares, by the formula that runtimes use. */
export function sharesToWeight(shares: number): number {
  return shares === 0 ? 0 : 1 + Math.floor(((shares - 2) * 9999) / 262142);
}

const UNLIMITED_CPU = 'max 100000';

async function applyV1(
  hierarchies: CgroupLayout['hierarchies'],
  path: string,
  resources: LinuxResources,
): Promise<void> {
  const set = async (controller: string, file: string, value: number | undefined) => {
    const mount = hierarchies[controller];
    if (mount !== undefined && value !== undefined) await writeFile(join(mount, path, file), String(value));
  };
  for (const controller of ['cpu', 'memory', 'pids'])
    if (hierarchies[controller]) await mkdir(join(hierarchies[controller], path), { recursive: true });
  await set('cpu', 'cpu.shares', resources.cpuShares);
  await set('cpu', 'cpu.cfs_period_us', resources.cpuPeriodMicroseconds);
  await set('cpu', 'cpu.cfs_quota_us', resources.cpuQuotaMicroseconds);
  await set('memory', 'memory.limit_in_bytes', resources.memoryLimitBytes);
}

/** Controllers have to be enabled in every group above. */
async function enableControllers(root: string, path: string): Promise<void> {
  const parts = path.split('/').filter(Boolean);
  for (let depth = 0; depth < parts.length; depth++) {
    const dir = join(root, ...parts.slice(0, depth));
    for (const controller of ['cpu', 'cpuset', 'memory', 'pids', 'io'])
      await writeFile(join(dir, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined);
    await mkdir(join(root, ...parts.slice(0, depth + 1)), { recursive: true });
  }
}

async function applyV2(root: string, path: string, resources: LinuxResources): Promise<void> {
  await enableControllers(root, path);
  const set = (file: string, value: string) => writeFile(join(root, path, file), value);
  if (resources.cpuShares !== undefined) await set('cpu.weight', String(sharesToWeight(resources.cpuShares)));
  const quota = resources.cpuQuotaMicroseconds;
  await set('cpu.max', quota ? `${quota} ${resources.cpuPeriodMicroseconds ?? 100_000}` : UNLIMITED_CPU);
  if (resources.memoryLimitBytes !== undefined) await set('memory.max', String(resources.memoryLimitBytes));
}

/** The cgroups of whole pods, in whichever hierarchies the machine has. */
export function podCgroups(layout: CgroupLayout = cgroupLayout()): PodCgroups {
  return {
    async ensure(path, resources) {
      if (layout.version === 'v2') await applyV2(layout.hierarchies.unified ?? '/sys/fs/cgroup', path, resources);
      else await applyV1(layout.hierarchies, path, resources);
    },
    remove: (path) => removeCgroup(path, layout),
  };
}

/** Removes a cgroup with those below it, in every hierarchy. Processes left in it are killed. */
export async function removeCgroup(path: string, layout: CgroupLayout = cgroupLayout()): Promise<void> {
  for (const mount of mountPoints(layout)) await removeTree(join(mount, path));
}

async function removeTree(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  const processes = await readFile(join(dir, 'cgroup.procs'), 'utf8').catch(() => '');
  for (const pid of processes.split('\n').filter(Boolean)) kill(Number(pid));
  await rmdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
