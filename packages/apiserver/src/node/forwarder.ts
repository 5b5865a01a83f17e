import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { type Duplex, PassThrough, type Readable } from 'node:stream';
import { badRequest, type Clock, internalError, StatusError, serviceUnavailable } from '@kubets/core';
import type { Forwarder, Forwarding } from '../connect/connector.ts';
import { rewriteHtml, rewriteLink } from '../connect/html-links.ts';
import type { AggregatedTarget, Target } from '../connect/targets.ts';
import { type HttpExchange, headerOf, type ResponseHeaders, type ResponseStream } from '../pipeline/http.ts';
import type { User } from '../request.ts';
import type { KeyPair } from './certificates.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';

/** With what the API server shows kubelets who it is, and whom it believes to be one. */
export interface KubeletCredentials {
  readonly client: KeyPair;
  /** The authority of kubelets' certificates, PEM. */
  readonly ca: string;
  /** With which servers of aggregated APIs are shown that they may believe who is said to ask. */
  readonly frontProxy?: KeyPair;
}

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_ERROR_BYTES = 64 * 1024;
/** Authorities of aggregated servers whose connections are kept. */
const MAX_AGGREGATED_AGENTS = 64;
/** The WebSocket protocol whose messages are base64 text. */
const BASE64_PROTOCOL = 'base64.binary.k8s.io';
/** Pages larger than this are passed on with their links as they are. */
const MAX_REWRITTEN_BYTES = 8 * 1024 * 1024;
/** Headers that belong to one connection, or that tell who the client is. */
const NOT_FORWARDED = new Set([
  'authorization',
  'connection',
  'content-length',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function isPrivate(name: string): boolean {
  return (
    NOT_FORWARDED.has(name) || name.startsWith(':') || name.startsWith('impersonate-') || name.startsWith('x-remote-')
  );
}

/** Passes requests on over TCP and TLS. */
export class SocketForwarder implements Forwarder {
  readonly #kubeletAgent: https.Agent;
  readonly #clock: Clock;
  readonly #frontProxy: KeyPair | undefined;
  readonly #backendAgent = new https.Agent({ rejectUnauthorized: false });
  /** By authority. */
  readonly #aggregatedAgents = new Map<string, https.Agent>();

  constructor(options: KubeletCredentials & { readonly clock: Clock }) {
    const { client, ca, frontProxy } = options;
    this.#frontProxy = frontProxy;
    this.#clock = options.clock;
    this.#kubeletAgent = new https.Agent({
      cert: client.cert,
      key: client.key,
      ca,
      keepAlive: true,
      maxFreeSockets: 64,
    });
  }

  close(): void {
    this.#kubeletAgent.destroy();
    this.#backendAgent.destroy();
    for (const agent of this.#aggregatedAgents.values()) agent.destroy();
    this.#aggregatedAgents.clear();
  }

  async stream(forwarding: Forwarding): Promise<void> {
    const { exchange, headers } = forwarding;
    const request = this.#open(forwarding, { 'user-agent': 'kube-apiserver' });
    request.end();
    exchange.onClose(() => request.destroy());
    const answer = await answerTo(request, forwarding.target);
    const code = answer.statusCode ?? 500;
    if (code < 200 || code > 206) throw await refusalOf(answer, code);
    forwarding.onAnswer?.(200);
    const contentType = answer.headers['content-type'] ?? 'text/plain';
    pump(answer, exchange, openLog(exchange, { ...headers, 'content-type': contentType }));
  }

  tunnel(forwarding: Forwarding): Promise<void> {
    const { exchange } = forwarding;
    if (!(exchange instanceof Http1Exchange) || !exchange.upgrade) throw badRequest('Upgrade request required');
    return this.#tunnel(forwarding, exchange);
  }

  async proxy(forwarding: Forwarding): Promise<void> {
    const { exchange, target } = forwarding;
    if (exchange instanceof Http1Exchange && exchange.upgrade) return this.#tunnel(forwarding, exchange);
    const body = bodyOf(exchange);
    const request = this.#open(forwarding, { ...forwardedHeaders(exchange), ...(body ? framingOf(exchange) : {}) });
    if (body) body.pipe(request);
    else request.end();
    exchange.onClose(() => request.destroy());
    const answer = await answerTo(request, target);
    await this.#passOn(forwarding, answer);
  }

  async #passOn(forwarding: Forwarding, answer: IncomingMessage): Promise<void> {
    const { exchange, proxyPrefix = '', target } = forwarding;
    const links = { prefix: proxyPrefix, backendHost: `${target.host}:${target.port}` };
    const headers: ResponseHeaders = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && (!isPrivate(name) || name === 'content-length')) headers[name] = value;
    }
    if (typeof headers.location === 'string' && !target.aggregated)
      headers.location = rewriteLink(headers.location, links);
    addOwnHeaders(headers, forwarding.headers);
    const code = answer.statusCode ?? 502;
    forwarding.onAnswer?.(code);
    const isHtml = String(headers['content-type'] ?? '').startsWith('text/html') && !headers['content-encoding'];
    if (!isHtml || target.aggregated || Number(headers['content-length'] ?? 0) > MAX_REWRITTEN_BYTES) {
      pump(answer, exchange, exchange.openStream(code, headers));
      return;
    }
    const html = await textOf(answer, MAX_REWRITTEN_BYTES);
    exchange.respond(code, headers, rewriteHtml(html, links));
  }

  /** Asks the target for the same upgrade, and joins the two connections once it agrees. */
  #tunnel(forwarding: Forwarding, exchange: Http1Exchange): Promise<void> {
    const { socket: client, head } = exchange.upgrade!;
    const upgrade = { connection: 'Upgrade', upgrade: exchange.request.headers.upgrade ?? '' };
    const request = this.#open(forwarding, { ...forwardedHeaders(exchange), ...upgrade });
    request.end();
    client.once('close', () => request.destroy());
    return new Promise((resolve, reject) => {
      request.once('error', (error) => reject(unreachable(forwarding.target, error)));
      request.once('response', (answer) => {
        refusalOf(answer, answer.statusCode ?? 500).then(reject, reject);
      });
      request.once('upgrade', (answer, backend, backendHead) => {
        forwarding.onAnswer?.(answer.statusCode ?? 101);
        client.write(rawHead(answer));
        if (backendHead.length > 0) client.write(backendHead);
        if (head.length > 0) backend.write(head);
        join(client, backend);
        resolve();
      });
    });
  }

  #open({ target, path, method }: Forwarding, headers: OutgoingHttpHeaders): http.ClientRequest {
    const { scheme, host, port, isKubelet, aggregated } = target;
    const options = {
      host,
      port,
      path,
      method,
      headers: aggregated ? { ...headers, ...remoteUserHeaders(aggregated.user) } : headers,
      ...(aggregated ? { servername: aggregated.serverName } : {}),
    };
    const isUpgrade = 'upgrade' in headers;
    const request =
      scheme === 'http'
        ? http.request(options)
        : https.request({
            ...options,
            agent: isKubelet ? this.#kubeletAgent : aggregated ? this.#aggregatedAgent(aggregated) : this.#backendAgent,
            ...(isUpgrade ? { ALPNProtocols: ['http/1.1'] } : {}),
          });
    this.#limitConnecting(request, `dial tcp ${host}:${port}: i/o timeout`);
    return request;
  }

  #aggregatedAgent({ ca, insecure }: AggregatedTarget): https.Agent {
    const key = `${insecure} ${ca ?? ''}`;
    const known = this.#aggregatedAgents.get(key);
    if (known) return known;
    const agent = new https.Agent({
      keepAlive: true,
      maxFreeSockets: 16,
      ...(ca ? { ca } : {}),
      ...(insecure ? { rejectUnauthorized: false } : {}),
      ...(this.#frontProxy ? { cert: this.#frontProxy.cert, key: this.#frontProxy.key } : {}),
    });
    if (this.#aggregatedAgents.size >= MAX_AGGREGATED_AGENTS) this.#aggregatedAgents.clear();
    this.#aggregatedAgents.set(key, agent);
    return agent;
  }

  /** Connecting may take only so long; after that, a quiet log is not a broken one. */
  #limitConnecting(request: http.ClientRequest, text: string): void {
    const limit = this.#clock.after(CONNECT_TIMEOUT_MS, () => request.destroy(new Error(text)));
    const done = () => limit.dispose();
    request.once('error', done);
    request.once('socket', (socket) => {
      if (!socket.connecting) done();
      else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', done);
    });
  }
}

