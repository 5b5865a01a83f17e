import http from 'node:http';
import http2, { type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import { type Clock, type Disposable, disposable, type Logger } from '@kubets/core';
import type { HttpExchange } from '../pipeline/http.ts';
import { CertificateReader, type ClientAuthorities, type Connection } from './connection.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';
import {
  CONNECTION_WINDOW_BYTES,
  HANDSHAKE_TIMEOUT_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  MAX_SESSION_MEMORY_MIB,
  MAX_STREAMS_PER_CONNECTION,
  SHUTDOWN_GRACE_MS,
  STREAM_WINDOW_BYTES,
  SWEEP_PERIOD_MS,
} from './limits.ts';

/** Whoever answers the requests. Never throws. */
export interface ExchangeHandler {
  serve(exchange: HttpExchange): Promise<void>;
  /** Ends what would otherwise last: watches. */
  dispose(): void;
}

export interface HttpServerOptions {
  readonly server: ExchangeHandler;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls: ClientAuthorities & { readonly cert: string; readonly key: string };
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunningHttpServer {
  readonly port: number;
  /** Stops listening, ends watches, waits for requests in flight for a moment, then closes every connection. */
  close(): Promise<void>;
  /** Serves new connections with other certificates. */
  replaceCertificate(certificate: { cert: string; key: string }): void;
}

/** How a connection is used, to tell which ones are idle. */
interface SessionUsage {
  openStreams: number;
  idleSinceMs: number;
}

/** Listens for HTTP/2 and HTTP/1.1 over TLS on one port. */
class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #certificates: CertificateReader;
  readonly #tls: tls.Server;
  readonly #http1: http.Server;
  readonly #http2: http2.Http2Server;
  readonly #sockets = new Set<TLSSocket>();
  readonly #sessions = new Map<ServerHttp2Session, SessionUsage>();
  #sweeping: Disposable = disposable(() => {});
  readonly #connections = new WeakMap<Duplex, Connection>();
  /** The connection that is being handed to the HTTP/2 server. */
  #opening: Connection | undefined;
  #served = 0;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#certificates = new CertificateReader(options.tls);
    this.#http2 = this.#makeHttp2();
    this.#http1 = this.#makeHttp1();
    const { cert, key, clientCa, frontProxyCa } = options.tls;
    this.#tls = tls.createServer({
      cert,
      key,
      ca: frontProxyCa ? [clientCa, frontProxyCa] : [clientCa],
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    this.#tls.maxConnections = MAX_CONNECTIONS;
    this.#tls.on('secureConnection', (socket) => this.#accept(socket));
    this.#tls.on('tlsClientError', (error, socket) => {
      options.logger.log('debug', 'TLS handshake failed', { remote: socket.remoteAddress, error: error.message });
      socket.destroy();
    });
  }

  listen(): Promise<RunningHttpServer> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#tls.once('error', reject);
      this.#tls.listen({ host, port, backlog: 1024 }, () => {
        this.#tls.off('error', reject);
        this.#sweep();
        this.#tls.on('error', (error) => this.#options.logger.log('warn', 'listener failed', { error }));
        resolve({
          port: (this.#tls.address() as AddressInfo).port,
          close: () => this.#close(),
          replaceCertificate: (certificate) => this.#tls.setSecureContext({ ...this.#secureContext(), ...certificate }),
        });
      });
    });
  }

  #secureContext(): tls.SecureContextOptions {
    const { clientCa, frontProxyCa } = this.#options.tls;
    return { ca: frontProxyCa ? [clientCa, frontProxyCa] : [clientCa], minVersion: 'TLSv1.2' };
  }

  #makeHttp2(): http2.Http2Server {
    const server = http2.createServer({
      maxSessionMemory: MAX_SESSION_MEMORY_MIB,
      settings: {
        maxConcurrentStreams: MAX_STREAMS_PER_CONNECTION,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: MAX_HEADER_BYTES,
      },
    });
    server.on('session', (session) => this.#openSession(session, this.#opening!));
    server.on('sessionError', () => {});
    return server;
  }

  #openSession(session: ServerHttp2Session, connection: Connection): void {
    const { clock } = this.#options;
    const usage: SessionUsage = { openStreams: 0, idleSinceMs: clock.monotonicMs() };
    const streamClosed = () => {
      if (--usage.openStreams === 0) usage.idleSinceMs = clock.monotonicMs();
    };
    this.#sessions.set(session, usage);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on('stream', (stream, headers) => {
      usage.openStreams++;
      stream.once('close', streamClosed);
      this.#serve(new Http2Exchange(connection, stream, headers));
    });
    session.on('error', (error) =>
      this.#options.logger.log('debug', 'HTTP/2 connection failed', { error: error.message }),
    );
    session.on('close', () => this.#sessions.delete(session));
  }

  /** Closes connections that nobody has used for a while; a quiet watch is use. */
  #sweep(): void {
    const oldestMs = this.#options.clock.monotonicMs() - KEEP_ALIVE_TIMEOUT_MS;
    for (const [session, usage] of this.#sessions) {
      if (usage.openStreams === 0 && usage.idleSinceMs < oldestMs) session.close();
    }
    this.#sweeping = this.#options.clock.after(SWEEP_PERIOD_MS, () => this.#sweep());
  }

  #makeHttp1(): http.Server {
    const server = http.createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      highWaterMark: 64 * 1024,
    });
    server.on('request', (request, response) => {
      const connection = this.#connections.get(request.socket)!;
      this.#serve(new Http1Exchange({ connection, request, response }));
    });
    server.on('upgrade', (request, socket, head) => {
      const connection = this.#connections.get(socket)!;
      socket.on('error', () => socket.destroy());
      this.#serve(new Http1Exchange({ connection, request, upgrade: { socket, head } }));
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket));
    // The server never listens itself; this starts its watch over slow headers.
    server.emit('listening');
    return server;
  }

  #accept(socket: TLSSocket): void {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const connection = { remoteAddress: socket.remoteAddress ?? '', certificate: this.#certificates.read(socket) };
    this.#connections.set(socket, connection);
    if (socket.alpnProtocol === 'h2') {
      this.#opening = connection;
      this.#http2.emit('connection', socket);
      this.#opening = undefined;
    } else {
      this.#http1.emit('connection', socket);
    }
  }

  #serve(exchange: HttpExchange): void {
    this.#served++;
    this.#options.server.serve(exchange).then(
      () => {
        this.#served--;
      },
      (error) => {
        this.#served--;
        this.#options.logger.log('error', 'request broke the pipeline', { target: exchange.target, error });
      },
    );
  }

  async #close(): Promise<void> {
    const { clock, server } = this.#options;
    const closed = new Promise<void>((resolve) => this.#tls.close(() => resolve()));
    this.#sweeping.dispose();
    server.dispose();
    for (const session of this.#sessions.keys()) session.close();
    this.#http1.close();
    this.#http1.closeIdleConnections();
    const deadlineMs = clock.monotonicMs() + SHUTDOWN_GRACE_MS;
    while (this.#served > 0 && clock.monotonicMs() < deadlineMs) await clock.sleep(20);
    for (const session of this.#sessions.keys()) session.destroy();
    for (const socket of this.#sockets) socket.destroySoon();
    await Promise.race([closed, clock.sleep(500)]);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** Answers what is no HTTP/1.1 with a plain 4xx, as far as it can still be answered. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const answers: Record<string, string> = {
    HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
    ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  };
  const text = answers[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${text}`);
}

/** Starts serving. Rejects when the address is in use. */
export function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  return new HttpServer(options).listen();
}
