import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { ClusterLayout } from '../cluster/layout.ts';
import { CommandError } from '../command-error.ts';
import { findProgram } from './packages.ts';

const MIN_FREE_BYTES = 512 << 20;
const SUPPORTED_CONTAINERD = ['1.6', '1.7'];

/** Throws when no cluster with containers can run on this system, whoever asks. */
export function checkPlatform(): void {
  if (process.platform === 'linux') return;
  throw new CommandError(
    `a cluster with containers needs Linux, and this is ${process.platform}; createCluster() of @kubets/testing runs anywhere`,
  );
}

/** Throws with the very command to run when this is not root. */
export function checkRoot(): void {
  checkPlatform();
  if (process.getuid?.() === 0) return;
  const words = process.argv.slice(2);
  const command =
    process.env.npm_lifecycle_event === 'start'
      ? ['npm', 'start', ...(words.length > 1 ? ['--', ...words.slice(1)] : [])]
      : ['kubets', ...words];
  throw new CommandError(`containers, networks and mounts need root; run:\n  sudo ${command.join(' ')}`);
}

/** Containerd 1.6 is the oldest whose CRI (v1) has what the kubelet needs; from 2.0 on its configuration is another. */
export function checkContainerd(): void {
  const path = findProgram('containerd');
  if (!path) throw new CommandError('containerd is missing; run:\n  sudo apt-get install containerd');
  const { stdout, stderr, error } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const version = /\bv?(\d+)\.(\d+)\.\d+/.exec(stdout ?? '');
  if (!version) {
    const said = error?.message ?? (`${stdout}${stderr}`.trim().split('\n')[0] || 'it says nothing');
    throw new CommandError(
      `${path} does not tell its version (${said}); run:\n  sudo apt-get install --reinstall containerd`,
    );
  }
  if (SUPPORTED_CONTAINERD.includes(`${version[1]}.${version[2]}`)) return;
  throw new CommandError(
    `${path} is version ${version[0]}; kubets works with containerd ${SUPPORTED_CONTAINERD.join(' and ')}: install one of these, or put it first in PATH`,
  );
}

/** Makes a folder and those that it stands in; answers the first that was not there. A recursive mkdir never ends below /proc. */
function makeFolders(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const above = makeFolders(dirname(path));
  mkdirSync(path, { mode: 0o755 });
  return above ?? path;
}

/**
 * Throws when the data directory cannot be written or its disk is nearly full. `onMade` is told the
 * first folder that had to be made, so that a cluster that cannot be started leaves none.
 */
export function checkDataDir(layout: ClusterLayout, onMade: (path: string) => void): void {
  const { dataDir } = layout;
  try {
    const made = makeFolders(dataDir);
    if (made) onMade(made);
    const probe = join(dataDir, `.probe.${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new CommandError(
      `the data directory ${dataDir} cannot be used: ${(error as Error).message}; choose another --data-dir`,
    );
  }
  const { bavail, bsize } = statfsSync(dataDir);
  if (bavail * bsize >= MIN_FREE_BYTES) return;
  const freeMiB = Math.floor((bavail * bsize) / (1 << 20));
  throw new CommandError(
    `the disk of ${dataDir} has ${freeMiB} MiB left; a cluster needs ${MIN_FREE_BYTES >> 20} MiB: free some, or choose another --data-dir`,
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
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen(port, '::', () => server.close(() => resolve(true)));
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