/** Who asks, as a front proxy tells it. */
function remoteUserHeaders({ name, uid, groups, extra = {} }: User): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { 'x-remote-user': name, 'x-remote-group': [...groups] };
  if (uid) headers['x-remote-uid'] = uid;
  for (const [key, values] of Object.entries(extra)) {
    headers[`x-remote-extra-${encodeURIComponent(key).toLowerCase()}`] = [...values];
  }
  return headers;
}

function unreachable(target: Target, error: Error): StatusError {
  const text = `error dialing backend: dial tcp ${target.host}:${target.port}: ${plain(error)}`;
  return target.isKubelet ? internalErrorPlain(text) : serviceUnavailable(text);
}

/** What the system says of a connection that failed, as other servers word it. */
function plain(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ECONNREFUSED' ? 'connect: connection refused' : error.message;
}

function internalErrorPlain(message: string): StatusError {
  return new StatusError({ code: 500, reason: 'InternalError', message, details: { causes: [{ message }] } });
}

function answerTo(request: http.ClientRequest, target: Target): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', (error) => {
      const text = `Get "${target.scheme}://${target.host}:${target.port}${request.path}": dial tcp ${target.host}:${target.port}: ${plain(error)}`;
      reject(
        target.isKubelet ? internalErrorPlain(text) : serviceUnavailable(`error trying to reach service: ${text}`),
      );
    });
  });
}

