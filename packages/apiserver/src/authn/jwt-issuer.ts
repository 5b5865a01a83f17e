import { type Clock, celTypes, celValueOfJson, compileCel, type JsonValue, jsonOfCelValue } from '@kubets/core';
import type { User } from '../request.ts';
import type { HttpsCaller } from '../webhooks/https-caller.ts';
import type { TokenAuthenticator, TokenIdentity } from './authenticator.ts';
import { hasKeyFor, type IssuerKey, parseJwks, verifyWith } from './jwks.ts';
import { type JwtClaims, peekClaims } from './jwt.ts';

const FETCH_TIMEOUT_MS = 10_000;
/** How often an issuer is asked for keys that it did not have before. */
const MIN_REFETCH_MS = 10_000;

/** A claim with a prefix, or an expression over `claims`. */
export type Mapping = { readonly claim: string; readonly prefix: string } | { readonly expression: string };

/** An issuer of JSON web tokens, and who its tokens stand for. */
export interface JwtIssuerConfiguration {
  readonly url: string;
  /** Where its discovery document is, if not below its URL. */
  readonly discoveryUrl?: string;
  /** PEM. */
  readonly ca?: string;
  /** A token has to be for one of these. */
  readonly audiences: readonly string[];
  readonly requiredClaims: readonly { readonly claim: string; readonly value: string }[];
  /** Over `claims`; all must be true. */
  readonly claimRules: readonly { readonly expression: string; readonly message: string }[];
  readonly username: Mapping;
  readonly groups?: Mapping;
  readonly uid?: Mapping;
  readonly extra: readonly { readonly key: string; readonly valueExpression: string }[];
  /** Over `user`; all must be true. */
  readonly userRules: readonly { readonly expression: string; readonly message: string }[];
}

export interface JwtIssuerOptions {
  readonly caller: HttpsCaller;
  readonly clock: Clock;
  /** What the API server calls itself: whoever asks for tokens of other audiences does not mean these. */
  readonly apiAudiences: readonly string[];
}

/** Understands the tokens of one issuer. Its keys are asked for when the first token comes. */
export class JwtIssuer implements TokenAuthenticator {
  readonly #configuration: JwtIssuerConfiguration;
  readonly #caller: HttpsCaller;
  readonly #clock: Clock;
  readonly #apiAudiences: readonly string[];
  #keys: readonly IssuerKey[] = [];
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(configuration: JwtIssuerConfiguration, { caller, clock, apiAudiences }: JwtIssuerOptions) {
    this.#configuration = configuration;
    this.#caller = caller;
    this.#clock = clock;
    this.#apiAudiences = apiAudiences;
  }

