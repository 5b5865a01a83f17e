import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { type AsyncDisposable, type Clock, type Disposable, type Logger, type Status, StatusError } from '@kubets/core';
import { type HttpRequest, httpRequestOf } from '../http-request.ts';
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from '../transport.ts';

const REQUEST_TIMEOUT_MS = 60_000;
const PING_INTERVAL_MS = 30_000;
const PING_TIMEOUT_MS = 15_000;
const STREAM_WINDOW_BYTES = 4 << 20;
/** A single watch event longer than this is not an API server's. */
const MAX_EVENT_BYTES = 64 << 20;

export interface HttpTransportOptions {
  /** Such as https://10.96.0.1:443. */
  readonly server: string;
  /** PEM of the authority that the server's certificate must come from. */
  readonly ca: string;
  /** A client certificate (PEM), or a function that gives the bearer token of the moment. */
  readonly credential: { readonly cert: string; readonly key: string } | { readonly token: () => string };
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Speaks to an API server over one HTTP/2 connection, which is made anew whenever it breaks. */
export function httpTransport(options: HttpTransportOptions): Transport & AsyncDisposable {
  return new HttpTransport(options);
}

class HttpTransport implements Transport, AsyncDisposable {
  readonly #options: HttpTransportOptions;
  #session: ClientHttp2Session | undefined;
  #disposed = false;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  async request(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse> {
    const stream = this.#open(httpRequestOf(request), signal);
    stream.setTimeout(REQUEST_TIMEOUT_MS, () => stream.destroy(new Error('the API server did not answer in time')));
    const { code, headers } = await headersOf(stream);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    if (code >= 400) throw errorOf(code, text);
    const warnings = warningTexts(headers.warning);
    return { code, body: JSON.parse(text), ...(warnings.length > 0 ? { warnings } : {}) };
  }

  async *watch(request: ApiRequest, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const stream = this.#open(httpRequestOf(request), signal);
    const { code } = await headersOf(stream);
    if (code >= 400) {
      let text = '';
      for await (const chunk of stream.setEncoding('utf8')) text += chunk;
      throw errorOf(code, text);
    }
    try {
      yield* events(stream);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stream.close();
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#session?.destroy();
  }

  #open(request: HttpRequest, signal: AbortSignal | undefined): ClientHttp2Stream {
    signal?.throwIfAborted();
    const { credential, userAgent } = this.#options;
    const stream = this.#connected().request(
      {
        ':method': request.method,
        ':path': request.path,
        accept: 'application/json',
        'user-agent': userAgent,
        ...(request.contentType ? { 'content-type': request.contentType } : {}),
        ...('token' in credential ? { authorization: `Bearer ${credential.token()}` } : {}),
      },
      { endStream: request.body === undefined, ...(signal ? { signal } : {}) },
    );
    // Whoever reads the stream sees the error; this listener keeps one that nobody awaits from ending the process.
    stream.on('error', () => {});
    if (request.body !== undefined) stream.end(request.body);
    return stream;
  }

  #connected(): ClientHttp2Session {
    if (this.#disposed) throw new Error('the transport is closed');
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const { server, ca, credential, logger } = this.#options;
    const certificate = 'cert' in credential ? { cert: credential.cert, key: credential.key } : {};
    const session = connect(server, { ca, ...certificate, settings: { initialWindowSize: STREAM_WINDOW_BYTES } });
    session.on('connect', () => session.setLocalWindowSize(STREAM_WINDOW_BYTES));
    session.on('error', (error) =>
      logger.log('debug', 'connection to the API server failed', { error: error.message }),
    );
    session.on('goaway', () => session.close());
    const pings = this.#keepAlive(session);
    session.on('close', () => {
      pings.dispose();
      if (this.#session === session) this.#session = undefined;
    });
    this.#session = session;
    return session;
  }

  /** A connection whose other end has silently gone is found out by pings, and destroyed. */
  #keepAlive(session: ClientHttp2Session): Disposable {
    const { clock } = this.#options;
    let timer: Disposable;
    const schedule = () => {
      timer = clock.after(PING_INTERVAL_MS, () => {
        if (session.closed || session.destroyed) return;
        timer = clock.after(PING_TIMEOUT_MS, () => session.destroy(new Error('the API server does not answer pings')));
        session.ping(() => {
          timer.dispose();
          schedule();
        });
      });
    };
    schedule();
    return { dispose: () => timer.dispose() };
  }
}

interface ResponseHead {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

function headersOf(stream: ClientHttp2Stream): Promise<ResponseHead> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('the API server closed the stream without an answer')));
    stream.once('response', (headers) => {
      stream.off('error', reject);
      resolve({ code: Number(headers[':status']), headers });
    });
  });
}

/** Reads newline-delimited watch events; an ERROR event is thrown. */
async function* events(stream: ClientHttp2Stream): AsyncGenerator<WatchEvent> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      rest.push(chunk.subarray(start, end));
      const line = rest.length === 1 ? (rest[0] as Buffer) : Buffer.concat(rest);
      rest = [];
      restBytes = 0;
      start = end + 1;
      yield eventOf(line);
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
    }
    if (restBytes > MAX_EVENT_BYTES) throw new Error('a watch event is too long');
  }
}

function eventOf(line: Buffer): WatchEvent {
  const event = JSON.parse(line.toString('utf8')) as { type: string; object: unknown };
  if (event.type === 'ERROR') throw StatusError.fromStatus(event.object as Partial<Status>);
  return event as WatchEvent;
}

function errorOf(code: number, text: string): StatusError {
  try {
    const status = JSON.parse(text) as Partial<Status>;
    if (status.kind === 'Status') return StatusError.fromStatus({ ...status, code: status.code ?? code }, code);
  } catch {
    // Not an answer of the API's own.
  }
  return new StatusError({
    code,
    // Paths that nobody serves, such as those of a custom resource that is gone, are answered in plain text.
    reason: code === 404 ? 'NotFound' : '',
    message: text.trim() || `the server responded with the status code ${code}`,
  });
}

/** The texts of `Warning: 299 - "text"` headers. */
function warningTexts(header: string | string[] | undefined): string[] {
  const values = Array.isArray(header) ? header : header ? [header] : [];
  return values.flatMap((value) =>
    [...value.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1')),
  );
}
