import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { AsyncDisposable, Clock, Logger } from '@kubets/core';
import { grpcClient } from '../cri/grpc.ts';
import { runtimeService } from '../cri/services.ts';
import { machineCapabilities } from '../machine/capabilities.ts';
import { containerdConfig, containerdPaths } from './config.ts';

const run = promisify(execFile);

export interface ContainerdOptions {
  /** Kept state: images, container roots, configuration. */
  readonly dataDir: string;
  /** Runtime state: sockets, pids; must be short enough for unix sockets (below 80 characters). */
  readonly runDir: string;
  readonly pauseImage: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly cniBinDir?: string;
  /** Leave containerd (and so every container) running when this is disposed. Default true. */
  readonly keepRunning?: boolean;
}

/** A containerd of the node's own, started and watched. */
export interface Containerd extends AsyncDisposable {
  /** The CRI endpoint. */
  readonly socket: string;
  readonly cniConfigDir: string;
  readonly registryConfigDir: string;
  /** True when it was running already and was taken over. */
  readonly isAdopted: boolean;
  readonly pid: () => number | undefined;
  /** Imports images from an OCI or docker archive. */
  importImage(archivePath: string): Promise<void>;
  /** Ends containerd itself; containers go on. */
  stop(): Promise<void>;
}

const OLDEST_VERSION = [1, 6] as const;
const READY_POLL_MS = 25;
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const ADOPTED_CHECK_MS = 1_000;
const RESTART_DELAYS_MS = [100, 1_000, 5_000, 10_000];
const MAX_SOCKET_PATH_BYTES = 100;
const INSTALL_HINT = 'install it with: apt-get install containerd runc containernetworking-plugins';

/** The version as [major, minor]. Throws with the way to install it when it is missing or too old. */
export async function checkContainerd(): Promise<readonly [number, number]> {
  const { stdout } = await run('containerd', ['--version']).catch(() => {
    throw new Error(`containerd was not found in PATH; ${INSTALL_HINT}`);
  });
  const match = /\bv?(\d+)\.(\d+)\.\d+/.exec(stdout);
  if (!match) throw new Error(`containerd does not tell its version: ${JSON.stringify(stdout.trim())}`);
  const version = [Number(match[1]), Number(match[2])] as const;
  const isOld = version[0] < OLDEST_VERSION[0] || (version[0] === OLDEST_VERSION[0] && version[1] < OLDEST_VERSION[1]);
  if (isOld || version[0] > 1)
    throw new Error(
      `containerd ${match[0]} is not supported: kubets works with containerd 1.6 and 1.7; ${INSTALL_HINT}`,
    );
  await run('runc', ['--version']).catch(() => {
    throw new Error(`runc was not found in PATH; ${INSTALL_HINT}`);
  });
  return version;
}

/** Start time of a process in clock ticks, which with its pid tells it from all others; undefined when it is gone. */
async function startTicks(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** The containerd that the pid file speaks of, if it still runs and is the one. */
async function runningPid(pidFile: string): Promise<number | undefined> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const [pid, ticks] = text.trim().split(' ');
  if (!pid || !ticks) return undefined;
  return (await startTicks(Number(pid))) === ticks ? Number(pid) : undefined;
}

async function isReady(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return false;
  const grpc = grpcClient({ socketPath: socket });
  try {
    await runtimeService(grpc).version({ version: '' }, { timeoutMs: 1_000 });
    return true;
  } catch {
    return false;
  } finally {
    await grpc.dispose();
  }
}

async function untilReady(options: { socket: string; clock: Clock; isAlive(): boolean; logFile: string }) {
  const deadline = options.clock.monotonicMs() + READY_TIMEOUT_MS;
  while (!(await isReady(options.socket))) {
    if (!options.isAlive() || options.clock.monotonicMs() > deadline) {
      const log = await readFile(options.logFile, 'utf8').catch(() => '');
      const tail = log.trim().split('\n').slice(-5).join('\n');
      throw new Error(`containerd did not start; the end of ${options.logFile}:\n${tail}`);
    }
    await options.clock.sleep(READY_POLL_MS);
  }
}

/**
 * Starts the node's containerd, or takes over the one that an earlier agent left running, and starts it again whenever it
 * ends. Throws when containerd is missing, of a wrong version, or does not come up; the message says what to do.
 */