/** What this server tells of a request beside the target's own answer. */
function addOwnHeaders(headers: ResponseHeaders, own: ResponseHeaders): void {
  if (own['audit-id']) headers['audit-id'] = own['audit-id'];
  const warnings = own.warning;
  if (warnings === undefined) return;
  const theirs = headers.warning === undefined ? [] : [headers.warning].flat().map(String);
  headers.warning = [...[warnings].flat().map(String), ...theirs];
}

async function textOf(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    if (bytes <= maxBytes) chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

/** A kubelet's refusal in its own words. */
async function refusalOf(answer: IncomingMessage, code: number): Promise<StatusError> {
  const text = (await textOf(answer, MAX_ERROR_BYTES)).trim();
  if (code === 400) return badRequest(text);
  if (code === 404)
    return new StatusError({
      code,
      reason: 'NotFound',
      message: text || 'the server could not find the requested resource',
    });
  if (code === 500) return internalError(new Error(text));
  return new StatusError({
    code: code < 400 ? 500 : code,
    reason: code === 503 ? 'ServiceUnavailable' : '',
    message: text || `the server responded with the status code ${code}`,
  });
}

function forwardedHeaders(exchange: HttpExchange): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(exchange.headers)) {
    if (value === undefined || isPrivate(name) || name === 'accept-encoding') continue;
    headers[name] = typeof value === 'string' ? value : [...value];
  }
  // Subprotocols may carry the client's token.
  const protocols = headers['sec-websocket-protocol'];
  if (typeof protocols === 'string')
    headers['sec-websocket-protocol'] = protocols
      .split(/,\s*/)
      .filter((protocol) => !protocol.startsWith('base64url.bearer.authorization.k8s.io.'))
      .join(', ');
  headers['x-forwarded-for'] = exchange.remoteAddress;
  const host = exchange.headers.host ?? exchange.headers[':authority'];
  if (typeof host === 'string') headers['x-forwarded-host'] = host;
  headers['x-forwarded-proto'] = 'https';
  return headers;
}

/** The request's body, where there is one. */
function bodyOf(exchange: HttpExchange): Readable | undefined {
  if (exchange.method === 'GET' || exchange.method === 'HEAD') return undefined;
  if (exchange instanceof Http1Exchange) return exchange.request;
  if (exchange instanceof Http2Exchange) return exchange.stream.pipe(new PassThrough());
  return undefined;
}

/** By what the target knows where the body ends. Without it, the body of a DELETE would pass for the connection's next request. */
function framingOf(exchange: HttpExchange): OutgoingHttpHeaders {
  const length = headerOf(exchange.headers, 'content-length');
  if (length) return { 'content-length': length };
  const hasBody =
    exchange instanceof Http2Exchange
      ? !exchange.stream.endAfterHeaders
      : headerOf(exchange.headers, 'transfer-encoding') !== '';
  return hasBody ? { 'transfer-encoding': 'chunked' } : {};
}

/** What a log is written to: the answer's body, or messages of a WebSocket, in base64 for those who ask for it. */
function openLog(exchange: HttpExchange, headers: ResponseHeaders): ResponseStream {
  if (!exchange.isUpgrade || !exchange.acceptWebSocket) return exchange.openStream(200, headers);
  const [protocol = ''] = headerOf(exchange.headers, 'sec-websocket-protocol').split(/\s*,/);
  return exchange.acceptWebSocket(headers, protocol === BASE64_PROTOCOL ? 'base64' : 'binary');
}

/** Streams an answer to the client, no faster than the client reads. */
function pump(answer: IncomingMessage, exchange: HttpExchange, stream: ResponseStream): void {
  answer.on('data', (chunk: Buffer) => {
    if (!stream.write(chunk)) answer.pause();
  });
  stream.onDrain(() => answer.resume());
  answer.on('end', () => stream.end());
  answer.on('error', () => stream.end());
  exchange.onClose(() => answer.destroy());
}

function rawHead(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let i = 0; i < answer.rawHeaders.length; i += 2)
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function join(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.end());
  }
}
