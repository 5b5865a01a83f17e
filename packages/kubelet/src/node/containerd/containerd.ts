import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { AsyncDisposable, Clock, Logger } from '@kubets/core';
import { GrpcClient } from '../cri/grpc.ts';
import { runtimeService } from '../cri/services.ts';
import { machineCapabilities } from '../machine/capabilities.ts';
import { type ContainerdPaths, containerdConfig, containerdPaths } from './config.ts';

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
  const grpc = new GrpcClient({ socketPath: socket });
  try {
    await runtimeService(grpc).version({ version: '' }, { timeoutMs: 1_000 });
    return true;
  } catch {
    return false;
  } finally {
    await grpc.dispose();
  }
}

async function untilReady(options: {
  socket: string;
  clock: Clock;
  isAlive(): boolean;
  logFile: string;
}): Promise<void> {
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

/** A containerd of the node's own, started and watched. */
export class Containerd implements AsyncDisposable {
  readonly #paths: ContainerdPaths;
  readonly #options: ContainerdOptions;
  readonly #lifetime = new AbortController();
  #pid: number | undefined;
  #isAdopted = false;
  /** From here on an end of containerd is meant, and it is not started again. */
  #stopping = false;
  #relaunching = false;
  #failures = 0;

  constructor(paths: ContainerdPaths, options: ContainerdOptions) {
    this.#paths = paths;
    this.#options = options;
  }

  /** The CRI endpoint. */
  get socket(): string {
    return this.#paths.socket;
  }

  get cniConfigDir(): string {
    return this.#paths.cniConfigDir;
  }

  get registryConfigDir(): string {
    return this.#paths.registryConfigDir;
  }

  /** True when it was running already and was taken over. */
  get isAdopted(): boolean {
    return this.#isAdopted;
  }

  pid(): number | undefined {
    return this.#pid;
  }

  async start(): Promise<void> {
    this.#pid = await runningPid(this.#paths.pidFile);
    this.#isAdopted = this.#pid !== undefined;
    if (this.#isAdopted) {
      await this.#untilReady(() => true);
      void this.#watchAdopted();
      return;
    }
    // One that ends while it starts for the first time is an error of the caller's, not to be tried again.
    this.#stopping = true;
    await this.#launch();
    this.#stopping = false;
    if (this.#pid === undefined) throw new Error(`containerd ended while starting; see ${this.#paths.logFile}`);
  }

  /** Imports images from an OCI or docker archive. */
  async importImage(archivePath: string): Promise<void> {
    await run('ctr', ['--address', this.socket, '-n', 'k8s.io', 'images', 'import', archivePath]);
  }

  /** Ends containerd itself; containers go on. */
  async stop(): Promise<void> {
    this.#letGo();
    await stopContainerd(this.#paths.pidFile, this.#options.clock);
    this.#pid = undefined;
  }

  async dispose(): Promise<void> {
    this.#letGo();
    if (this.#options.keepRunning === false) await this.stop();
  }

  #letGo(): void {
    this.#stopping = true;
    this.#lifetime.abort();
  }

  async #launch(): Promise<void> {
    const { pidFile } = this.#paths;
    const child = this.#spawn();
    let alive = true;
    child.on('error', () => {
      alive = false;
    });
    child.on('exit', (code, signal) => {
      alive = false;
      if (this.#pid === child.pid) this.#pid = undefined;
      if (!this.#stopping) void this.#relaunch(`exited with ${signal ?? `code ${code}`}`);
    });
    child.unref();
    this.#pid = child.pid;
    if (child.pid) await writeFile(pidFile, `${child.pid} ${await startTicks(child.pid)}\n`);
    await this.#untilReady(() => alive);
    this.#failures = 0;
  }

  #spawn(): ChildProcess {
    const { configFile, logFile } = this.#paths;
    const log = openSync(logFile, 'a');
    const child = spawn('containerd', ['--config', configFile], { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    return child;
  }

  async #relaunch(why: string): Promise<void> {
    const { clock, logger } = this.#options;
    if (this.#relaunching) return;
    this.#relaunching = true;
    while (!this.#stopping) {
      const delayMs = RESTART_DELAYS_MS[Math.min(this.#failures++, RESTART_DELAYS_MS.length - 1)] ?? 0;
      logger.log('warn', `containerd ${why}; starting it again`, { delayMs });
      try {
        await clock.sleep(delayMs, this.#lifetime.signal);
        await this.#launch();
        break;
      } catch (error) {
        if (this.#stopping) break;
        logger.log('error', 'containerd could not be started', { error });
      }
    }
    this.#relaunching = false;
  }

  /** An adopted containerd is not our child: look now and then whether it still lives. */
  async #watchAdopted(): Promise<void> {
    while (!this.#stopping && this.#pid !== undefined) {
      await this.#options.clock.sleep(ADOPTED_CHECK_MS, this.#lifetime.signal).catch(() => undefined);
      if (!this.#stopping && (await runningPid(this.#paths.pidFile)) === undefined) {
        this.#pid = undefined;
        void this.#relaunch('is gone');
      }
    }
  }

  #untilReady(isAlive: () => boolean): Promise<void> {
    const { socket, logFile } = this.#paths;
    return untilReady({ socket, clock: this.#options.clock, isAlive, logFile });
  }
}

/**
 * Starts the node's containerd, or takes over the one that an earlier agent left running, and starts it again whenever it
 * ends. Throws when containerd is missing, of a wrong version, or does not come up; the message says what to do.
 */
export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const paths = containerdPaths(options);
  if (Buffer.byteLength(paths.socket) > MAX_SOCKET_PATH_BYTES)
    throw new Error(`the run directory is too long for unix sockets: ${paths.socket}; choose a shorter one`);
  await checkContainerd();
  for (const dir of [paths.root, paths.state, paths.cniConfigDir, paths.registryConfigDir])
    await mkdir(dir, { recursive: true, mode: 0o711 });
  const { pauseImage, cniBinDir = '/usr/lib/cni' } = options;
  const config = containerdConfig({ paths, pauseImage, cniBinDir, capabilities: machineCapabilities() });
  await writeFile(paths.configFile, config);
  const containerd = new Containerd(paths, options);
  await containerd.start();
  return containerd;
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
