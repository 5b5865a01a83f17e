import http from 'node:http';
import https from 'node:https';
import type { Clock } from '@kubets/core';
import type { HttpsAnswer, HttpsCall, HttpsCaller } from '../webhooks/https-caller.ts';
import type { KeyPair } from './certificates.ts';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Agents, and so the connections, of this many authorities are kept. */
const MAX_AGENTS = 64;
const MAX_IDLE_CONNECTIONS = 8;

/** Makes HTTPS requests over sockets, and keeps connections for those that follow. */
export class SocketHttpsCaller implements HttpsCaller {
  readonly #clock: Clock;
  readonly #frontProxy: KeyPair | undefined;
  readonly #agents = new Map<string, https.Agent>();

  constructor(options: { clock: Clock; frontProxy?: KeyPair }) {
    this.#clock = options.clock;
    this.#frontProxy = options.frontProxy;
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  call(call: HttpsCall): Promise<HttpsAnswer> {
    const { protocol, hostname, port, pathname, search, host } = new URL(call.url);
    const isPlain = protocol === 'http:';
    const name = hostname.replace(/^\[|\]$/g, '');
    const address = call.address ?? { host: name, port: Number(port) || (isPlain ? 80 : 443) };
    const body = call.body === undefined ? undefined : Buffer.from(call.body);
    const options = {
      host: address.host,
      port: address.port,
      method: call.method,
      path: pathname + search,
      headers: { ...call.headers, host, ...(body ? { 'content-length': body.length } : {}) },
    };
    const servername = /^[\d.]+$|:/.test(name) ? {} : { servername: name };
    const request = isPlain
      ? http.request(options)
      : https.request({ ...options, ...servername, agent: this.#agentOf(call) });
    const answered = answerOf(request, address);
    const limit = this.#clock.after(call.timeoutMs, () => request.destroy(new Error('context deadline exceeded')));
    request.end(body);
    return answered.finally(() => limit.dispose());
  }

  /** One agent for all calls that believe the same authorities and show the same certificate. */
  #agentOf({ ca, insecure, asFrontProxy, clientCertificate }: HttpsCall): https.Agent {
    const key = `${insecure === true} ${asFrontProxy === true} ${ca ?? ''} ${clientCertificate?.cert ?? ''}`;
    const known = this.#agents.get(key);
    if (known) return known;
    if (this.#agents.size >= MAX_AGENTS) this.close();
    const agent = new https.Agent({
      keepAlive: true,
      maxFreeSockets: MAX_IDLE_CONNECTIONS,
      ...(ca ? { ca } : {}),
      ...(insecure ? { rejectUnauthorized: false } : {}),
      ...(asFrontProxy && this.#frontProxy ? { cert: this.#frontProxy.cert, key: this.#frontProxy.key } : {}),
      ...clientCertificate,
    });
    this.#agents.set(key, agent);
    return agent;
  }
}

function answerOf(
  request: http.ClientRequest,
  address: { readonly host: string; readonly port: number },
): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    request.on('error', (error) => reject(new Error(describeFailure(error, address))));
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) request.destroy(new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', (error) => reject(new Error(describeFailure(error, address))));
      response.on('end', () => {
        const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
        const body = Buffer.concat(chunks).toString();
        resolve({ code: response.statusCode ?? 0, headers: Object.fromEntries(headers), body });
      });
    });
  });
}

const UNKNOWN_AUTHORITY = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);
const VERIFY = 'tls: failed to verify certificate: x509: ';

interface SocketError extends Error {
  readonly code?: string;
  readonly cert?: { readonly subjectaltname?: string };
  readonly host?: string;
}

/** What a connection failed of, in the words of other servers. */
export function describeFailure(error: SocketError, { host, port }: { host: string; port: number }): string {
  const dial = `dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}: `;
  const { code = '' } = error;
  if (UNKNOWN_AUTHORITY.has(code)) return `${VERIFY}certificate signed by unknown authority`;
  switch (code) {
    case 'ECONNREFUSED':
      return `${dial}connect: connection refused`;
    case 'EHOSTUNREACH':
      return `${dial}connect: no route to host`;
    case 'ENETUNREACH':
      return `${dial}connect: network is unreachable`;
    case 'ETIMEDOUT':
      return `${dial}i/o timeout`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${host}: no such host`;
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `${VERIFY}certificate has expired or is not yet valid`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `${VERIFY}${wrongName(error)}`;
    case 'ECONNRESET':
      return 'EOF';
    case 'EPROTO':
      return /wrong version number|packet length/.test(error.message)
        ? 'http: server gave HTTP response to HTTPS client'
        : error.message;
    default:
      return error.message;
  }
}

function wrongName({ cert, host = '' }: SocketError): string {
  const names = cert?.subjectaltname?.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));
  if (!names) return 'certificate relies on legacy Common Name field, use SANs instead';
  return `certificate is valid for ${names.join(', ')}, not ${host}`;
}
