import type { Pod } from '@kubets/api';
import { badRequest, type FieldError, FieldPath, invalid, invalidObject } from '@kubets/core';
import { type QueryValues, queryBool, queryInt, queryText } from '../pipeline/query.ts';

/** What a client asks of a pod's streams, as paths on the kubelet: /containerLogs, /exec, /attach and /portForward. */

const names = (containers: readonly { name: string }[] | undefined) =>
  (containers ?? []).map(({ name }) => name).join(' ');

/** The container asked for, or the pod's only one. Throws 400 where that is not clear. */
export function chooseContainer(pod: Pod, wanted: string): string {
  const { containers, initContainers, ephemeralContainers } = pod.spec;
  const name = pod.metadata.name ?? '';
  if (wanted !== '') {
    const all: readonly { name: string }[] = [...containers, ...(initContainers ?? []), ...(ephemeralContainers ?? [])];
    if (!all.some((container) => container.name === wanted))
      throw badRequest(`container ${wanted} is not valid for pod ${name}`);
    return wanted;
  }
  if (containers.length === 1) return containers[0]!.name;
  const choice = containers.length > 0 ? `, choose one of: [${names(containers)}]` : '';
  const init =
    containers.length > 0 && initContainers?.length ? ` or one of the init containers: [${names(initContainers)}]` : '';
  throw badRequest(`a container name must be specified for pod ${name}${choice}${init}`);
}

function segments(...parts: string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

function logErrors(query: QueryValues): FieldError[] {
  const errors: FieldError[] = [];
  const check = (name: string, least: number, text: string) => {
    const value = queryInt(query, name);
    if (value !== undefined && value < least) errors.push(invalid(new FieldPath(name), value, text));
  };
  check('tailLines', 0, 'must be greater than or equal to 0');
  check('limitBytes', 1, 'must be greater than 0');
  check('sinceSeconds', 1, 'must be greater than 0');
  if (queryText(query, 'sinceSeconds') && queryText(query, 'sinceTime'))
    errors.push({
      type: 'FieldValueForbidden',
      field: '',
      message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    });
  return errors;
}

/** The kubelet's path for a log. Throws 400 and 422. */
export function logPath(pod: Pod, query: QueryValues): string {
  const errors = logErrors(query);
  const name = pod.metadata.name ?? '';
  if (errors.length > 0) throw invalidObject({ group: '', resource: '', kind: 'PodLogOptions', name, errors });
  const container = chooseContainer(pod, queryText(query, 'container'));
  const asked = new URLSearchParams();
  for (const flag of ['follow', 'previous', 'timestamps']) if (queryBool(query, flag)) asked.set(flag, 'true');
  for (const value of ['sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes', 'stream']) {
    const text = queryText(query, value);
    if (text !== '') asked.set(value, text);
  }
  return withQuery(segments('containerLogs', pod.metadata.namespace ?? '', name, container), asked);
}

/** The kubelet's path for exec and attach. Throws 400. */
export function streamPath(what: 'exec' | 'attach', pod: Pod, query: QueryValues): string {
  const container = chooseContainer(pod, queryText(query, 'container'));
  const asked = new URLSearchParams();
  const channels = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' };
  for (const [from, to] of Object.entries(channels)) if (queryBool(query, from)) asked.set(to, '1');
  if (what === 'exec') {
    const command = query.get('command') ?? [];
    if (command.length === 0) {
      const errors: FieldError[] = [{ type: 'FieldValueRequired', field: 'command', message: 'Required value' }];
      throw invalidObject({ group: '', resource: '', kind: 'PodExecOptions', name: pod.metadata.name ?? '', errors });
    }
    for (const word of command) asked.append('command', word);
  }
  return withQuery(segments(what, pod.metadata.namespace ?? '', pod.metadata.name ?? '', container), asked);
}

/** The kubelet's path for port forwarding; the WebSocket form names its ports. */
export function portForwardPath(pod: Pod, query: QueryValues): string {
  const asked = new URLSearchParams();
  for (const text of query.get('ports') ?? []) {
    for (const port of text.split(',')) {
      if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65535)
        throw badRequest(
          `unable to parse ${JSON.stringify(port)} as a port: strconv.ParseUint: parsing ${JSON.stringify(port)}: invalid syntax`,
        );
    }
    asked.append('ports', text);
  }
  return withQuery(segments('portForward', pod.metadata.namespace ?? '', pod.metadata.name ?? ''), asked);
}
