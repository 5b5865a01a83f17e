import { type Clock, unauthorized } from '@kubets/core';
import { type ClientCertificate, type HttpHeaders, headerOf, headerValues } from '../pipeline/http.ts';
import type { User } from '../request.ts';

export const ANONYMOUS = 'system:anonymous';
export const UNAUTHENTICATED_GROUP = 'system:unauthenticated';
export const AUTHENTICATED_GROUP = 'system:authenticated';
export const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';
export const anonymousUser: User = { name: ANONYMOUS, groups: [UNAUTHENTICATED_GROUP] };

const TOKEN_CACHE_MS = 10_000;
const MAX_CACHED_TOKENS = 4096;
const MAX_CACHED_CERTIFICATES = 1024;
const MAX_TOKEN_LENGTH = 64 * 1024;

/** What a request shows of its sender. */
export interface Credentials {
  readonly headers: HttpHeaders;
  readonly certificate: ClientCertificate | undefined;
  /** Path and query as sent. */
  readonly target?: string;
}

/** The user that a bearer token stands for, and the audiences among those asked for that it is good for. */
export interface TokenIdentity {
  readonly user: User;
  readonly audiences: readonly string[];
}

/** One way of understanding bearer tokens. */
export interface TokenAuthenticator {
  /**
   * Undefined when the token is not of this kind, so that the next is asked. Throws an Error saying why, when it is but
   * is not valid. `audiences` empty means the API server's own.
   */
  authenticateToken(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined>;
}

function withAuthenticated(user: User): User {
  if (user.groups.includes(AUTHENTICATED_GROUP) || user.groups.includes(UNAUTHENTICATED_GROUP)) return user;
  return { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] };
}

/** The tokens of a fixed table, such as the administrator's. */
export function staticTokens(users: ReadonlyMap<string, User>): TokenAuthenticator {
  return {
    async authenticateToken(token, audiences) {
      const user = users.get(token);
      return user && { user, audiences };
    },
  };
}

interface CachedToken {
  readonly user: User;
  readonly untilMs: number;
}

export interface AuthenticatorOptions {
  readonly tokens: readonly TokenAuthenticator[];
  readonly clock: Clock;
  /** Whether requests without credentials are welcome: everywhere, or at these paths only. */
  readonly anonymous: boolean | readonly string[];
  /** Common names that may act as front proxy; empty allows every certificate of the front-proxy authority. */
  readonly frontProxyNames: readonly string[];
}

/**
 * Finds out who sends a request: a front proxy's headers, a client certificate, a bearer token, or nobody. Credentials that
 * are given and wrong are a 401, even where anonymous requests are welcome.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #byToken = new Map<string, CachedToken>();
  readonly #byCertificate = new Map<string, User>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  authenticate(credentials: Credentials): User | Promise<User> {
    const { headers, certificate } = credentials;
    if (certificate?.authority === 'unknown') throw unauthorized();
    if (certificate?.authority === 'front-proxy') {
      const user = this.#frontProxyUser(headers, certificate);
      if (user) return user;
    }
    if (certificate?.authority === 'client') return this.#certificateUser(certificate);
    const token = bearerToken(headerOf(headers, 'authorization')) || webSocketToken(headers);
    if (token) return this.#tokenUser(token);
    if (this.#welcomesAnybody(credentials)) return anonymousUser;
    throw unauthorized();
  }

  #welcomesAnybody({ target = '' }: Credentials): boolean {
    const { anonymous } = this.#options;
    return typeof anonymous === 'boolean' ? anonymous : anonymous.includes(target.split('?')[0]!);
  }

  /** Checks a token on somebody's behalf (TokenReview). Throws an Error that says why it is not good. */
  async reviewToken(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const failures: Error[] = [];
    for (const kind of this.#options.tokens) {
      try {
        const identity = await kind.authenticateToken(token, audiences);
        if (identity) return { ...identity, user: withAuthenticated(identity.user) };
      } catch (error) {
        failures.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
    if (failures.length > 0) throw new Error(failures.map((failure) => failure.message).join(', '));
    return undefined;
  }

  #tokenUser(token: string): User | Promise<User> {
    const cached = this.#byToken.get(token);
    if (cached && cached.untilMs > this.#options.clock.monotonicMs()) return cached.user;
    return this.#freshTokenUser(token);
  }

  async #freshTokenUser(token: string): Promise<User> {
    this.#byToken.delete(token);
    const identity = await this.reviewToken(token, []).catch(() => undefined);
    if (!identity) throw unauthorized();
    if (this.#byToken.size >= MAX_CACHED_TOKENS) this.#byToken.clear();
    this.#byToken.set(token, { user: identity.user, untilMs: this.#options.clock.monotonicMs() + TOKEN_CACHE_MS });
    return identity.user;
  }

  #certificateUser(certificate: ClientCertificate): User {
    const known = this.#byCertificate.get(certificate.fingerprint);
    if (known) return known;
    if (certificate.commonName === '') throw unauthorized();
    const user = withAuthenticated({
      name: certificate.commonName,
      groups: certificate.organizations,
      extra: { [CREDENTIAL_ID]: [`X509SHA256=${certificate.fingerprint}`] },
    });
    if (this.#byCertificate.size >= MAX_CACHED_CERTIFICATES) this.#byCertificate.clear();
    this.#byCertificate.set(certificate.fingerprint, user);
    return user;
  }

  /** The user that a trusted proxy vouches for; undefined when it names none. */
  #frontProxyUser(headers: HttpHeaders, certificate: ClientCertificate): User | undefined {
    const { frontProxyNames } = this.#options;
    if (frontProxyNames.length > 0 && !frontProxyNames.includes(certificate.commonName)) throw unauthorized();
    const name = headerOf(headers, 'x-remote-user');
    if (name === '') return undefined;
    const uid = headerOf(headers, 'x-remote-uid');
    const extra = extraOf(headers, 'x-remote-extra-');
    return withAuthenticated({
      name,
      groups: splitValues(headerValues(headers, 'x-remote-group')),
      ...(uid ? { uid } : {}),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    });
  }
}

/** HTTP libraries join repeated headers with a comma; group names hold none. */
export function splitValues(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(/,\s*/)).filter((value) => value !== '');
}

/** Headers such as `Impersonate-Extra-scopes: a`, by the key behind the prefix. */
export function extraOf(headers: HttpHeaders, prefix: string): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(prefix)) continue;
    const raw = name.slice(prefix.length);
    extra[decodeKey(raw)] = splitValues(headerValues(headers, name));
  }
  return extra;
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function bearerToken(authorization: string): string {
  if (!/^bearer /i.test(authorization)) return '';
  const token = authorization.slice(7).trim();
  return token.length <= MAX_TOKEN_LENGTH ? token : '';
}

const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';

/** Browsers cannot set headers on a WebSocket, so the token may come as one of its subprotocols. */
function webSocketToken(headers: HttpHeaders): string {
  const protocols = splitValues(headerValues(headers, 'sec-websocket-protocol'));
  const found = protocols.find((protocol) => protocol.startsWith(TOKEN_PROTOCOL));
  if (!found) return '';
  try {
    return atob(found.slice(TOKEN_PROTOCOL.length).replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}
