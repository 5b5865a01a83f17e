import type { KubeObject } from '@kubets/core';
import { type QueryValues, queryBool, queryText } from '../pipeline/query.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';

/** What a connection is asked for with, as admission sees it: PodExecOptions and its like. They have no metadata. */
export type ConnectOptions = Readonly<Record<string, unknown>> & { readonly kind: string; readonly apiVersion: string };

const STREAM_FLAGS = ['stdin', 'stdout', 'stderr', 'tty'];

/** The options that the URL gives, by the kind that the subresource takes. */
export function connectOptionsOf(kind: string, { info, query }: ConnectUrl): ConnectOptions {
  const head = { kind, apiVersion: 'v1' };
  switch (kind) {
    case 'PodExecOptions':
      return { ...head, ...streamOptions(query), command: [...(query.get('command') ?? [])] };
    case 'PodAttachOptions':
      return { ...head, ...streamOptions(query) };
    case 'PodPortForwardOptions': {
      const ports = (query.get('ports') ?? []).flatMap((text) => text.split(',')).map(Number);
      return { ...head, ...(ports.length > 0 ? { ports: ports.filter(Number.isInteger) } : {}) };
    }
    default: {
      const path = pathOf(info);
      return { ...head, ...(path ? { path } : {}) };
    }
  }
}

interface ConnectUrl {
  readonly info: RequestInfo;
  readonly query: QueryValues;
}

function streamOptions(query: QueryValues): Record<string, unknown> {
  const container = queryText(query, 'container');
  const flags = STREAM_FLAGS.filter((flag) => queryBool(query, flag)).map((flag) => [flag, true]);
  return { ...Object.fromEntries(flags), ...(container ? { container } : {}) };
}

function pathOf({ rest, path }: RequestInfo): string {
  if (rest !== '') return `/${rest}`;
  return path.endsWith('/') ? '/' : '';
}

/** The URL as the options have it once admission has changed them. */
export function withConnectOptions(options: ConnectOptions, { info, query }: ConnectUrl): ConnectUrl {
  if (options.kind.endsWith('ProxyOptions'))
    return { info: { ...info, rest: String(options.path ?? '').replace(/^\//, '') }, query };
  const changed = new Map(query);
  for (const name of [...STREAM_FLAGS, 'container', 'command', 'ports']) changed.delete(name);
  for (const [name, value] of Object.entries(options)) {
    if (name === 'kind' || name === 'apiVersion' || value === undefined || value === false) continue;
    changed.set(name, (Array.isArray(value) ? value : [value]).map(String));
  }
  return { info, query: changed };
}

/** Options where plugins look for an object; those that need metadata have to see that there is none. */
export const asObject = (options: ConnectOptions) => options as unknown as KubeObject;
