import { readFileSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import type { DiskUsage, Machine, MachineFacts, MachineUsage } from '../../node-status.ts';

export interface LinuxMachineOptions {
  /** Where volumes and logs are. */
  readonly nodefsDir: string;
  /** Where the runtime keeps its images. */
  readonly imagefsDir: string;
  /** The node's addresses; those of the default route's device when absent. */
  readonly ips?: readonly string[];
  /** The node's name on the network; the machine's hostname when absent. */
  readonly hostname?: string;
}

const ARCHITECTURES: Record<string, string> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
};

async function firstLine(...paths: string[]): Promise<string> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.trim()) return text.trim().split('\n')[0] ?? '';
  }
  return '';
}

async function diskUsage(dir: string): Promise<DiskUsage> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(dir);
  return { capacityBytes: bsize * blocks, availableBytes: bsize * bavail, inodes: files, inodesFree: ffree };
}

function osImage(): string {
  try {
    return /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  } catch {
    return 'Linux';
  }
}

async function memoryInfo(): Promise<{ totalBytes: number; availableBytes: number }> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { totalBytes: kib('MemTotal') * 1024, availableBytes: kib('MemAvailable') * 1024 };
}

/** Addresses of the device that leads out, or of the first that is not the loopback. */
export async function defaultIps(): Promise<string[]> {
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => '');
  const device = routes
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')?.[0];
  const interfaces = os.networkInterfaces();
  const chosen = device
    ? interfaces[device]
    : Object.values(interfaces).find((each) => each?.some(({ internal }) => !internal));
  const addresses = (chosen ?? []).filter(({ address }) => !address.startsWith('fe80:')).map(({ address }) => address);
  return addresses.length > 0 ? [addresses[0] ?? '127.0.0.1'] : ['127.0.0.1'];
}

async function pids(): Promise<{ max: number; used: number }> {
  const max = Number(await firstLine('/proc/sys/kernel/pid_max'));
  // The fourth field of loadavg is running/all of the kernel's tasks.
  const used = Number((await firstLine('/proc/loadavg')).split(' ')[3]?.split('/')[1] ?? 0);
  return { max, used };
}

/** The Linux machine that this process runs on. */
export async function linuxMachine(options: LinuxMachineOptions): Promise<Machine> {
  const ips = options.ips ?? (await defaultIps());
  return {
    async facts(): Promise<MachineFacts> {
      const [machineId, systemUuid, bootId, disk, memory] = await Promise.all([
        firstLine('/etc/machine-id', '/var/lib/dbus/machine-id'),
        firstLine('/sys/class/dmi/id/product_uuid', '/etc/machine-id'),
        firstLine('/proc/sys/kernel/random/boot_id'),
        diskUsage(options.nodefsDir),
        memoryInfo(),
      ]);
      return {
        cpus: os.availableParallelism(),
        memoryBytes: memory.totalBytes,
        ephemeralStorageBytes: disk.capacityBytes,
        machineId,
        systemUuid,
        bootId,
        kernelVersion: os.release(),
        osImage: osImage(),
        operatingSystem: 'linux',
        architecture: ARCHITECTURES[process.arch] ?? process.arch,
      };
    },
    async usage(): Promise<MachineUsage> {
      const [memory, nodefs, imagefs, processIds] = await Promise.all([
        memoryInfo(),
        diskUsage(options.nodefsDir),
        diskUsage(options.imagefsDir),
        pids(),
      ]);
      return { memoryAvailableBytes: memory.availableBytes, nodefs, imagefs, pids: processIds };
    },
    hostname: () => options.hostname ?? os.hostname(),
    ips: () => ips,
  };
}
