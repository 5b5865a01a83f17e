import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, readlinkSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { ClusterLayout } from '../cluster/layout.ts';
import { CommandError } from '../command-error.ts';
import { findProgram } from './packages.ts';

const MIN_FREE_BYTES = 512 << 20;
const MIN_CONTAINERD = [1, 6];

/** Throws, naming cause and remedy, when this cannot be a node. */
export function checkMachine(): void {
  if (process.platform !== 'linux') {
    throw new CommandError(
      `a cluster with containers needs Linux, and this is ${process.platform}; createCluster() of @kubets/testing runs anywhere`,
    );
  }
  if (process.getuid?.() !== 0)
    throw new CommandError('containers, networks and mounts need root: run the command with sudo');
}

/** Containerd 1.6 is the oldest whose CRI (v1) has what the kubelet needs. */
export function checkContainerd(): void {
  const path = findProgram('containerd');
  if (!path) throw new CommandError('containerd is missing: apt-get install containerd');
  const text = execFileSync(path, ['--version'], { encoding: 'utf8' });
  const [major = 0, minor = 0] = (/\bv?(\d+)\.(\d+)\.\d+/.exec(text)?.slice(1) ?? []).map(Number);
  const [minMajor = 0, minMinor = 0] = MIN_CONTAINERD;
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return;
  throw new CommandError(
    `${path} is version ${major}.${minor}; kubets needs containerd ${MIN_CONTAINERD.join('.')} or newer`,
  );
}

/** Throws when the data directory cannot be written or its disk is nearly full. */
export function checkDataDir(layout: ClusterLayout): void {
  try {
    mkdirSync(layout.dataDir, { recursive: true, mode: 0o755 });
    accessSync(layout.dataDir, constants.W_OK);
  } catch (error) {
    throw new CommandError(`the data directory ${layout.dataDir} cannot be used: ${(error as Error).message}`);
  }
  const { bavail, bsize } = statfsSync(layout.dataDir);
  if (bavail * bsize >= MIN_FREE_BYTES) return;
  const freeMiB = Math.floor((bavail * bsize) / (1 << 20));
  throw new CommandError(
    `the disk of ${layout.dataDir} has ${freeMiB} MiB left; a cluster needs ${MIN_FREE_BYTES >> 20} MiB: free some, or choose another --data-dir`,
  );
}

/** Throws when a port that the cluster listens on is taken, naming the process that has it. */
export async function checkPorts(layout: ClusterLayout): Promise<void> {
  const ports: readonly [number, string, string][] = [
    [layout.apiPort, 'API server', `stop it, or choose another with "kubets up --port N"`],
    [layout.kubeletPort, 'kubelet', 'stop it'],
  ];
  for (const [port, part, remedy] of ports) {
    if (await isFree(port)) continue;
    const holder = processListeningOn(port);
    throw new CommandError(`port ${port} (${part}) is in use${holder ? ` by ${holder}` : ''}: ${remedy}`);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}

/** `name (pid N)` of the process that listens on a TCP port, where /proc tells. */
function processListeningOn(port: number): string | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => readOrEmpty(path).split('\n').slice(1));
  const listening = lines
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A');
  const inode = listening?.[9];
  if (!inode) return undefined;
  const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && hasSocket(entry, inode));
  return pid && `${readOrEmpty(`/proc/${pid}/comm`).trim()} (pid ${pid})`;
}

function hasSocket(pid: string, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`);
  } catch {
    return false;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
