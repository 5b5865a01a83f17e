import type { Machine } from '../node-status.ts';

export interface SimulatedMachineOptions {
  readonly nodeName: string;
  readonly ip: string;
  readonly cpus?: number;
  readonly memoryBytes?: number;
}

const DISK_BYTES = 100 * 2 ** 30;
const DISK = { capacityBytes: DISK_BYTES, availableBytes: DISK_BYTES / 2, inodes: 1e6, inodesFree: 9e5 };

/** A machine that only exists in its figures. */
export function simulatedMachine(options: SimulatedMachineOptions): Machine {
  const { nodeName, ip, cpus = 8, memoryBytes = 32 * 2 ** 30 } = options;
  return {
    facts: async () => ({
      cpus,
      memoryBytes,
      ephemeralStorageBytes: DISK_BYTES,
      machineId: nodeName,
      systemUuid: nodeName,
      bootId: nodeName,
      kernelVersion: '6.1.0',
      osImage: 'Simulated Linux',
      operatingSystem: 'linux',
      architecture: 'amd64',
    }),
    usage: async () => ({
      memoryAvailableBytes: memoryBytes / 2,
      nodefs: DISK,
      imagefs: DISK,
      pids: { max: 32_768, used: 100 },
    }),
    hostname: () => nodeName,
    ips: () => [ip],
  };
}