export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { clock, logger } = options;
  const paths = containerdPaths(options);
  if (Buffer.byteLength(paths.socket) > MAX_SOCKET_PATH_BYTES)
    throw new Error(`the run directory is too long for unix sockets: ${paths.socket}; choose a shorter one`);
  await checkContainerd();
  for (const dir of [paths.root, paths.state, paths.cniConfigDir, paths.registryConfigDir])
    await mkdir(dir, { recursive: true, mode: 0o711 });
  const cniBinDir = options.cniBinDir ?? '/usr/lib/cni';
  const capabilities = machineCapabilities();
  await writeFile(
    paths.configFile,
    containerdConfig({ paths, pauseImage: options.pauseImage, cniBinDir, capabilities }),
  );

  let pid: number | undefined;
  let stopping = false;
  let failures = 0;
  const lifetime = new AbortController();

  async function launch(): Promise<void> {
    const log = openSync(paths.logFile, 'a');
    const child: ChildProcess = spawn('containerd', ['--config', paths.configFile], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    let alive = true;
    child.on('error', () => {
      alive = false;
    });
    child.on('exit', (code, signal) => {
      alive = false;
      if (pid === child.pid) pid = undefined;
      if (!stopping) void relaunch(`exited with ${signal ?? `code ${code}`}`);
    });
    child.unref();
    pid = child.pid;
    if (pid) await writeFile(paths.pidFile, `${pid} ${await startTicks(pid)}\n`);
    await untilReady({ socket: paths.socket, clock, isAlive: () => alive, logFile: paths.logFile });
    failures = 0;
  }

  let relaunching = false;
  async function relaunch(why: string): Promise<void> {
    if (relaunching) return;
    relaunching = true;
    while (!stopping) {
      const delayMs = RESTART_DELAYS_MS[Math.min(failures++, RESTART_DELAYS_MS.length - 1)] ?? 0;
      logger.log('warn', `containerd ${why}; starting it again`, { delayMs });
      try {
        await clock.sleep(delayMs, lifetime.signal);
        await launch();
        break;
      } catch (error) {
        if (stopping) break;
        logger.log('error', 'containerd could not be started', { error });
      }
    }
    relaunching = false;
  }

  /** An adopted containerd is not our child: look now and then whether it still lives. */
  async function watchAdopted(): Promise<void> {
    while (!stopping && pid !== undefined) {
      await clock.sleep(ADOPTED_CHECK_MS, lifetime.signal).catch(() => undefined);
      if (!stopping && (await runningPid(paths.pidFile)) === undefined) {
        pid = undefined;
        void relaunch('is gone');
      }
    }
  }

  pid = await runningPid(paths.pidFile);
  const isAdopted = pid !== undefined;
  if (isAdopted) {
    await untilReady({ socket: paths.socket, clock, isAlive: () => true, logFile: paths.logFile });
    void watchAdopted();
  } else {
    stopping = true;
    await launch();
    stopping = false;
    if (pid === undefined) throw new Error(`containerd ended while starting; see ${paths.logFile}`);
  }

  async function stop(): Promise<void> {
    stopping = true;
    lifetime.abort();
    await stopContainerd(paths.pidFile, clock);
    pid = undefined;
  }

  return {
    socket: paths.socket,
    cniConfigDir: paths.cniConfigDir,
    registryConfigDir: paths.registryConfigDir,
    isAdopted,
    pid: () => pid,
    async importImage(archivePath) {
      await run('ctr', ['--address', paths.socket, '-n', 'k8s.io', 'images', 'import', archivePath]);
    },
    stop,
    async dispose() {
      stopping = true;
      lifetime.abort();
      if (options.keepRunning === false) await stop();
    },
  };
}

/** Ends the containerd of that pid file, if it runs; first politely, then not. */
export async function stopContainerd(pidFile: string, clock: Clock): Promise<void> {
  const pid = await runningPid(pidFile);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    const deadline = clock.monotonicMs() + STOP_TIMEOUT_MS;
    while ((await runningPid(pidFile)) !== undefined) {
      if (clock.monotonicMs() > deadline) process.kill(pid, 'SIGKILL');
      await clock.sleep(20);
    }
  }
  await rm(pidFile, { force: true });
}
