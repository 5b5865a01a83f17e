import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  ClientCertificate,
  HttpExchange,
  HttpHeaders,
  MessageKind,
  ResponseHeaders,
  ResponseStream,
} from '../pipeline/http.ts';
import type { Connection } from './connection.ts';
import { readBody } from './read-body.ts';
import { acceptWebSocket } from './websocket.ts';
import { whenSent } from './when-sent.ts';

/** A request over HTTP/1.1; for upgrades there is a socket instead of a response. */
export class Http1Exchange implements HttpExchange {
  readonly method: string;
  readonly target: string;
  readonly headers: HttpHeaders;
  readonly request: IncomingMessage;
  readonly #connection: Connection;
  readonly #response: ServerResponse | undefined;
  /** The bare connection of an upgrade, with what was read beyond the request's headers. */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined;

  constructor(options: {
    connection: Connection;
    request: IncomingMessage;
    response?: ServerResponse;
    upgrade?: { socket: Duplex; head: Buffer };
  }) {
    this.#connection = options.connection;
    this.request = options.request;
    this.#response = options.response;
    this.upgrade = options.upgrade;
    this.method = options.request.method ?? 'GET';
    this.target = options.request.url ?? '/';
    this.headers = options.request.headers as HttpHeaders;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get certificate(): ClientCertificate | undefined {
    return this.#connection.certificate;
  }

  get isUpgrade(): boolean {
    return this.upgrade !== undefined;
  }

  /** The plain response, for handlers that stream; undefined for upgrades. */
  get response(): ServerResponse | undefined {
    return this.#response;
  }

  readBody(maxBytes: number): Promise<Uint8Array> {
    return readBody(this.request, Number(this.headers['content-length'] ?? 0), maxBytes);
  }

  respond(code: number, headers: ResponseHeaders, body: Uint8Array | string = ''): void {
    headers['content-length'] = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const response = this.#response;
    if (!response) {
      this.#respondRaw(code, headers, body);
      return;
    }
    if (response.headersSent || response.destroyed) return;
    if (!this.request.complete) headers.connection = 'close';
    response.writeHead(code, headers);
    response.end(this.method === 'HEAD' ? undefined : body);
    if (!this.request.complete) this.request.resume();
  }

  openStream(code: number, headers: ResponseHeaders): ResponseStream {
    const response = this.#response;
    if (!response) throw new Error('an upgrade has no plain response');
    if (!response.headersSent) {
      response.writeHead(code, headers);
      response.flushHeaders();
    }
    return {
      write: (chunk, onSent) => response.destroyed || response.writableEnded || response.write(chunk, whenSent(onSent)),
      end: () => {
        response.end();
      },
      abort: () => {
        response.destroy();
      },
      get bufferedBytes() {
        return response.writableLength;
      },
      onDrain: (callback) => {
        response.on('drain', callback);
      },
    };
  }

  acceptWebSocket(headers: ResponseHeaders, kind: MessageKind): ResponseStream {
    return acceptWebSocket({
      request: this.request,
      socket: this.upgrade!.socket,
      head: this.upgrade!.head,
      headers,
      kind,
    });
  }

  onClose(callback: () => void): void {
    const source = this.upgrade?.socket ?? this.#response;
    if (!source || source.destroyed) callback();
    else source.once('close', callback);
  }

  /** Refuses an upgrade: the answer is written on the bare connection, which ends with it. */
  #respondRaw(code: number, headers: ResponseHeaders, body: Uint8Array | string): void {
    const socket = this.upgrade!.socket;
    if (socket.destroyed) return;
    const lines = [`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? 'Unknown'}`, 'connection: close'];
    for (const [name, value] of Object.entries(headers))
      for (const each of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${each}`);
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    socket.end(Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body]));
  }
}
