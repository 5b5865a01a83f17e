import { badRequest, type KindDefinition, StatusError } from '@kubets/core';
import type { HttpExchange, ResponseHeaders } from '../pipeline/http.ts';
import type { QueryValues } from '../pipeline/query.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';
import { logPath, portForwardPath, streamPath } from './pod-streams.ts';
import { parseProxyName, type Target, type Targets } from './targets.ts';

/** An authorized request for a subresource that streams: log, exec, attach, portforward, proxy. */
export interface ConnectRequest {
  readonly info: RequestInfo;
  readonly query: QueryValues;
  readonly kind: KindDefinition;
  readonly user: User;
  readonly exchange: HttpExchange;
  /** What every answer carries. */
  readonly headers: ResponseHeaders;
  /** Called with the code of the answer when it begins. */
  onAnswer?(code: number): void;
}

/** Answers streaming subresources by passing them on to where the pod runs. Refusals are thrown as `StatusError`. */
export interface Connector {
  connect(request: ConnectRequest): Promise<void>;
}

/** One request to be passed on. */
export interface Forwarding {
  readonly exchange: HttpExchange;
  readonly target: Target;
  /** Path and query on the target. */
  readonly path: string;
  readonly method: string;
  readonly headers: ResponseHeaders;
  /** Set for proxies: the path under which the target appears, to which its links are rewritten. */
  readonly proxyPrefix?: string;
  /** Called with the code of the answer when it begins. */
  readonly onAnswer?: ((code: number) => void) | undefined;
}

/** Carries requests and answers between a client and a target; where there are sockets, it is one of the machine's parts. */
export interface Forwarder {
  /** Sends the request and streams the answer. A target's refusal is thrown as a `StatusError` with the target's words. */
  stream(forwarding: Forwarding): Promise<void>;
  /** Joins an upgraded connection with one to the target, byte for byte. */
  tunnel(forwarding: Forwarding): Promise<void>;
  /** Passes anything on as it is, upgrades included, as a reverse proxy. */
  proxy(forwarding: Forwarding): Promise<void>;
}

/** The connector for clusters whose kubelets are reached over the network. */
export class KubeletConnector implements Connector {
  readonly #targets: Targets;
  readonly #forwarder: Forwarder;

  constructor(options: { targets: Targets; forwarder: Forwarder }) {
    this.#targets = options.targets;
    this.#forwarder = options.forwarder;
  }

  connect(request: ConnectRequest): Promise<void> {
    switch (request.info.subresource) {
      case 'log':
        return this.#log(request);
      case 'exec':
      case 'attach':
      case 'portforward':
        return this.#stream(request, request.info.subresource);
      case 'proxy':
        return this.#proxy(request);
      default: {
        const message = `${request.info.subresource} is not implemented`;
        throw new StatusError({ code: 501, reason: 'NotImplemented', message });
      }
    }
  }

  async #log({ info, query, exchange, headers, onAnswer }: ConnectRequest): Promise<void> {
    const pod = await this.#targets.pod(info.namespace, info.name);
    const path = logPath(pod, query);
    const answer = { ...headers, 'content-type': 'text/plain' };
    if (!pod.spec.nodeName) {
      exchange.respond(200, answer, '');
      onAnswer?.(200);
      return;
    }
    const target = await this.#targets.kubelet(pod.spec.nodeName);
    await this.#forwarder.stream({ exchange, target, path, method: 'GET', headers: answer, onAnswer });
  }

  async #stream(
    { info, query, exchange, headers, onAnswer }: ConnectRequest,
    what: 'exec' | 'attach' | 'portforward',
  ): Promise<void> {
    const pod = await this.#targets.pod(info.namespace, info.name);
    if (!pod.spec.nodeName) throw badRequest(`pod ${info.name} does not have a host assigned`);
    const path = what === 'portforward' ? portForwardPath(pod, query) : streamPath(what, pod, query);
    if (!exchange.isUpgrade) throw badRequest('Upgrade request required');
    const target = await this.#targets.kubelet(pod.spec.nodeName);
    await this.#forwarder.tunnel({ exchange, target, path, method: info.method, headers, onAnswer });
  }

  async #proxy({ info, exchange, headers, onAnswer }: ConnectRequest): Promise<void> {
    const prefix = proxyPrefixOf(info);
    const reads = info.method === 'GET' || info.method === 'HEAD';
    if (info.rest === '' && !info.path.endsWith('/') && reads && !exchange.isUpgrade) {
      const location = `${info.path}/${info.query ? `?${info.query}` : ''}`;
      exchange.respond(301, { ...headers, location }, '');
      onAnswer?.(301);
      return;
    }
    const target = await this.#proxyTarget(info);
    const path = `/${info.rest}${info.query ? `?${info.query}` : ''}`;
    const forwarding = { exchange, target, path, method: info.method, headers, proxyPrefix: prefix, onAnswer };
    await this.#forwarder.proxy(forwarding);
  }

  #proxyTarget(info: RequestInfo): Promise<Target> {
    const name = parseProxyName(info.name);
    if (info.resource === 'pods') return this.#targets.podPort(info.namespace, name);
    if (info.resource === 'services') return this.#targets.service(info.namespace, name);
    return this.#targets.node(name);
  }
}

/** The path of a proxied resource up to and including `/proxy`. */
function proxyPrefixOf({ path, rest }: RequestInfo): string {
  const whole = path.replace(/\/+$/, '');
  const tail = rest.replace(/\/+$/, '');
  return tail === '' ? whole : whole.slice(0, whole.length - tail.length - 1);
}
