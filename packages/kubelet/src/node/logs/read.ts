import { watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Clock } from '@kubets/core';
import type { LogOptions } from '../../runtime.ts';
import { type LogLine, parseLogLine } from './line.ts';

const CHUNK_BYTES = 64 * 1024;
/** How often a follower looks by itself whether the file grew or the container ended. */
const FOLLOW_CHECK_MS = 1_000;
const NEWLINE = 0x0a;

export interface ReadLogOptions {
  /** A log file in the CRI format. */
  readonly path: string;
  readonly options: LogOptions;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Followers stop at the end of the file once this is false. */
  isRunning(): Promise<boolean>;
}

/** Offset at which the last `lines` lines of the file start. */
async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  let found = 0;
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let index = bytesRead - 1; index >= 0; index--) {
      if (buffer[index] !== NEWLINE || start + index === size - 1) continue;
      if (++found === lines) return start + index + 1;
    }
    end = start;
  }
  return 0;
}

/** Resolves when the file changes, after a while, or when the signal aborts. */
async function changeOf(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const stop = () => done.abort();
  signal.addEventListener('abort', stop, { once: true });
  let watcher: ReturnType<typeof watch> | undefined;
  try {
    watcher = watch(path, stop);
    watcher.on('error', stop);
  } catch {
    // Between two files of a rotation there is nothing to watch; the delay serves.
  }
  await clock.sleep(FOLLOW_CHECK_MS, done.signal).catch(() => undefined);
  watcher?.close();
  signal.removeEventListener('abort', stop);
}

async function isReplaced(file: FileHandle, path: string): Promise<boolean> {
  const [opened, current] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return current !== undefined && current.ino !== opened.ino;
}

/** The complete lines of the file from an offset; when following, those of its successors and those still to come too. */
async function* rawLines(request: ReadLogOptions): AsyncIterable<Buffer> {
  const { path, options, signal, clock } = request;
  let file = await open(path, 'r');
  try {
    let position = options.tailLines === undefined ? 0 : await tailOffset(file, options.tailLines);
    let pending: Buffer = Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let wasRunning = true;
    // Lines that are written meanwhile do not make the tail longer than was asked for.
    let remaining = options.follow ? Number.POSITIVE_INFINITY : (options.tailLines ?? Number.POSITIVE_INFINITY);
    while (!signal.aborted && remaining > 0) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, position);
      if (bytesRead > 0) {
        position += bytesRead;
        const text = Buffer.concat([pending, buffer.subarray(0, bytesRead)]);
        let start = 0;
        for (let end = text.indexOf(NEWLINE); end >= 0 && remaining-- > 0; end = text.indexOf(NEWLINE, start)) {
          yield text.subarray(start, end);
          start = end + 1;
        }
        pending = text.subarray(start);
      } else if (!options.follow) break;
      else if (await isReplaced(file, path)) {
        await file.close();
        file = await open(path, 'r');
        position = 0;
      } else if (!wasRunning) break;
      else {
        await changeOf(path, clock, signal);
        wasRunning = await request.isRunning().catch(() => false);
      }
    }
  } finally {
    await file.close();
  }
}

function render(line: LogLine, timestamps: boolean): Buffer {
  const prefix = timestamps ? Buffer.from(`${line.timestamp} `) : Buffer.alloc(0);
  return Buffer.concat([prefix, line.content, line.isPartial ? Buffer.alloc(0) : Buffer.from('\n')]);
}

/** What a container wrote, as `kubectl logs` shows it. Throws when the file does not exist. */
export async function* readLog(request: ReadLogOptions): AsyncIterable<Uint8Array> {
  const { options } = request;
  let remaining = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let continues = false;
  for await (const raw of rawLines(request)) {
    const line = parseLogLine(raw);
    if (!line) continue;
    if (options.sinceMs !== undefined && Date.parse(line.timestamp) < options.sinceMs) continue;
    if (options.stream && options.stream !== 'All' && options.stream.toLowerCase() !== line.stream) continue;
    const rendered = render(line, (options.timestamps ?? false) && !continues);
    continues = line.isPartial;
    yield rendered.subarray(0, remaining);
    remaining -= rendered.length;
    if (remaining <= 0) return;
  }
}
