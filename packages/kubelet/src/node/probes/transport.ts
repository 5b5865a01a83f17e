import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { type Clock, field, int32, message, string } from '@kubets/core';
import type { GrpcProbe, HttpProbe, ProbeOutcome, ProbeTransport, TcpProbe } from '../../probes/transport.ts';
import { GRPC, GrpcClient, GrpcError } from '../cri/grpc.ts';
import { Deadline } from './deadline.ts';

const MAX_BODY_BYTES = 10 * 1024;
const NOT_HEALTH_SERVICE = 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)';
const SERVING = 1;
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

const hostPort = (host: string, port: number) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

function connectionMessage(error: NodeJS.ErrnoException, address: string): string {
  const texts: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset by peer',
    EHOSTUNREACH: 'no route to host',
    ENETUNREACH: 'network is unreachable',
  };
  if (error.code === 'ECONNRESET') return `read tcp ${address}: read: connection reset by peer`;
  return `dial tcp ${address}: connect: ${texts[error.code ?? ''] ?? error.message}`;
}

function http1(probe: HttpProbe, deadline: Deadline): Promise<ProbeOutcome> {
  const { scheme, host, port, path, headers } = probe;
  const address = hostPort(host, port);
  const url = `${scheme}://${address}${path}`;
  const hostHeader = headers.find(({ name }) => name.toLowerCase() === 'host')?.value ?? address;
  return new Promise((resolve) => {
    const fail = (text: string) => resolve({ result: 'failure', output: `Get "${url}": ${text}` });
    const request = (scheme === 'https' ? https : http).request({
      host,
      port,
      path,
      method: 'GET',
      agent: false,
      rejectUnauthorized: false,
      signal: deadline.signal,
      headers: [
        ...headers.filter(({ name }) => name.toLowerCase() !== 'host').flatMap(({ name, value }) => [name, value]),
        'Host',
        hostHeader,
        'Connection',
        'close',
      ],
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        if (length < MAX_BODY_BYTES) chunks.push(chunk);
        length += chunk.length;
      });
      response.on('error', () => undefined);
      response.on('end', () =>
        resolve(judge(response.statusCode ?? 0, Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8'))),
      );
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const timedOut = error.name === 'AbortError' || error.name === 'TimeoutError';
      fail(
        timedOut
          ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
          : connectionMessage(error, address),
      );
    });
    request.end();
  });
}

/** Statuses from 200 to 399 are well; a redirect is not followed and counts with a warning. */
function judge(status: number, body: string): ProbeOutcome {
  if (status >= 300 && status < 400)
    return { result: 'warning', output: `Probe terminated redirects, Response body: ${body}` };
  if (status >= 200 && status < 300) return { result: 'success', output: body };
  return { result: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
}

const HealthCheckRequest = message('grpc.health.v1.HealthCheckRequest', '', { service: field(1, string, '') });
const HealthCheckResponse = message('grpc.health.v1.HealthCheckResponse', '', { status: field(1, int32, '') });
const check = { path: '/grpc.health.v1.Health/Check', request: HealthCheckRequest, response: HealthCheckResponse };

function tcp({ host, port }: TcpProbe, deadline: Deadline): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const address = hostPort(host, port);
    const socket = net.connect({ host, port });
    const finish = (outcome: ProbeOutcome) => {
      socket.destroy();
      resolve(outcome);
    };
    deadline.signal.addEventListener('abort', () =>
      finish({ result: 'failure', output: `dial tcp ${address}: i/o timeout` }),
    );
    socket.on('connect', () => finish({ result: 'success', output: '' }));
    socket.on('error', (error) => finish({ result: 'failure', output: connectionMessage(error, address) }));
  });
}

async function grpc({ host, port, service, timeoutMs }: GrpcProbe, deadline: Deadline): Promise<ProbeOutcome> {
  const client = new GrpcClient({ host, port });
  const address = hostPort(host, port);
  try {
    const options = {
      timeoutMs,
      signal: deadline.signal,
      metadata: { 'user-agent': 'kube-probe/1.36' },
    };
    const { status = 0 } = await client.unary(check, { service }, options);
    if (status === SERVING) return { result: 'success', output: 'service healthy' };
    return { result: 'failure', output: `service unhealthy (responded with "${STATUS_NAMES[status] ?? status}")` };
  } catch (error) {
    if (!(error instanceof GrpcError)) throw error;
    if (error.code === GRPC.unimplemented)
      return { result: 'failure', output: `${NOT_HEALTH_SERVICE}: ${error.message}` };
    if (error.code === GRPC.unavailable || error.code === GRPC.cancelled)
      return {
        result: 'failure',
        output: `timeout: failed to connect service ${JSON.stringify(address)} within ${timeoutMs / 1000}s: ${error.message}`,
      };
    return { result: 'failure', output: `error: health rpc probe failed: ${error.message}` };
  } finally {
    await client.dispose();
  }
}

/** Probes over the network of the machine. */
export function networkProbes(clock: Clock): ProbeTransport {
  const within = async (timeoutMs: number, work: (deadline: Deadline) => Promise<ProbeOutcome>) => {
    const deadline = new Deadline(clock, timeoutMs);
    return work(deadline).finally(() => deadline.dispose());
  };
  return {
    http: (probe) => within(probe.timeoutMs, (deadline) => http1(probe, deadline)),
    tcp: (probe) => within(probe.timeoutMs, (deadline) => tcp(probe, deadline)),
    grpc: (probe) => within(probe.timeoutMs, (deadline) => grpc(probe, deadline)),
  };
}
