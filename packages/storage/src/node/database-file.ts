import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { corrupt } from './data-directory.ts';

const MAGIC = 0xbeefc0de;
/** Where things stand on a meta page, of which there are two at the start of the file. */
const MAGIC_OFFSET = 24;
const PAGE_BYTES_OFFSET = 48;
const LAST_PAGE_OFFSET = 144;
const TRANSACTION_OFFSET = 152;
const META_BYTES = 168;

interface Meta {
  readonly pageBytes: number;
  readonly lastPage: number;
  readonly transaction: bigint;
}

/**
 * Looks at the head of a database file before it is mapped into memory, where damage would end the process instead of giving
 * an error. Answers true when the file is shorter than it says: that may be right (pages that were never used) or damage,
 * so the caller has to read everything once. The file is then filled up, so that reading what is missing gives zeros.
 */
export function checkDatabaseFile(directory: string, file: string): boolean {
  if (!existsSync(file)) return false;
  const handle = openSync(file, 'r+');
  try {
    const { size } = fstatSync(handle);
    if (size === 0) return false;
    const first = readMeta(handle, 0);
    const second = first && readMeta(handle, first.pageBytes);
    if (!first || !second) throw corrupt(directory, { detail: 'the database file has no valid head' });
    const newest = first.transaction > second.transaction ? first : second;
    const neededBytes = (newest.lastPage + 1) * newest.pageBytes;
    if (size >= neededBytes) return false;
    ftruncateSync(handle, neededBytes);
    return true;
  } finally {
    closeSync(handle);
  }
}

function readMeta(handle: number, offset: number): Meta | undefined {
  const head = Buffer.alloc(META_BYTES);
  if (readSync(handle, head, 0, META_BYTES, offset) < META_BYTES) return undefined;
  if (head.readUInt32LE(MAGIC_OFFSET) !== MAGIC) return undefined;
  const pageBytes = head.readUInt32LE(PAGE_BYTES_OFFSET);
  if (pageBytes < 512 || pageBytes > 65_536) return undefined;
  return {
    pageBytes,
    lastPage: Number(head.readBigUInt64LE(LAST_PAGE_OFFSET)),
    transaction: head.readBigUInt64LE(TRANSACTION_OFFSET),
  };
}
