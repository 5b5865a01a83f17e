import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';

export interface UpgradeRequest {
  /** http or https. */
  readonly url: string;
  readonly method?: string;
  /** `SPDY/3.1` or `websocket`. */
  readonly protocol: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly tls?: TlsOptions & { readonly servername?: string };
  readonly signal?: AbortSignal;
}

/** A connection that no longer speaks HTTP. */
export interface UpgradedConnection {
  readonly socket: Duplex;
  /** The first bytes of the new protocol, if they came with the answer. */
  readonly head: Buffer;
  readonly headers: http.IncomingHttpHeaders;
}

/** The server answered, but not with an upgrade. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`the server refused to upgrade the connection: ${status} ${body.slice(0, 500)}`);
    this.status = status;
    this.body = body;
  }
}

/** Asks a server to switch protocols. Throws `UpgradeRefused` when it answers otherwise. */
export function requestUpgrade(options: UpgradeRequest): Promise<UpgradedConnection> {
  const url = new URL(options.url);
  const isSecure = url.protocol === 'https:';
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  );
  return new Promise((resolve, reject) => {
    const request = (isSecure ? https : http).request(url, {
      method: options.method ?? 'GET',
      agent: false,
      headers: { ...headers, Connection: 'Upgrade', Upgrade: options.protocol },
      ...(options.tls ?? {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    request.on('upgrade', (response, socket, head) => resolve({ socket, head, headers: response.headers }));
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (body.length < 64_000) body += text;
      });
      response.on('end', () => reject(new UpgradeRefused(response.statusCode ?? 0, body)));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end();
  });
}
