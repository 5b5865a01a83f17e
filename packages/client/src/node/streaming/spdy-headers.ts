import { createInflate, type Inflate } from 'node:zlib';

/** The words that SPDY/3 headers are made of, in the order of the specification: length-prefixed names, then values. */
const NAMES = [
  'options',
  'head',
  'post',
  'put',
  'delete',
  'trace',
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'accept-ranges',
  'age',
  'allow',
  'authorization',
  'cache-control',
  'connection',
  'content-base',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expect',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'pragma',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'vary',
  'via',
  'warning',
  'www-authenticate',
  'method',
  'get',
  'status',
  '200 OK',
  'version',
  'HTTP/1.1',
  'url',
  'public',
  'set-cookie',
  'keep-alive',
  'origin',
]; // prettier-ignore
const TAIL =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505' +
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized' +
  '403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable' +
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT' +
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,' +
  'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The dictionary that header blocks are compressed with. */
export const SPDY_DICTIONARY = Buffer.concat([...NAMES.map(sized), Buffer.from(TAIL)]);

/** Checksum by which zlib names a dictionary. */
function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return ((high << 16) | low) >>> 0;
}

const MAX_STORED_BYTES = 0xffff;

function storedBlock(content: Uint8Array): Buffer {
  const block = Buffer.alloc(5 + content.length);
  block.writeUInt16LE(content.length, 1);
  block.writeUInt16LE(~content.length & 0xffff, 3);
  block.set(content, 5);
  return block;
}

/**
 * Writes header blocks as one zlib stream whose blocks are stored as they are: headers here are few and short, and this
 * needs no state beyond "the first". An empty block after each makes the reader give out what it has.
 */
export class HeaderWriter {
  #isFirst = true;

  encode(headers: Readonly<Record<string, string>>): Buffer {
    const entries = Object.entries(headers);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(entries.length);
    const plain = Buffer.concat([
      count,
      ...entries.flatMap(([name, value]) => [sized(name.toLowerCase()), sized(value)]),
    ]);
    const parts: Buffer[] = [];
    if (this.#isFirst) parts.push(streamHeader());
    this.#isFirst = false;
    for (let start = 0; start < plain.length; start += MAX_STORED_BYTES)
      parts.push(storedBlock(plain.subarray(start, start + MAX_STORED_BYTES)));
    return Buffer.concat([...parts, storedBlock(Buffer.alloc(0))]);
  }
}

/** zlib's header, with the mark that a dictionary is used, and which. */
function streamHeader(): Buffer {
  const header = Buffer.alloc(6);
  header[0] = 0x78;
  header[1] = 0xbb;
  header.writeUInt32BE(adler32(SPDY_DICTIONARY), 2);
  return header;
}

/** Reads the header blocks of one direction of a connection, in their order. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary: SPDY_DICTIONARY });
  #chunks: Buffer[] = [];
  #failure: Error | undefined;

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.#inflate.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** One block at a time: the next call must wait for the last. */
  decode(block: Uint8Array): Promise<Record<string, string>> {
    return new Promise((resolve, reject) => {
      this.#inflate.write(block, (error) => {
        const failure = error ?? this.#failure;
        const plain = Buffer.concat(this.#chunks);
        this.#chunks = [];
        if (failure) reject(failure);
        else resolve(parseHeaders(plain));
      });
    });
  }

  dispose(): void {
    this.#inflate.destroy();
  }
}

function parseHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  let position = 4;
  const text = () => {
    const length = bytes.readUInt32BE(position);
    const start = position + 4;
    position = start + length;
    if (position > bytes.length) throw new Error('SPDY header block ends too early');
    return bytes.toString('utf8', start, position);
  };
  for (let count = bytes.readUInt32BE(0); count > 0; count--) {
    const name = text();
    headers[name] = text();
  }
  return headers;
}
