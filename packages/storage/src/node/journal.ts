import { closeSync, constants, openSync, readFileSync, write } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './data-directory.ts';

/** What is written in one piece: revisions that follow one another, each with its bytes. */
export interface JournalEntry {
  readonly revision: number;
  /** The lease that the write is attached to; 0 for none. */
  readonly leaseId: number;
  readonly bytes: Uint8Array;
}

/** Room of one file, made when it is new: writing where there are bytes already costs the disk one write, not two. */
const SEGMENT_BYTES = 4 * 2 ** 20;
const BLOCK_BYTES = 64 * 1024;
const SEGMENT_FILES = ['journal-0', 'journal-1'];
const MAGIC = 0x6b6a6e31;
/** Magic, length, first revision, number of entries, four bytes unused, checksum. */
const HEADER_BYTES = 32;
const CHECKSUM_AT = 24;
/** Pieces begin and end at whole pairs of words, which the checksum is made of. */
const ALIGNMENT = 8;
const FNV_PRIME = 0x01000193;
/** Length and lease before each entry. */
const ENTRY_HEADER_BYTES = 12;
/** A buffer that one large piece made longer than this is not kept. */
const KEPT_BUFFER_BYTES = 2 ** 20;

interface Segment {
  readonly handle: number;
  /** Where the next piece goes. */
  offset: number;
  /** The last revision in it. */
  last: number;
}

/**
 * The journal of a store: writes that are on disk and not in the database yet. Two files take turns: while one is written to,
 * what is in the other goes over into the database. A piece that was not written to its end (the machine lost power, say) is
 * known by its checksum, and what a file still holds of earlier turns by its revisions, which do not follow.
 */
export class Journal {
  readonly #segments: readonly Segment[];
  #current = 0;
  #buffer = Buffer.alloc(64 * 1024);

  private constructor(directory: string) {
    this.#segments = SEGMENT_FILES.map((name) => ({ handle: openSegment(join(directory, name)), offset: 0, last: 0 }));
  }

  /** Opens the journal of a store whose database holds everything the journal does: what `read` gave has been kept. */
  static open(directory: string): Journal {
    return new Journal(directory);
  }

  /** What a journal holds after `revision`, in order. Throws a plain error when something between is missing. */
  static read(directory: string, revision: number): JournalEntry[] {
    const runs = SEGMENT_FILES.map((name) => readSegment(join(directory, name))).filter((run) => run.length > 0);
    runs.sort((a, b) => a[0]!.revision - b[0]!.revision);
    const entries: JournalEntry[] = [];
    let newest = revision;
    for (const entry of runs.flat()) {
      if (entry.revision <= newest) continue;
      if (entry.revision !== newest + 1) throw new Error(`revision ${newest + 1} is missing in the journal`);
      entries.push(entry);
      newest = entry.revision;
    }
    return entries;
  }

  /** False while neither file has room: what is up to `kept` is in the database. */
  hasRoom(entries: readonly JournalEntry[], kept: number): boolean {
    const { offset } = this.#segments[this.#current]!;
    if (offset === 0 || offset + sizeOf(entries) <= SEGMENT_BYTES) return true;
    return this.#segments[1 - this.#current]!.last <= kept;
  }

  /** Resolves once `entries` are on disk. One call at a time, and only with room for it. After a failure nothing is kept. */
  async append(entries: readonly JournalEntry[]): Promise<void> {
    const length = sizeOf(entries);
    if (this.#segments[this.#current]!.offset + length > SEGMENT_BYTES && this.#segments[this.#current]!.offset > 0) {
      this.#current = 1 - this.#current;
      this.#segments[this.#current]!.offset = 0;
    }
    const segment = this.#segments[this.#current]!;
    const buffer = length > this.#buffer.length ? this.#grow(length) : this.#buffer;
    encode(entries, buffer.subarray(0, length));
    await writeAll(segment.handle, buffer.subarray(0, length), segment.offset);
    segment.offset += length;
    segment.last = entries.at(-1)!.revision;
  }

  close(): void {
    for (const { handle } of this.#segments) closeSync(handle);
  }

  #grow(length: number): Buffer {
    const buffer = Buffer.alloc(length);
    if (length <= KEPT_BUFFER_BYTES) this.#buffer = buffer;
    return buffer;
  }
}

