import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from '@kubets/client';
import { PORT_FORWARD_TUNNEL, webSocketAccept } from '@kubets/client/node';
import { type AsyncDisposable, type Clock, type Logger, messageOf } from '@kubets/core';
import type { Kubelet } from '../../kubelet.ts';
import type { Machine } from '../../node-status.ts';
import type { LogOptions, StreamRequest } from '../../runtime.ts';
import { accessesFor, KubeletGate } from './authentication.ts';
import { serveLogFile } from './log-files.ts';
import { cadvisorMetrics, kubeletMetrics, resourceMetrics } from './metrics.ts';
import { passThrough } from './pass-through.ts';
import { openPortForwardTunnel } from './port-forward.ts';
import { openRemoteCommand, type RemoteCommandStreams, type RuntimeSession } from './remote-command.ts';
import { statsSummary } from './stats-summary.ts';
import { findPod, hasTerminal, loggedContainer, RequestError, runningContainer } from './targets.ts';

export interface KubeletServerOptions {
  readonly kubelet: Kubelet;
  readonly machine: Machine;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  /** PEM: the server's certificate and key, and the authority of its clients' certificates. */
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string };
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Users that may do everything; the API server's client certificate names one. */
  readonly trustedUsers?: readonly string[];
}

export interface KubeletServer extends AsyncDisposable {
  readonly port: number;
}

/** A request that was let in, taken apart. */
interface Route {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** Path segments, decoded. */
  readonly path: readonly string[];
}

/** What `/logs/` shows. */
const MACHINE_LOGS_DIR = '/var/log';
const V5 = 'v5.channel.k8s.io';
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const isOn = (value: string | null) => value === '1' || value === 'true';

/** Starts the kubelet's HTTPS server: logs, commands, port forwarding, figures. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const { cert, key, clientCa } = options.tls;
  const server = https.createServer({
    cert,
    key,
    ca: clientCa,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
  });
  const handler = new Handler(options);
  const sockets = new Set<Duplex>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('request', (request, response) => void handler.onRequest(request, response));
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => void handler.onUpgrade(request, socket, head));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    async dispose() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

class Handler {
  readonly #options: KubeletServerOptions;
  readonly #gate: KubeletGate;

  constructor(options: KubeletServerOptions) {
    this.#options = options;
    const { client, clock, kubelet, trustedUsers = [] } = options;
    this.#gate = new KubeletGate({ client, clock, nodeName: kubelet.nodeName, trustedUsers });
  }

  async onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const route = await this.#admit(request);
      await this.#serve(route, response);
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 500;
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${messageOf(error)}\n`);
    }
  }

  async onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => undefined);
    try {
      const route = await this.#admit(request);
      const stream = await this.#streamOf(route);
      await this.#connect(route, { socket, head, stream });
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 500;
      const body = `${messageOf(error)}\n`;
      socket.end(
        `HTTP/1.1 ${status} Error\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    }
  }

  async #admit(request: IncomingMessage): Promise<Route> {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const user = await this.#gate.user(request);
    if (!user) throw new RequestError(401, 'Unauthorized');
    const accesses = accessesFor(request.method ?? 'GET', url.pathname);
    if (!(await this.#gate.mayAccess(user, accesses))) {
      const { verb, subresource } = accesses.at(-1) ?? { verb: 'get', subresource: 'proxy' };
      throw new RequestError(
        403,
        `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresource}])`,
      );
    }
    return { request, url, path: url.pathname.split('/').slice(1).map(decodeURIComponent) };
  }

  async #serve(route: Route, response: ServerResponse): Promise<void> {
    const { kubelet, machine, clock } = this.#options;
    const sources = { kubelet, machine };
    const [first = '', second] = route.path;
    const text = (body: string, type = 'text/plain; charset=utf-8') =>
      void response.writeHead(200, { 'Content-Type': type }).end(body);
    const json = (body: unknown) => text(JSON.stringify(body), 'application/json');
    if (first === 'healthz') text('ok');
    else if (first === 'logs') await serveLogFile(MACHINE_LOGS_DIR, route.path.slice(1).join('/'), response);
    else if (first === 'containerLogs') await this.#logs(route, response);
    else if (first === 'pods')
      json(podList(kubelet.pods().map(({ pod, status }) => ({ ...pod, ...(status ? { status } : {}) }))));
    else if (first === 'runningpods')
      json(
        podList(
          kubelet
            .pods()
            .filter(({ sandbox }) => sandbox?.isReady)
            .map(({ pod }) => pod),
        ),
      );
    else if (first === 'configz') json({ kubeletconfig: kubelet.config });
    else if (first === 'metrics' && second === 'resource') text(await resourceMetrics(sources, clock.now()), TEXT);
    else if (first === 'metrics' && second === 'cadvisor') text(await cadvisorMetrics(sources), TEXT);
    else if (first === 'metrics' && second === 'probes') text('', TEXT);
    else if (first === 'metrics' && second === undefined) text(kubeletMetrics(sources), TEXT);
    else if (first === 'stats' && second === 'summary') json(await statsSummary(sources, clock.now()));
    else if (first === 'run' && route.request.method === 'POST') await this.#run(route, response);
    else if (['exec', 'attach', 'portForward'].includes(first)) throw new RequestError(400, 'Upgrade request required');
    else throw new RequestError(404, '404 page not found');
  }

  async #logs({ path, url, request }: Route, response: ServerResponse): Promise<void> {
    const [, namespace = '', pod = '', container = ''] = path;
    const worker = findPod(this.#options.kubelet, namespace, pod);
    const query = url.searchParams;
    const details = loggedContainer(worker, container, isOn(query.get('previous')));
    const options = logOptions(query, this.#options.clock.now());
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    request.on('aborted', () => abort.abort());
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.flushHeaders();
    const lines = this.#options.kubelet.runtime.logs(details, options, abort.signal);
    try {
      await pipeline(Readable.from(lines, { objectMode: true, highWaterMark: 64 }), response);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
  }

  async #run({ path, url }: Route, response: ServerResponse): Promise<void> {
    const { worker, container } = this.#podAndContainer(path);
    const { id } = runningContainer(worker, container);
    const command = (url.searchParams.get('cmd') ?? '').split(' ').filter(Boolean);
    const { stdout, stderr } = await this.#options.kubelet.runtime.execSync(id, command, 0);
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end(Buffer.concat([stdout, stderr]));
  }

  /** `/verb/namespace/pod[/uid]/container`. */
  #podAndContainer(path: readonly string[]) {
    const [, namespace = '', pod = ''] = path;
    const uid = path.length > 4 ? path[3] : undefined;
    const container = path.length > 4 ? (path[4] ?? '') : (path[3] ?? '');
    return { worker: findPod(this.#options.kubelet, namespace, pod, uid), container };
  }

  /** The runtime's session for an upgrade request: its URL and what flows. */
  async #streamOf({ path, url }: Route): Promise<{ request: StreamRequest; url: string }> {
    const { runtime } = this.#options.kubelet;
    const query = url.searchParams;
    if (path[0] === 'portForward') {
      const worker = findPod(this.#options.kubelet, path[1] ?? '', path[2] ?? '', path[3]);
      if (!worker.sandbox?.isReady) throw new RequestError(404, 'pod is not running');
      const ports = query
        .getAll('ports')
        .concat(query.getAll('port'))
        .flatMap((text) => text.split(','))
        .filter(Boolean)
        .map(Number);
      const request = { type: 'portForward', sandboxId: worker.sandbox.id, ports } as const;
      return { request, url: await runtime.streamUrl(request) };
    }
    if (path[0] !== 'exec' && path[0] !== 'attach') throw new RequestError(404, '404 page not found');
    const { worker, container } = this.#podAndContainer(path);
    const { id: containerId } = runningContainer(worker, container);
    const streams = remoteCommandStreams(query);
    if (!streams.stdin && !streams.stdout && !streams.stderr)
      throw new RequestError(400, 'you must specify at least 1 of stdin, stdout, stderr');
    const request: StreamRequest =
      path[0] === 'attach'
        ? { type: 'attach', containerId, ...streams, tty: hasTerminal(worker, container) }
        : { type: 'exec', containerId, ...streams, command: query.getAll('command') };
    return { request, url: await runtime.streamUrl(request) };
  }

  /** The newest protocols are translated; all others are the runtime's own and go through untouched. */
  async #connect(
    route: Route,
    connection: { socket: Duplex; head: Buffer; stream: { request: StreamRequest; url: string } },
  ): Promise<void> {
    const { socket, head, stream } = connection;
    const { request } = route;
    const offered = String(request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((each) => each.trim());
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    if (isWebSocket && stream.request.type === 'portForward' && offered.includes(PORT_FORWARD_TUNNEL))
      accept({
        request,
        socket,
        head,
        protocol: PORT_FORWARD_TUNNEL,
        session: await openPortForwardTunnel(stream.url),
      });
    else if (isWebSocket && stream.request.type !== 'portForward' && offered.includes(V5))
      accept({ request, socket, head, protocol: V5, session: await openRemoteCommand(stream.url, stream.request) });
    else passThrough(request, socket, head, withPorts(stream));
  }
}

