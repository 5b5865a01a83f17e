import { existsSync, readFileSync, statfsSync } from 'node:fs';

const CAP_SYS_RESOURCE = 24;
const CGROUP2_MAGIC = 0x63677270;

/** Which cgroup controllers are where: `v2` for one unified hierarchy, `v1` otherwise (hybrid included). */
export interface CgroupLayout {
  readonly version: 'v1' | 'v2';
  /** Mount points of every hierarchy; for v1 the controller to its mount point. */
  readonly hierarchies: Readonly<Record<string, string>>;
}

export interface MachineCapabilities {
  /** Without it a process may not lower its own or others' oom_score_adj. */
  readonly hasSysResource: boolean;
  readonly hasAppArmor: boolean;
  readonly cgroups: CgroupLayout;
}

function hasCapability(bit: number): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> BigInt(bit)) & 1n) === 1n;
}

function hasAppArmor(): boolean {
  try {
    return readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y');
  } catch {
    return false;
  }
}

/** Reads the cgroup mounts of this machine. */
export function cgroupLayout(mounts = readFileSync('/proc/self/mounts', 'utf8')): CgroupLayout {
  const hierarchies: Record<string, string> = {};
  for (const line of mounts.split('\n')) {
    const [, mountpoint = '', type = '', options = ''] = line.split(' ');
    if (type === 'cgroup2') hierarchies.unified = mountpoint;
    if (type !== 'cgroup') continue;
    for (const option of options.split(','))
      if (!['rw', 'ro', 'relatime', 'nosuid', 'nodev', 'noexec'].includes(option)) hierarchies[option] = mountpoint;
  }
  const isUnified = hierarchies.unified === '/sys/fs/cgroup' && isCgroup2('/sys/fs/cgroup');
  return { version: isUnified ? 'v2' : 'v1', hierarchies };
}

function isCgroup2(path: string): boolean {
  return existsSync(path) && statfsSync(path).type === CGROUP2_MAGIC;
}

export function machineCapabilities(): MachineCapabilities {
  return {
    hasSysResource: hasCapability(CAP_SYS_RESOURCE),
    hasAppArmor: hasAppArmor(),
    cgroups: cgroupLayout(),
  };
}