function openSegment(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_DSYNC);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  writeDurably(path, zeros());
  return openSync(path, constants.O_WRONLY | constants.O_DSYNC);
}

/** A segment of zeros, without ever holding all of them. */
function* zeros(): Iterable<Uint8Array> {
  const block = new Uint8Array(BLOCK_BYTES);
  for (let length = 0; length < SEGMENT_BYTES; length += BLOCK_BYTES) yield block;
}

function writeAll(handle: number, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    write(handle, bytes, 0, bytes.length, position, (error, written) => {
      if (error) reject(error);
      else if (written < bytes.length) resolve(writeAll(handle, bytes.subarray(written), position + written));
      else resolve();
    });
  });
}

function sizeOf(entries: readonly JournalEntry[]): number {
  let length = HEADER_BYTES;
  for (const { bytes } of entries) length += ENTRY_HEADER_BYTES + bytes.length;
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function encode(entries: readonly JournalEntry[], into: Buffer): void {
  into.writeUInt32BE(MAGIC, 0);
  into.writeUInt32BE(into.length, 4);
  into.writeDoubleBE(entries[0]!.revision, 8);
  into.writeUInt32BE(entries.length, 16);
  into.writeUInt32BE(0, 20);
  let at = HEADER_BYTES;
  for (const { bytes, leaseId } of entries) {
    into.writeUInt32BE(bytes.length, at);
    into.writeDoubleBE(leaseId, at + 4);
    into.set(bytes, at + ENTRY_HEADER_BYTES);
    at += ENTRY_HEADER_BYTES + bytes.length;
  }
  into.fill(0, at);
  const [even, odd] = checksum(into);
  into.writeUInt32BE(even, CHECKSUM_AT);
  into.writeUInt32BE(odd, CHECKSUM_AT + 4);
}

/**
 * FNV-1a, a word of 32 bits at a time in two lanes: tells a piece of which some blocks never reached the disk, for a hundredth of
 * what a cryptographic hash costs. The piece's own checksum is left out.
 */
function checksum(piece: Buffer): [number, number] {
  const words = new Int32Array(piece.buffer, piece.byteOffset, piece.length / 4);
  let even = 0x811c9dc5;
  let odd = 0xcbf29ce4;
  for (let at = 0; at < words.length; at += 2) {
    if (at === CHECKSUM_AT / 4) continue;
    even = Math.imul(even ^ words[at]!, FNV_PRIME);
    odd = Math.imul(odd ^ words[at + 1]!, FNV_PRIME);
    even ^= odd >>> 15;
  }
  return [even >>> 0, odd >>> 0];
}

/** The entries at the start of a file whose revisions follow one another; what comes after is of an earlier turn, or torn. */
function readSegment(path: string): JournalEntry[] {
  const bytes = readIfThere(path);
  const entries: JournalEntry[] = [];
  for (let at = 0; ; ) {
    const piece = pieceAt(bytes, at);
    const last = entries.at(-1)?.revision;
    if (!piece || (last !== undefined && piece.readDoubleBE(8) !== last + 1)) return entries;
    entries.push(...entriesOf(piece));
    at += piece.length;
  }
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function pieceAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + HEADER_BYTES > bytes.length || bytes.readUInt32BE(at) !== MAGIC) return undefined;
  const end = at + bytes.readUInt32BE(at + 4);
  if (end > bytes.length || end < at + HEADER_BYTES || end % ALIGNMENT !== 0) return undefined;
  const piece = bytes.subarray(at, end);
  const [even, odd] = checksum(piece);
  return even === piece.readUInt32BE(CHECKSUM_AT) && odd === piece.readUInt32BE(CHECKSUM_AT + 4) ? piece : undefined;
}

function* entriesOf(piece: Buffer): Iterable<JournalEntry> {
  const first = piece.readDoubleBE(8);
  const count = piece.readUInt32BE(16);
  let at = HEADER_BYTES;
  for (let index = 0; index < count; index++) {
    const start = at + ENTRY_HEADER_BYTES;
    const end = start + piece.readUInt32BE(at);
    yield { revision: first + index, leaseId: piece.readDoubleBE(at + 4), bytes: piece.subarray(start, end) };
    at = end;
  }
}