/** The runtime's WebSocket form of port forwarding reads the ports from its URL. */
function withPorts({ request, url }: { request: StreamRequest; url: string }): string {
  if (request.type !== 'portForward' || request.ports.length === 0) return url;
  const target = new URL(url);
  for (const port of request.ports) target.searchParams.append('port', String(port));
  return target.href;
}

/** Completes a WebSocket's opening and joins it with the runtime's session. */
function accept(options: {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  protocol: string;
  session: RuntimeSession;
}): void {
  const { request, socket, head, protocol, session } = options;
  const key = request.headers['sec-websocket-key'];
  if (!key || socket.destroyed) {
    session.abort();
    throw new RequestError(400, 'missing Sec-WebSocket-Key');
  }
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${webSocketAccept(key)}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  session.join(socket, head);
}

function remoteCommandStreams(query: URLSearchParams): RemoteCommandStreams {
  const tty = isOn(query.get('tty'));
  return {
    stdin: isOn(query.get('input')),
    stdout: isOn(query.get('output')),
    stderr: isOn(query.get('error')) && !tty,
    tty,
  };
}

function logOptions(query: URLSearchParams, nowMs: number): LogOptions {
  const number = (name: string) => (query.get(name) ? Number(query.get(name)) : undefined);
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const sinceMs =
    sinceSeconds !== undefined ? nowMs - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined;
  const tailLines = number('tailLines');
  const limitBytes = number('limitBytes');
  const stream = query.get('stream');
  return {
    follow: isOn(query.get('follow')),
    timestamps: isOn(query.get('timestamps')),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(stream === 'Stdout' || stream === 'Stderr' ? { stream } : {}),
  };
}

function podList(items: readonly unknown[]) {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
}
