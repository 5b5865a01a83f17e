import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostClock } from '@kubets/core/node';
import { CommandError } from '../command-error.ts';
import { programPath, superviseScriptPath } from '../installation.ts';
import type { ClusterLayout } from './layout.ts';
import { commandLineOf, startTimeOf } from './process-table.ts';

/** The two programs that a cluster on one machine consists of. */
export type Part = 'server' | 'agent';
export const PARTS: readonly Part[] = ['server', 'agent'];

const MAX_LOG_BYTES = 20 << 20;
const STOP_LIMIT_MS = 30_000;
const POLL_MS = 50;

const supervisorPidPath = (layout: ClusterLayout, part: Part) => join(layout.runDir, `${part}.supervisor.pid`);
const programPidPath = (layout: ClusterLayout, part: Part) => join(layout.runDir, `${part}.pid`);
export const logPath = (layout: ClusterLayout, part: Part) => join(layout.logDir, `${part}.log`);

function runningSupervisor(layout: ClusterLayout, part: Part): number | undefined {
  try {
    const [pid, startTime] = readFileSync(supervisorPidPath(layout, part), 'utf8').trim().split(' ');
    return startTimeOf(Number(pid)) === startTime ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** Process id of the part's program, or undefined when it is not running. */
export function programPid(layout: ClusterLayout, part: Part): number | undefined {
  try {
    const pid = Number(readFileSync(programPidPath(layout, part), 'utf8'));
    // The process of a stale file may be anybody's by now.
    const words = commandLineOf(pid);
    const at = words.lastIndexOf(part);
    return at > 0 && words[at + 1] === '--name' && words[at + 2] === layout.name ? pid : undefined;
  } catch {
    return undefined;
  }
}

export const isSupervised = (layout: ClusterLayout, part: Part) => runningSupervisor(layout, part) !== undefined;

/** True when the part's program or its supervisor runs. */
export const isRunning = (layout: ClusterLayout, part: Part) =>
  isSupervised(layout, part) || programPid(layout, part) !== undefined;

function openLog(path: string): number {
  try {
    if (statSync(path).size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  } catch {
    // There is no log yet.
  }
  return openSync(path, 'a', 0o640);
}

/**
 * Starts a part under its supervisor unless it runs; it goes on when this process ends. A program that has lost its
 * supervisor is started anew under another. True when it was started.
 */
export async function startPart(layout: ClusterLayout, part: Part): Promise<boolean> {
  if (isSupervised(layout, part)) return false;
  await stopPart(layout, part);
  mkdirSync(layout.runDir, { recursive: true });
  mkdirSync(layout.logDir, { recursive: true });
  const log = openLog(logPath(layout, part));
  const program = [
    process.execPath,
    ...process.execArgv,
    ...engineFlags(part),
    programPath,
    part,
    '--name',
    layout.name,
  ];
  const child = spawn('/bin/sh', [superviseScriptPath, programPidPath(layout, part), ...program], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: { ...process.env, ...MEMORY_ENVIRONMENT },
  });
  closeSync(log);
  if (!child.pid) throw new CommandError(`the ${part} could not be started: /bin/sh cannot be run`);
  writeFileSync(supervisorPidPath(layout, part), `${child.pid} ${startTimeOf(child.pid)}\n`);
  child.unref();
  return true;
}

/**
 * Resident memory matters more here than the last tenth of throughput. Young generations are kept small, and the old one of
 * the server may only double before its garbage is collected, where it would otherwise grow to three times what is in use.
 * The server optimizes what it runs after a sixth of the usual time: its first thousand requests take a tenth less of it.
 */
function engineFlags(part: Part): string[] {
  if (part !== 'server') return ['--max-semi-space-size=2'];
  return ['--max-semi-space-size=8', '--heap-growing-percent=100', '--interrupt-budget=10000'];
}

/** The allocator of native memory gives each thread an arena of its own; what is freed in one is of no use to the others. */
const MEMORY_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };

/** Ends a part and its supervisor: politely, and after 30 s by force. */
export async function stopPart(layout: ClusterLayout, part: Part): Promise<void> {
  const supervisor = runningSupervisor(layout, part);
  const program = programPid(layout, part);
  signal(supervisor, 'SIGTERM');
  if (!supervisor) signal(program, 'SIGTERM');
  const deadlineMs = hostClock.monotonicMs() + STOP_LIMIT_MS;
  const left = () => runningSupervisor(layout, part) ?? programPid(layout, part);
  while (left() !== undefined && hostClock.monotonicMs() < deadlineMs) await hostClock.sleep(POLL_MS);
  signal(runningSupervisor(layout, part), 'SIGKILL');
  signal(programPid(layout, part), 'SIGKILL');
  rmSync(supervisorPidPath(layout, part), { force: true });
  rmSync(programPidPath(layout, part), { force: true });
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself meanwhile.
  }
}
