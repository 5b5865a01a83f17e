import type { Container, HTTPGetAction, Pod, Probe } from '@kubets/api';
import { expand } from '../pod/expansion.ts';
import { type Runtime, RuntimeError } from '../runtime.ts';
import type { HttpProbe, ProbeOutcome, ProbeTransport } from './transport.ts';

/** What a probe or a lifecycle hook works on. */
export interface ProbeTarget {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
  readonly runtime: Runtime;
  readonly transport: ProbeTransport;
}

const MAX_OUTPUT_BYTES = 10 * 1024;
const DEFAULT_AGENT = { name: 'User-Agent', value: 'kube-probe/1.36' };
const DEFAULT_ACCEPT = { name: 'Accept', value: '*/*' };

/** The number of a port given by number or by name. Throws for a name that the container does not have. */
export function portNumber(container: Container, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const number = named ?? Number(port);
  if (Number.isInteger(number) && number > 0 && number < 65536) return number;
  throw new Error(`couldn't find port: ${JSON.stringify(port)}`);
}

/** The request that an `httpGet` describes. */
export function httpProbe(action: HTTPGetAction, target: ProbeTarget, timeoutMs: number): HttpProbe {
  const headers = (action.httpHeaders ?? []).map(({ name, value }) => ({ name, value }));
  const has = (wanted: string) => headers.some(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const defaults = [DEFAULT_AGENT, DEFAULT_ACCEPT].filter(({ name }) => !has(name));
  const path = action.path ?? '/';
  return {
    scheme: action.scheme === 'HTTPS' ? 'https' : 'http',
    host: action.host || target.podIp,
    port: portNumber(target.container, action.port),
    path: path.startsWith('/') ? path : `/${path}`,
    headers: [...headers, ...defaults].filter(({ value }) => value !== ''),
    timeoutMs,
  };
}

const variablesOf = (container: Container) =>
  new Map((container.env ?? []).map(({ name, value = '' }) => [name, value]));

/** Runs an exec probe: success is exit code 0; its output is what it wrote. */
async function execProbe(command: readonly string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeOutcome> {
  const variables = variablesOf(target.container);
  const expanded = command.map((word) => expand(word, variables));
  try {
    const { exitCode, stdout, stderr } = await target.runtime.execSync(target.containerId, expanded, timeoutMs);
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return { result: exitCode === 0 ? 'success' : 'failure', output: text.slice(0, MAX_OUTPUT_BYTES) };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    if (error.reason === 'Timeout') {
      const output = `command timed out: ${JSON.stringify(expanded.join(' '))} timed out after ${timeoutMs / 1000}s`;
      return { result: 'failure', output };
    }
    return { result: 'unknown', output: error.message };
  }
}

/** Runs one probe once. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const { transport, podIp, container } = target;
  if (probe.exec) return execProbe(probe.exec.command ?? [], target, timeoutMs);
  if (probe.httpGet) return transport.http(httpProbe(probe.httpGet, target, timeoutMs));
  if (probe.tcpSocket) {
    const { host, port } = probe.tcpSocket;
    return transport.tcp({ host: host || podIp, port: portNumber(container, port), timeoutMs });
  }
  if (probe.grpc)
    return transport.grpc({ host: podIp, port: probe.grpc.port, service: probe.grpc.service ?? '', timeoutMs });
  return { result: 'unknown', output: `missing probe handler for ${container.name}` };
}
