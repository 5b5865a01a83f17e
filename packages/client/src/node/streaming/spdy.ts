import type { Duplex } from 'node:stream';
import type { Disposable } from '@kubets/core';
import { HeaderReader, HeaderWriter } from './spdy-headers.ts';

const VERSION = 0x8003;
const TYPE = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;
const FLAG_FIN = 0x01;
const RST_CANCEL = 5;
const MAX_FRAME_BYTES = 1 << 24;
const MAX_DATA_BYTES = 1 << 20;

/** What a stream tells its user. */
export interface SpdyStreamHandlers {
  onData?(chunk: Buffer): void;
  /** The peer has nothing more to send. */
  onEnd?(): void;
  /** Nothing more comes in either direction: the stream was reset or the connection is gone. */
  onClose?(): void;
}

export interface SpdyStream {
  readonly id: number;
  readonly headers: Readonly<Record<string, string>>;
  listen(handlers: SpdyStreamHandlers): void;
  /** False when the connection's buffer is full; wait for `drained` then. */
  write(chunk: Uint8Array): boolean;
  /** Nothing more will be written. */
  end(): void;
  reset(): void;
}

export interface SpdySessionOptions {
  readonly socket: Duplex;
  readonly head?: Buffer;
  readonly role: 'client' | 'server';
  /** Called for each stream that the peer opens, before its data; it has been accepted already. */
  onStream?(stream: SpdyStream): void;
  onClose?(): void;
}

/**
 * A SPDY/3.1 connection as Kubernetes' stream protocols use it: streams with headers and data in both directions, without
 * flow control or priorities.
 */
export class SpdySession implements Disposable {
  readonly #options: SpdySessionOptions;
  readonly #streams = new Map<number, OpenStream>();
  readonly #headerWriter = new HeaderWriter();
  readonly #headerReader = new HeaderReader();
  #pending: Buffer = Buffer.alloc(0);
  #nextId: number;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: SpdySessionOptions) {
    this.#options = options;
    this.#nextId = options.role === 'client' ? 1 : 2;
    const { socket } = options;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => this.dispose());
    socket.on('end', () => this.dispose());
    if (options.head && options.head.length > 0) this.#receive(options.head);
  }

  /** Opens a stream; it may be written to at once. */
  open(headers: Readonly<Record<string, string>>): SpdyStream {
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = new OpenStream(this, id, headers);
    this.#streams.set(id, stream);
    const start = Buffer.alloc(10);
    start.writeUInt32BE(id, 0);
    this.#control(TYPE.synStream, 0, Buffer.concat([start, this.#headerWriter.encode(headers)]));
    return stream;
  }

  /** Resolves when the connection takes more data. */
  drained(): Promise<void> {
    const { socket } = this.#options;
    if (!socket.writableNeedDrain || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  dispose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.socket.destroy();
    // What was received is still handed out before the streams close.
    void this.#work.then(() => {
      for (const stream of [...this.#streams.values()]) stream.closed();
      this.#streams.clear();
      this.#headerReader.dispose();
      this.#options.onClose?.();
    });
  }

  /** For streams: sends data. */
  sendData(id: number, chunk: Uint8Array, isLast: boolean): boolean {
    if (this.#isClosed) return true;
    let isRoomy = true;
    let start = 0;
    do {
      const part = chunk.subarray(start, start + MAX_DATA_BYTES);
      start += part.length;
      const header = Buffer.alloc(8);
      header.writeUInt32BE(id, 0);
      header.writeUInt32BE(part.length, 4);
      header[4] = isLast && start >= chunk.length ? FLAG_FIN : 0;
      this.#options.socket.write(header);
      isRoomy = part.length === 0 ? isRoomy : this.#options.socket.write(part);
    } while (start < chunk.length);
    return isRoomy;
  }

  /** For streams: tells the peer to forget one. */
  sendReset(id: number): void {
    const body = Buffer.alloc(8);
    body.writeUInt32BE(id, 0);
    body.writeUInt32BE(RST_CANCEL, 4);
    this.#control(TYPE.rstStream, 0, body);
    this.forget(id);
  }

  forget(id: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.closed();
  }

  #control(type: number, flags: number, body: Buffer): void {
    if (this.#isClosed) return;
    const header = Buffer.alloc(8);
    header.writeUInt16BE(VERSION, 0);
    header.writeUInt16BE(type, 2);
    header.writeUInt32BE(body.length, 4);
    header[4] = flags;
    this.#options.socket.write(Buffer.concat([header, body]));
  }

  /** Frames are handled in their order; headers take a turn of the event loop. */
  #receive(chunk: Buffer): void {
    this.#work = this.#work.then(async () => {
      this.#pending = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
      while (this.#pending.length >= 8) {
        const length = this.#pending.readUInt32BE(4) & 0xffffff;
        if (length > MAX_FRAME_BYTES) throw new Error('SPDY frame is too long');
        if (this.#pending.length < 8 + length) break;
        const frame = this.#pending.subarray(0, 8 + length);
        this.#pending = this.#pending.subarray(8 + length);
        await this.#handle(frame);
      }
    });
    this.#work = this.#work.catch(() => this.dispose());
  }

  async #handle(frame: Buffer): Promise<void> {
    const flags = frame[4]!;
    const body = frame.subarray(8);
    const isControl = (frame[0]! & 0x80) !== 0;
    if (!isControl) {
      this.#onData(frame.readUInt32BE(0), body, flags);
      return;
    }
    switch (frame.readUInt16BE(2)) {
      case TYPE.synStream:
        await this.#onSynStream(body, flags);
        return;
      case TYPE.synReply:
      case TYPE.headers:
        await this.#headerReader.decode(body.subarray(4));
        if (flags & FLAG_FIN) this.#streams.get(body.readUInt32BE(0))?.ended();
        return;
      case TYPE.rstStream:
        this.forget(body.readUInt32BE(0));
        return;
      case TYPE.ping:
        this.#onPing(body);
        return;
      case TYPE.goAway:
        return;
      default:
        return;
    }
  }

  #onData(id: number, body: Buffer, flags: number): void {
    const stream = this.#streams.get(id);
    if (body.length > 0) stream?.received(body);
    if (flags & FLAG_FIN) stream?.ended();
  }

  async #onSynStream(body: Buffer, flags: number): Promise<void> {
    const id = body.readUInt32BE(0) & 0x7fffffff;
    const headers = await this.#headerReader.decode(body.subarray(10));
    const stream = new OpenStream(this, id, headers);
    this.#streams.set(id, stream);
    const start = Buffer.alloc(4);
    start.writeUInt32BE(id, 0);
    this.#control(TYPE.synReply, 0, Buffer.concat([start, this.#headerWriter.encode({})]));
    this.#options.onStream?.(stream);
    if (flags & FLAG_FIN) stream.ended();
  }

  /** Answers the peer's pings; those of our own parity are answers. */
  #onPing(body: Buffer): void {
    const isOurs = body.readUInt32BE(0) % 2 === (this.#options.role === 'client' ? 1 : 0);
    if (!isOurs) this.#control(TYPE.ping, 0, body.subarray(0, 4));
  }
}

