/** One HTTPS request to what extends the API server. */
export interface HttpsCall {
  readonly method: 'GET' | 'POST';
  /** https://host[:port]/path; certificates are checked against its host name. Plain http:// has none. */
  readonly url: string;
  /** Where to connect, when the host of the URL is not to be looked up. */
  readonly address?: { readonly host: string; readonly port: number };
  /** Authorities to believe, PEM; those of the system when absent. */
  readonly ca?: string;
  /** Any certificate will do. */
  readonly insecure?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** Show the certificate with which the API server acts as a front proxy. */
  readonly asFrontProxy?: boolean;
  /** Another certificate to show. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
}

export interface HttpsAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Makes HTTPS requests; the one of a machine with sockets is in `node/`. */
export interface HttpsCaller {
  /**
   * Resolves with whatever answer comes. Throws an Error when there is none, worded as other servers do: `dial tcp 10.0.0.1:443:
   * connect: connection refused`, `context deadline exceeded`.
   */
  call(request: HttpsCall): Promise<HttpsAnswer>;
}
