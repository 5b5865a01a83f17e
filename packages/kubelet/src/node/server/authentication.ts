import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type SubjectAccessReview, subjectAccessReviewKind, type TokenReview, tokenReviewKind } from '@kubets/api';
import type { Client } from '@kubets/client';
import type { Clock } from '@kubets/core';

export interface KubeletUser {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What a request wants, in the terms of authorization: a verb on a subresource of this node. */
export interface KubeletAccess {
  readonly verb: string;
  readonly subresource: string;
}

export interface AuthenticationOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly nodeName: string;
  /** Users that may do everything, such as the API server by the name in its client certificate. */
  readonly trustedUsers: readonly string[];
}

const ADMIN_GROUP = 'system:masters';
const CACHE_MS = 120_000;
const MAX_CACHED = 1_000;
const VERBS: Record<string, string> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const SUBRESOURCES: Record<string, string> = {
  stats: 'stats',
  metrics: 'metrics',
  logs: 'log',
  checkpoint: 'checkpoint',
};
/** Paths with a subresource of their own, which may be allowed in place of `proxy`. */
const FINE_GRAINED: Record<string, string> = {
  healthz: 'healthz',
  pods: 'pods',
  runningpods: 'pods',
  configz: 'configz',
};

/** The accesses of which one suffices for a request. */
export function accessesFor(method: string, path: string): KubeletAccess[] {
  const verb = VERBS[method] ?? 'get';
  const first = path.split('/')[1] ?? '';
  const fine = FINE_GRAINED[first];
  const main = { verb, subresource: SUBRESOURCES[first] ?? 'proxy' };
  return fine ? [{ verb, subresource: fine }, main] : [main];
}

/** Who asks, by client certificate or bearer token, and whether they may. */
export class KubeletGate {
  readonly #options: AuthenticationOptions;
  readonly #cache = new Map<string, { value: unknown; untilMs: number }>();

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  /** Undefined for callers that do not say who they are: there are no anonymous requests. */
  async user(request: IncomingMessage): Promise<KubeletUser | undefined> {
    const socket = request.socket as TLSSocket;
    const subject = socket.authorized ? socket.getPeerCertificate().subject : undefined;
    if (subject?.CN) return { name: one(subject.CN), groups: many(subject.O) };
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return token ? this.#cached(`token ${token}`, () => this.#reviewToken(token)) : undefined;
  }

  async mayAccess(user: KubeletUser, accesses: readonly KubeletAccess[]): Promise<boolean> {
    if (user.groups.includes(ADMIN_GROUP) || this.#options.trustedUsers.includes(user.name)) return true;
    for (const access of accesses) {
      const key = JSON.stringify([user, access]);
      if (await this.#cached(key, () => this.#reviewAccess(user, access))) return true;
    }
    return false;
  }

  async #cached<T>(key: string, make: () => Promise<T>): Promise<T> {
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#cache.get(key);
    if (known && known.untilMs > nowMs) return known.value as T;
    const value = await make();
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    if (value) this.#cache.set(key, { value, untilMs: nowMs + CACHE_MS });
    return value;
  }

  async #reviewToken(token: string): Promise<KubeletUser | undefined> {
    const review: TokenReview = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      metadata: {},
      spec: { token },
    };
    const { status } = await this.#options.client.resource(tokenReviewKind).create(review);
    if (!status?.authenticated || !status.user?.username) return undefined;
    return { name: status.user.username, groups: status.user.groups ?? [] };
  }

  async #reviewAccess(user: KubeletUser, { verb, subresource }: KubeletAccess): Promise<boolean> {
    const review: SubjectAccessReview = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: {
        user: user.name,
        groups: [...user.groups],
        resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: this.#options.nodeName },
      },
    };
    const { status } = await this.#options.client.resource(subjectAccessReviewKind).create(review);
    return status?.allowed ?? false;
  }
}

const one = (value: string | string[]) => (Array.isArray(value) ? (value[0] ?? '') : value);
const many = (value: string | string[] | undefined) =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
