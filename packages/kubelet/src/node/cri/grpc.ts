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

/** A gRPC client on one connection, which is made again at the next call after it broke. */
export interface GrpcClient extends AsyncDisposable {
  unary<Q extends AnyMessage, A extends AnyMessage>(
    method: GrpcMethod<Q, A>,
    request: Infer<Q>,
    options?: GrpcCallOptions,
  ): Promise<Infer<A>>;
  /** Ends quietly when `signal` aborts and throws a `GrpcError` when the server ends the stream with one. */
  serverStream<Q extends AnyMessage, A extends AnyMessage>(
    method: GrpcMethod<Q, A>,
    request: Infer<Q>,
    options: GrpcCallOptions & { readonly signal: AbortSignal },
  ): AsyncIterable<Infer<A>>;
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

export function grpcClient(target: GrpcTarget): GrpcClient {
  let session: http2.ClientHttp2Session | undefined;

  function currentSession(): http2.ClientHttp2Session {
    if (session && !session.closed && !session.destroyed) return session;
    const fresh = connect(target);
    const drop = () => {
      if (session === fresh) session = undefined;
    };
    fresh.on('close', drop);
    fresh.on('goaway', drop);
    session = fresh;
    return fresh;
  }

  /** Opens a stream and feeds `onMessage`; `onEnd` is called exactly once. */
  function start(
    path: string,
    message: Buffer,
    options: GrpcCallOptions,
    handlers: { onMessage(message: Buffer): void; onEnd(error: GrpcError | undefined): void },
  ): () => void {
    const stream = currentSession().request(
      {
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...timeoutHeader(options.timeoutMs),
        ...options.metadata,
      },
      { endStream: false },
    );
    const unframer = new Unframer();
    let status: GrpcError | undefined;
    let failure: GrpcError | undefined;
    let ended = false;
    const onAbort = () => {
      failure ??= new GrpcError(GRPC.cancelled, 'the call was cancelled');
      stream.close(http2.constants.NGHTTP2_CANCEL);
    };
    const end = () => {
      if (ended) return;
      ended = true;
      options.signal?.removeEventListener('abort', onAbort);
      const lost = new GrpcError(GRPC.unavailable, 'connection to the gRPC server was lost');
      const outcome = failure ?? status ?? lost;
      handlers.onEnd(outcome.code === 0 ? undefined : outcome);
    };
    stream.on('response', (headers) => {
      status = statusOf(headers) ?? status;
      if (headers[':status'] !== 200) failure ??= new GrpcError(GRPC.unavailable, `HTTP status ${headers[':status']}`);
    });
    stream.on('trailers', (headers) => {
      status = statusOf(headers) ?? status;
    });
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const received of unframer.push(chunk)) handlers.onMessage(received);
      } catch (error) {
        failure ??= error instanceof GrpcError ? error : new GrpcError(GRPC.unknown, String(error));
        stream.close(http2.constants.NGHTTP2_CANCEL);
      }
    });
    stream.on('error', (error) => {
      failure ??= status ? undefined : new GrpcError(GRPC.unavailable, error.message);
    });
    stream.on('close', end);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    stream.end(frame(message));
    if (options.signal?.aborted) onAbort();
    return onAbort;
  }

  return {
    unary(method, request, options = {}) {
      return new Promise((resolve, reject) => {
        let answer: Buffer | undefined;
        start(method.path, encode(method.request, request), options, {
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
    },

    async *serverStream(method, request, options) {
      const queue: Buffer[] = [];
      let end: { error: GrpcError | undefined } | undefined;
      let wake = () => {};
      const cancel = start(method.path, encode(method.request, request), options, {
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
        cancel();
      }
      if (end.error && !options.signal.aborted) throw end.error;
    },

    async dispose() {
      const open = session;
      session = undefined;
      if (open && !open.destroyed) open.destroy();
    },
  };
}