  async authenticateToken(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined> {
    const { url, requiredClaims, claimRules, userRules } = this.#configuration;
    if (peekClaims(token)?.iss !== url) return undefined;
    const matched = audiences.filter((audience) => this.#apiAudiences.includes(audience));
    if (audiences.length > 0 && matched.length === 0) return undefined;
    if (!hasKeyFor(token, this.#keys)) await this.#fetchKeys();
    const claims = await verifyWith(token, this.#keys);
    if (!claims) throw new Error('oidc: verify token: failed to verify signature: no keys matches jwk keyid');
    this.#checkTimes(claims);
    this.#checkAudience(claims);
    for (const { claim, value } of requiredClaims)
      if (claims[claim] !== value)
        throw new Error(`oidc: required claim ${claim} value does not match. Got = ${claims[claim]}, want = ${value}`);
    check(claimRules, 'claims', claims as JsonValue);
    const user = this.#userOf(claims);
    check(userRules, 'user', userValueOf(user));
    return { user, audiences: matched };
  }

  #checkTimes({ exp, nbf }: JwtClaims): void {
    const nowSeconds = this.#clock.now() / 1000;
    if (typeof exp !== 'number' || exp <= nowSeconds) {
      const expiry = typeof exp === 'number' ? new Date(exp * 1000).toISOString() : 'never given';
      throw new Error(`oidc: verify token: oidc: token is expired (Token Expiry: ${expiry})`);
    }
    if (typeof nbf === 'number' && nbf > nowSeconds) throw new Error('oidc: verify token: current time before nbf');
  }

  #checkAudience({ aud }: JwtClaims): void {
    const own = (Array.isArray(aud) ? aud : [aud]).map(String);
    const expected = this.#configuration.audiences;
    if (!own.some((audience) => expected.includes(audience)))
      throw new Error(
        `oidc: verify token: oidc: expected audience in ${JSON.stringify(expected)} got ${JSON.stringify(own)}`,
      );
  }

  #userOf(claims: JwtClaims): User {
    const { username, groups, uid, extra } = this.#configuration;
    const name = textOf(username, claims, 'username');
    if (!name) throw new Error('oidc: claim of the username is missing or empty');
    if ('claim' in username && username.claim === 'email' && claims.email_verified === false)
      throw new Error('oidc: email not verified');
    const id = uid && textOf(uid, claims, 'uid');
    const entries = extra.map(({ key, valueExpression }) => [key, listOf(evaluate(valueExpression, 'claims', claims))]);
    const given = entries.filter(([, values]) => values!.length > 0);
    return {
      name,
      groups: groups ? groupsOf(groups, claims) : [],
      ...(id ? { uid: id } : {}),
      ...(given.length > 0 ? { extra: Object.fromEntries(given) } : {}),
    };
  }

  async #fetchKeys(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#fetchedMs < MIN_REFETCH_MS) return;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { url, discoveryUrl } = this.#configuration;
    this.#fetchedMs = this.#clock.monotonicMs();
    const where = discoveryUrl ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { issuer, jwks_uri: jwksUrl } = JSON.parse(await this.#get(where)) as { issuer?: string; jwks_uri?: string };
    if (issuer !== url)
      throw new Error(`oidc: issuer did not match the issuer returned by provider, expected "${url}" got "${issuer}"`);
    this.#keys = parseJwks(await this.#get(jwksUrl ?? ''));
  }

  async #get(url: string): Promise<string> {
    const { ca } = this.#configuration;
    const { code, body } = await this.#caller.call({
      method: 'GET',
      url,
      ...(ca ? { ca } : {}),
      headers: { accept: 'application/json' },
      timeoutMs: FETCH_TIMEOUT_MS,
    });
    if (code !== 200) throw new Error(`oidc: ${url} answered ${code}`);
    return body;
  }
}

function evaluate(expression: string, name: 'claims' | 'user', value: unknown): JsonValue {
  const program = compileCel(expression, { variables: { [name]: celTypes.DYN } });
  const result = program.evaluate({ [name]: () => celValueOfJson(value as JsonValue) }, {});
  if ('error' in result) throw new Error(`oidc: expression '${expression}' resulted in error: ${result.error.message}`);
  return jsonOfCelValue(result.value);
}

function check(rules: JwtIssuerConfiguration['claimRules'], name: 'claims' | 'user', value: JsonValue): void {
  for (const { expression, message } of rules) {
    if (evaluate(expression, name, value) === true) continue;
    throw new Error(
      `oidc: error evaluating ${name === 'user' ? 'user info' : 'claim'} validation expression: ${message || `validation expression '${expression}' failed`}`,
    );
  }
}

function userValueOf({ name, uid, groups, extra }: User): JsonValue {
  const value = { username: name, uid: uid ?? '', groups, extra: extra ?? {} };
  return structuredClone(value) as unknown as JsonValue;
}

function textOf(mapping: Mapping, claims: JwtClaims, what: string): string {
  if ('claim' in mapping) {
    const value = claims[mapping.claim];
    return typeof value === 'string' && value !== '' ? mapping.prefix + value : '';
  }
  const value = evaluate(mapping.expression, 'claims', claims);
  if (typeof value !== 'string')
    throw new Error(`oidc: error evaluating ${what} claim expression: must return a string`);
  return value;
}

function groupsOf(mapping: Mapping, claims: JwtClaims): string[] {
  if ('expression' in mapping) return listOf(evaluate(mapping.expression, 'claims', claims));
  return listOf((claims[mapping.claim] ?? null) as JsonValue).map((group) => mapping.prefix + group);
}

/** A text, a list of texts or nothing. */
function listOf(value: JsonValue): string[] {
  if (value === null || value === '') return [];
  const list = Array.isArray(value) ? value : [value];
  if (list.some((item) => typeof item !== 'string'))
    throw new Error('oidc: a claim is neither a string nor a list of strings');
  return list.map(String);
}
