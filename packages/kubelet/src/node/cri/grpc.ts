import http2 from 'node:http2';
import net from 'node:net';
import type { AnyMessage, AsyncDisposable, Infer } from '@kubets/core';
import { decode, encode } from './codec.ts';

/** gRPC status codes that callers tell apart. */
export const GRPC = {
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  unimplemented: 12,
  unavailable: 14,
} as const;

/** A call that failed: with the server's code and message, or `unavailable` when the server was not reached. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** One method: its path and the messages it takes and gives. */
export interface GrpcMethod<Q extends AnyMessage, A extends AnyMessage> {
  readonly path: string;
  readonly request: Q;
  readonly response: A;
}

export interface GrpcCallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Largest message that is accepted; containerd's own limit. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

function frame(message: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** Takes complete messages out of a growing buffer of length-prefixed frames. */
class Unframer {
  #pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    this.#pending = this.#pending.length ? Buffer.concat([this.#pending, chunk]) : chunk;
    const messages: Buffer[] = [];
    while (this.#pending.length >= 5) {
      const length = this.#pending.readUInt32BE(1);
      if (this.#pending[0] !== 0) throw new GrpcError(GRPC.unknown, 'compressed gRPC messages are not supported');
      if (length > MAX_MESSAGE_BYTES) throw new GrpcError(GRPC.unknown, `gRPC message of ${length} bytes is too large`);
      if (this.#pending.length < 5 + length) break;
      messages.push(this.#pending.subarray(5, 5 + length));
      this.#pending = this.#pending.subarray(5 + length);
    }
    return messages;
  }
}

/** Where to connect: a unix socket's path, or a host and port for TCP. */
export type GrpcTarget = { readonly socketPath: string } | { readonly host: string; readonly port: number };

function connect(target: GrpcTarget): http2.ClientHttp2Session {
  const authority =
    'host' in target
      ? `http://${net.isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`
      : 'http://localhost';
  const session = http2.connect(authority, {
    createConnection: () => ('host' in target ? net.connect(target.port, target.host) : net.connect(target.socketPath)),
  });
  // Failures surface at each call; without a listener they would end the process.
  session.on('error', () => {});
  return session;
}

function timeoutHeader(timeoutMs: number | undefined): Record<string, string> {
  return timeoutMs === undefined ? {} : { 'grpc-timeout': `${Math.max(1, Math.ceil(timeoutMs))}m` };
}

function statusOf(headers: http2.IncomingHttpHeaders): GrpcError | undefined {
  if (headers['grpc-status'] === undefined) return undefined;
  const code = Number(headers['grpc-status']);
  return new GrpcError(code, decodeURIComponent(String(headers['grpc-message'] ?? '')));
}

interface CallHandlers {
  onMessage(message: Buffer): void;
  /** Called exactly once. */
  onEnd(error: GrpcError | undefined): void;
}

/** One call under way: a stream of HTTP/2, and what is known so far of how it will end. */
class Call {
  readonly #stream: http2.ClientHttp2Stream;
  readonly #signal: AbortSignal | undefined;
  readonly #handlers: CallHandlers;
  readonly #unframer = new Unframer();
  readonly #onAbort = () => this.cancel();
  /** What the server said. */
  #status: GrpcError | undefined;
  /** What went wrong on this side or on the way; it counts more than what the server said. */
  #failure: GrpcError | undefined;
  #ended = false;

  constructor(stream: http2.ClientHttp2Stream, signal: AbortSignal | undefined, handlers: CallHandlers) {
    this.#stream = stream;
    this.#signal = signal;
    this.#handlers = handlers;
  }

  send(message: Buffer): void {
    const stream = this.#stream;
    stream.on('response', (headers) => this.#responded(headers));
    stream.on('trailers', (headers) => {
      this.#status = statusOf(headers) ?? this.#status;
    });
    stream.on('data', (chunk: Buffer) => this.#received(chunk));
    stream.on('error', (error) => {
      this.#failure ??= this.#status ? undefined : new GrpcError(GRPC.unavailable, error.message);
    });
    stream.on('close', () => this.#end());
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
    stream.end(frame(message));
    if (this.#signal?.aborted) this.cancel();
  }

  cancel(): void {
    this.#fail(new GrpcError(GRPC.cancelled, 'the call was cancelled'));
  }

  #responded(headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader): void {
    this.#status = statusOf(headers) ?? this.#status;
    if (headers[':status'] === 200) return;
    this.#failure ??= new GrpcError(GRPC.unavailable, `HTTP status ${headers[':status']}`);
  }

  #received(chunk: Buffer): void {
    try {
      for (const message of this.#unframer.push(chunk)) this.#handlers.onMessage(message);
    } catch (error) {
      this.#fail(error instanceof GrpcError ? error : new GrpcError(GRPC.unknown, String(error)));
    }
  }

  #fail(failure: GrpcError): void {
    this.#failure ??= failure;
    this.#stream.close(http2.constants.NGHTTP2_CANCEL);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const lost = new GrpcError(GRPC.unavailable, 'connection to the gRPC server was lost');
    const outcome = this.#failure ?? this.#status ?? lost;
    this.#handlers.onEnd(outcome.code === 0 ? undefined : outcome);
  }
}

/** A gRPC client on one connection, which is made again at the next call after it broke. */
export class GrpcClient implements AsyncDisposable {
  readonly #target: GrpcTarget;
  #session: http2.ClientHttp2Session | undefined;

  constructor(target: GrpcTarget) {
    this.#target = target;
  }

  unary<Q extends AnyMessage, A extends AnyMessage>(
    method: GrpcMethod<Q, A>,
    request: Infer<Q>,
    options: GrpcCallOptions = {},
  ): Promise<Infer<A>> {
    return new Promise((resolve, reject) => {
      let answer: Buffer | undefined;
      this.#start(method.path, encode(method.request, request), options, {
        onMessage: (message) => {
          answer = message;
        },
        onEnd: (error) => {
          if (error) reject(error);
          else if (!answer) reject(new GrpcError(GRPC.unknown, `${method.path} answered without a message`));
          else resolve(decode(method.response, answer));
        },
      });
    });
  }

  /** Ends quietly when `signal` aborts and throws a `GrpcError` when the server ends the stream with one. */
  async *serverStream<Q extends AnyMessage, A extends AnyMessage>(
    method: GrpcMethod<Q, A>,
    request: Infer<Q>,
    options: GrpcCallOptions & { readonly signal: AbortSignal },
  ): AsyncIterable<Infer<A>> {
    const queue: Buffer[] = [];
    let end: { error: GrpcError | undefined } | undefined;
    let wake = () => {};
    const call = this.#start(method.path, encode(method.request, request), options, {
      onMessage(message) {
        queue.push(message);
        wake();
      },
      onEnd(error) {
        end = { error };
        wake();
      },
    });
    try {
      while (true) {
        const message = queue.shift();
        if (message) yield decode(method.response, message);
        else if (end) break;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      call.cancel();
    }
    if (end.error && !options.signal.aborted) throw end.error;
  }

  async dispose(): Promise<void> {
    const open = this.#session;
    this.#session = undefined;
    if (open && !open.destroyed) open.destroy();
  }

  #start(path: string, message: Buffer, options: GrpcCallOptions, handlers: CallHandlers): Call {
    const headers = {
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...timeoutHeader(options.timeoutMs),
      ...options.metadata,
    };
    const stream = this.#currentSession().request(headers, { endStream: false });
    const call = new Call(stream, options.signal, handlers);
    call.send(message);
    return call;
  }

  #currentSession(): http2.ClientHttp2Session {
    const known = this.#session;
    if (known && !known.closed && !known.destroyed) return known;
    const fresh = connect(this.#target);
    const drop = () => {
      if (this.#session === fresh) this.#session = undefined;
    };
    fresh.on('close', drop);
    fresh.on('goaway', drop);
    this.#session = fresh;
    return fresh;
  }
}