class OpenStream implements SpdyStream {
  readonly #session: SpdySession;
  readonly id: number;
  readonly headers: Readonly<Record<string, string>>;
  #handlers: SpdyStreamHandlers | undefined;
  /** What came before anybody listened. */
  #early: Buffer[] = [];
  #hasEnded = false;
  #isWriteEnded = false;
  #isClosed = false;

  constructor(session: SpdySession, id: number, headers: Readonly<Record<string, string>>) {
    this.#session = session;
    this.id = id;
    this.headers = headers;
  }

  listen(handlers: SpdyStreamHandlers): void {
    this.#handlers = handlers;
    for (const chunk of this.#early.splice(0)) handlers.onData?.(chunk);
    if (this.#hasEnded) handlers.onEnd?.();
    if (this.#isClosed) handlers.onClose?.();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isWriteEnded || this.#isClosed || chunk.length === 0) return true;
    return this.#session.sendData(this.id, chunk, false);
  }

  end(): void {
    if (this.#isWriteEnded || this.#isClosed) return;
    this.#isWriteEnded = true;
    this.#session.sendData(this.id, Buffer.alloc(0), true);
    if (this.#hasEnded) this.#session.forget(this.id);
  }

  reset(): void {
    if (!this.#isClosed) this.#session.sendReset(this.id);
  }

  received(chunk: Buffer): void {
    if (this.#handlers) this.#handlers.onData?.(chunk);
    else this.#early.push(chunk);
  }

  ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#handlers?.onEnd?.();
    if (this.#isWriteEnded) this.#session.forget(this.id);
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handlers?.onClose?.();
  }
}
