/** Header names in lower case, as every adapter hands them over. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;
export type ResponseHeaders = Record<string, string | number | string[]>;

/** What a client certificate says of its holder. */
export interface ClientCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string;
  /** Which authority signed it; `unknown` is not to be believed. */
  readonly authority: 'client' | 'front-proxy' | 'unknown';
}

/** The body of an answer that comes in pieces: a watch, a log. */
export interface ResponseStream {
  /**
   * False when the peer reads more slowly than we write: wait for `onDrain` then. `onSent` is called when nobody looks at the
   * bytes of `chunk` any more, if that is ever known.
   */
  write(chunk: Uint8Array, onSent?: () => void): boolean;
  end(): void;
  /** Breaks off: the client is to see that the answer is not complete. */
  abort(): void;
  /** Bytes written that the peer has not taken yet. */
  readonly bufferedBytes: number;
  onDrain(callback: () => void): void;
}

/** How bytes become messages of a WebSocket. */
export type MessageKind = 'text' | 'binary' | 'base64';

/**
 * One HTTP request and the way to answer it. The front door knows HTTP only through this, so that it also runs where there
 * are no sockets. Exactly one of `respond`, `openStream` and `upgrade` is called.
 */
export interface HttpExchange {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: HttpHeaders;
  readonly remoteAddress: string;
  readonly certificate: ClientCertificate | undefined;
  /** The client asked to leave HTTP (`Connection: Upgrade`). */
  readonly isUpgrade: boolean;
  /** Reads the whole body; throws a 413 `StatusError` when it is longer than `maxBytes`. */
  readBody(maxBytes: number): Promise<Uint8Array>;
  respond(code: number, headers: ResponseHeaders, body?: Uint8Array | string): void;
  openStream(code: number, headers: ResponseHeaders): ResponseStream;
  /** Speaks WebSocket with the client: each `write` becomes one message; `base64` makes text of any bytes. */
  acceptWebSocket?(headers: ResponseHeaders, kind: MessageKind): ResponseStream;
  /** Runs `callback` when the exchange is over or the client has gone. */
  onClose(callback: () => void): void;
}

/** A single header's first value. */
export function headerOf(headers: HttpHeaders, name: string): string {
  const value = headers[name];
  if (typeof value === 'string') return value;
  return value?.[0] ?? '';
}

/** All values of a header. */
export function headerValues(headers: HttpHeaders, name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
