import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../command-error.ts';
import { waitUntil } from './api-probe.ts';
import { RUN_ROOT } from './layout.ts';
import { startTimeOf } from './process-table.ts';

/** Longer than any command takes, even when every step of it runs into its own limit. */
const WAIT_LIMIT_MS = 600_000;

interface Holder {
  readonly pid: number;
  readonly command: string;
}

/** Who holds the lock; undefined when nobody does, or somebody who has ended. */
function holderOf(path: string): Holder | undefined {
  try {
    const [pid, startTime, command = ''] = readFileSync(path, 'utf8').trim().split(' ');
    return startTime && startTimeOf(Number(pid)) === startTime ? { pid: Number(pid), command } : undefined;
  } catch {
    return undefined;
  }
}

/** Takes away the lock of a process that has ended; puts it back when another has taken it over meanwhile. */
function clear(path: string): void {
  const aside = `${path}.${process.pid}.ended`;
  try {
    renameSync(path, aside);
    if (holderOf(aside)) linkSync(aside, path);
  } catch {
    // Somebody else has cleared it.
  }
  rmSync(aside, { force: true });
}

/** Takes the lock, or answers who has it. A link is made in one step, with its content: nobody reads a lock half written. */
function take(path: string, command: string): Holder | undefined {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${process.pid} ${startTimeOf(process.pid)} ${command}\n`);
  try {
    linkSync(own, path);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = holderOf(path);
    if (!holder) clear(path);
    return holder ?? { pid: 0, command: 'a process that has ended' };
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Runs `work` while no other command changes the same thing: a cluster by its name, or the registry. Waits for a command that
 * is at it, telling which through `say`.
 */
export async function withLock<T>(
  subject: string,
  options: { command: string; say?: (text: string) => void; signal?: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  const { command, say, signal } = options;
  mkdirSync(RUN_ROOT, { recursive: true });
  const path = join(RUN_ROOT, `${subject}.lock`);
  let holder: Holder | undefined;
  await waitUntil({
    condition: async () => {
      holder = take(path, command);
      if (holder) say?.(`waiting for "kubets ${holder.command}" (pid ${holder.pid})`);
      return holder ? undefined : true;
    },
    limitMs: WAIT_LIMIT_MS,
    failure: () =>
      new CommandError(`"kubets ${holder?.command}" (pid ${holder?.pid}) does not end; end it, then try again`),
    ...(signal ? { signal } : {}),
  });
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
