/**
 * What lies in the database. `log`: revision to record, the one place where values are; `index`: key to its newest revision.
 * A record names the revision before it, so the state at any revision can be walked back to.
 */
export interface LogRecord {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly createRevision: number;
  /** The key's revision before this one; 0 when it did not exist. */
  readonly previousRevision: number;
  /** Empty for a delete: the last value is the previous record's. */
  readonly value: Uint8Array;
}

export interface IndexEntry {
  readonly modRevision: number;
  readonly createRevision: number;
  readonly deleted: boolean;
}

const PUT = 1;
const DELETE = 2;
const LOG_HEADER_BYTES = 19;
const INDEX_BYTES = 17;

export function encodeRecord(record: LogRecord): Buffer {
  const keyLength = Buffer.byteLength(record.key);
  const buffer = Buffer.allocUnsafe(LOG_HEADER_BYTES + keyLength + record.value.length);
  buffer[0] = record.type === 'put' ? PUT : DELETE;
  buffer.writeDoubleBE(record.createRevision, 1);
  buffer.writeDoubleBE(record.previousRevision, 9);
  buffer.writeUInt16BE(keyLength, 17);
  buffer.write(record.key, LOG_HEADER_BYTES, 'utf8');
  buffer.set(record.value, LOG_HEADER_BYTES + keyLength);
  return buffer;
}

/** Reads a record; its value is a copy that outlives the database's page or reading buffer. */
export function decodeRecord(buffer: Buffer): LogRecord {
  const keyEnd = LOG_HEADER_BYTES + buffer.readUInt16BE(17);
  return {
    type: buffer[0] === PUT ? 'put' : 'delete',
    createRevision: buffer.readDoubleBE(1),
    previousRevision: buffer.readDoubleBE(9),
    key: buffer.toString('utf8', LOG_HEADER_BYTES, keyEnd),
    value: new Uint8Array(buffer.subarray(keyEnd, buffer.length)),
  };
}

/** The value in a record, not copied; undefined for a deletion. No Buffer: what that calls a slice is no copy. */
export function borrowValueOf(buffer: Buffer): Uint8Array | undefined {
  if (buffer[0] !== PUT) return undefined;
  const start = LOG_HEADER_BYTES + ((buffer[17]! << 8) | buffer[18]!);
  return new Uint8Array(buffer.buffer, buffer.byteOffset + start, buffer.length - start);
}

export function encodeIndex(entry: IndexEntry): Buffer {
  const buffer = Buffer.allocUnsafe(INDEX_BYTES);
  buffer.writeDoubleBE(entry.modRevision, 0);
  buffer.writeDoubleBE(entry.createRevision, 8);
  buffer[16] = entry.deleted ? 1 : 0;
  return buffer;
}

export function decodeIndex(buffer: Buffer): IndexEntry {
  return {
    modRevision: buffer.readDoubleBE(0),
    createRevision: buffer.readDoubleBE(8),
    deleted: buffer[16] === 1,
  };
}
