import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type {
  ClientCertificate,
  HttpExchange,
  HttpHeaders,
  ResponseHeaders,
  ResponseStream,
} from '../pipeline/http.ts';
import type { Connection } from './connection.ts';
import { readBody } from './read-body.ts';
import { whenSent } from './when-sent.ts';

/** A request on an HTTP/2 stream. */
export class Http2Exchange implements HttpExchange {
  readonly method: string;
  readonly target: string;
  readonly headers: HttpHeaders;
  readonly isUpgrade = false;
  readonly stream: ServerHttp2Stream;
  readonly #connection: Connection;

  constructor(connection: Connection, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#connection = connection;
    this.stream = stream;
    this.headers = headers as HttpHeaders;
    this.method = (headers[':method'] as string | undefined) ?? 'GET';
    this.target = (headers[':path'] as string | undefined) ?? '/';
    stream.on('error', ignore);
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get certificate(): ClientCertificate | undefined {
    return this.#connection.certificate;
  }

  readBody(maxBytes: number): Promise<Uint8Array> {
    return readBody(this.stream, Number(this.headers['content-length'] ?? 0), maxBytes);
  }

  respond(code: number, headers: ResponseHeaders, body?: Uint8Array | string): void {
    const { stream } = this;
    if (stream.destroyed || stream.headersSent) return;
    headers[':status'] = code;
    const hasBody = body !== undefined && body.length > 0 && this.method !== 'HEAD';
    if (body !== undefined)
      headers['content-length'] = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    stream.respond(headers, { endStream: !hasBody });
    if (hasBody) stream.end(body);
    // A body that nobody read must not hold the stream open.
    if (!stream.readableEnded && !this.#bodyIsOver()) this.#dropBody();
  }

  openStream(code: number, headers: ResponseHeaders): ResponseStream {
    const { stream } = this;
    headers[':status'] = code;
    if (!stream.destroyed && !stream.headersSent) stream.respond(headers);
    return {
      write: (chunk, onSent) => stream.destroyed || stream.writableEnded || stream.write(chunk, whenSent(onSent)),
      end: () => {
        if (stream.destroyed) return;
        stream.end();
        if (!stream.readableEnded && !this.#bodyIsOver()) this.#dropBody();
      },
      abort: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
      get bufferedBytes() {
        return stream.writableLength;
      },
      onDrain: (callback) => {
        stream.on('drain', callback);
      },
    };
  }

  onClose(callback: () => void): void {
    if (this.stream.destroyed) callback();
    else this.stream.once('close', callback);
  }

  #bodyIsOver(): boolean {
    return this.stream.endAfterHeaders || this.stream.readableFlowing === true;
  }

  #dropBody(): void {
    const { stream } = this;
    stream.resume();
    stream.once('finish', () => {
      if (!stream.destroyed && !stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }
}

function ignore(): void {}
