import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock, Logger } from '@kubets/core';
import type { Runtime } from '../../runtime.ts';

export interface LogRotationOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxBytes?: number;
  /** The log being written and those before it. */
  readonly maxFiles?: number;
}

const MAX_BYTES = 10 * 2 ** 20;
const MAX_FILES = 5;
const CHECK_MS = 10_000;

/** Older logs of a container, the oldest first. */
async function rotatedLogs(path: string): Promise<string[]> {
  const dir = dirname(path);
  const prefix = `${basename(path)}.`;
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.startsWith(prefix)).sort();
  return names.map((name) => join(dir, name));
}

function stamp(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:T]/g, '').slice(0, 14);
}

/** Sets a log aside and starts a new one. When the runtime does not start one, the old one comes back. */
export async function rotateLog(containerId: string, path: string, options: LogRotationOptions): Promise<void> {
  const { runtime, clock, maxFiles = MAX_FILES } = options;
  const old = await rotatedLogs(path);
  for (const each of old.slice(0, Math.max(0, old.length - (maxFiles - 2)))) await rm(each, { force: true });
  const aside = `${path}.${stamp(clock.now())}`;
  await rename(path, aside);
  try {
    await runtime.reopenContainerLog(containerId);
  } catch (error) {
    await rename(aside, path);
    throw error;
  }
}

/** Keeps the logs of running containers below a size, until the signal aborts. */
export async function rotateLogs(options: LogRotationOptions, signal: AbortSignal): Promise<void> {
  const { runtime, clock, logger, maxBytes = MAX_BYTES } = options;
  const paths = new Map<string, string>();
  while (!signal.aborted) {
    await clock.sleep(CHECK_MS, signal).catch(() => undefined);
    const running = (await runtime.listContainers().catch(() => [])).filter(({ state }) => state === 'running');
    for (const { id } of running) {
      if (signal.aborted) return;
      try {
        const path = paths.get(id) ?? (await runtime.container(id)).logPath;
        paths.set(id, path);
        const size = (await stat(path).catch(() => undefined))?.size ?? 0;
        if (size > maxBytes) await rotateLog(id, path, options);
      } catch (error) {
        logger.log('warn', 'a container log could not be rotated', { container: id, error: String(error) });
      }
    }
    for (const id of [...paths.keys()]) if (!running.some((each) => each.id === id)) paths.delete(id);
  }
}
