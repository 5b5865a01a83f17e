import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, write } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock, Logger } from '@kubets/core';
import type { AuditBackend, AuditEvent } from '../audit/event.ts';

/** Lines that wait to be written; those beyond are dropped. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const DAY_MS = 24 * 3_600_000;
const MEGABYTE = 1024 * 1024;
const STDOUT = 1;

export interface AuditLogOptions {
  /** Where to write; `-` for standard output. */
  readonly path: string;
  /** Rotated files older than this are removed; 0 for never. */
  readonly maxAgeDays?: number;
  /** Rotated files beyond so many are removed; 0 for never. */
  readonly maxBackups?: number;
  /** A file that grows beyond this is rotated. */
  readonly maxSizeMegabytes?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Writes events to a file, a JSON object a line, and rotates the file: `audit-2026-01-31T12-00-00.000.log` beside `audit.log`. */
export class AuditLog implements AuditBackend {
  readonly #options: Required<AuditLogOptions>;
  #descriptor: number;
  #size = 0;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  /** Events given up because the disk did not keep up. */
  dropped = 0;

  /** Throws when the file cannot be opened. */
  constructor(options: AuditLogOptions) {
    this.#options = { maxAgeDays: 366, maxBackups: 100, maxSizeMegabytes: 100, ...options };
    this.#descriptor = this.#open();
  }

  record(event: AuditEvent): void {
    const line = `${JSON.stringify(event)}\n`;
    if (this.#waitingBytes + line.length > MAX_WAITING_BYTES) {
      this.dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when everything recorded so far is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    if (this.#descriptor !== STDOUT) closeSync(this.#descriptor);
  }

  async #writeAll(): Promise<void> {
    // What the rest of this turn records goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        await this.#writeLines(lines);
      } catch (error) {
        this.dropped += lines.length;
        this.#options.logger.log('error', 'the audit log cannot be written', { error });
      }
    }
  }

  /** Writes lines in pieces, none of which makes the file longer than it may be. */
  async #writeLines(lines: readonly string[]): Promise<void> {
    const limit = this.#options.maxSizeMegabytes * MEGABYTE;
    let piece: Buffer[] = [];
    let bytes = 0;
    for (const line of lines) {
      const buffer = Buffer.from(line);
      if (this.#size + bytes > 0 && this.#size + bytes + buffer.length > limit) {
        await this.#write(Buffer.concat(piece));
        this.#rotate();
        piece = [];
        bytes = 0;
      }
      piece.push(buffer);
      bytes += buffer.length;
    }
    await this.#write(Buffer.concat(piece));
  }

  async #write(buffer: Buffer): Promise<void> {
    for (let at = 0; at < buffer.length; ) {
      at += await new Promise<number>((resolve, reject) => {
        write(this.#descriptor, buffer, at, (error, written) => (error ? reject(error) : resolve(written)));
      });
    }
    this.#size += buffer.length;
  }

  #open(): number {
    const { path } = this.#options;
    if (path === '-') return STDOUT;
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, 'a', 0o600);
    this.#size = fstatSync(descriptor).size;
    return descriptor;
  }

  #rotate(): void {
    const { path, clock } = this.#options;
    if (path === '-') {
      this.#size = 0;
      return;
    }
    closeSync(this.#descriptor);
    const stamp = new Date(clock.now()).toISOString().replaceAll(':', '-').replace('Z', '');
    const extension = extname(path);
    renameSync(path, join(dirname(path), `${basename(path, extension)}-${stamp}${extension}`));
    this.#descriptor = this.#open();
    this.#removeOld();
  }

  #removeOld(): void {
    const { path, maxAgeDays, maxBackups, clock } = this.#options;
    const rotated = rotatedFiles(path);
    const oldest = clock.now() - maxAgeDays * DAY_MS;
    const tooOld = maxAgeDays > 0 ? rotated.filter(({ atMs }) => atMs < oldest) : [];
    const tooMany = maxBackups > 0 ? rotated.slice(maxBackups) : [];
    for (const { name } of new Set([...tooOld, ...tooMany])) rmSync(join(dirname(path), name), { force: true });
  }
}

/** The files that rotation has left, the newest first. */
function rotatedFiles(path: string): { name: string; atMs: number }[] {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && name.endsWith(extension))
    .map((name) => ({ name, atMs: timeIn(name.slice(prefix.length, name.length - extension.length)) }))
    .filter(({ atMs }) => !Number.isNaN(atMs))
    .sort((a, b) => b.atMs - a.atMs);
}

function timeIn(stamp: string): number {
  return Date.parse(`${stamp.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:')}Z`);
}
