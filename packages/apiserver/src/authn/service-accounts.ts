import { nodeKind, podKind, type Secret, secretKind, serviceAccountKind } from '@kubets/api';
import { type Clock, type KubeObject, notFound, type Random } from '@kubets/core';
import type { Lookup } from '../pipeline/lookup.ts';
import type { User } from '../request.ts';
import { CREDENTIAL_ID, type TokenAuthenticator, type TokenIdentity } from './authenticator.ts';
import type { JwtClaims, JwtKeys } from './jwt.ts';
import { peekClaims } from './jwt.ts';
import { checkNotMarked } from './legacy-token-use.ts';

export const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';
const LEGACY_ISSUER = 'kubernetes/serviceaccount';
/** Tokens stay valid for so long behind the deletion of what they are bound to. */
const DELETION_LEEWAY_MS = 60_000;
/** Differences between clocks that are forgiven. */
const CLOCK_LEEWAY_SECONDS = 60;

export interface ObjectIdentity {
  readonly name: string;
  readonly uid: string;
}

/** What a bound token says of itself under `kubernetes.io`. */
export interface BoundClaims {
  readonly namespace: string;
  readonly serviceaccount: ObjectIdentity;
  readonly pod?: ObjectIdentity;
  /** Of a node that a pod names and that there is not, there is no UID. */
  readonly node?: { readonly name: string; readonly uid?: string };
  readonly secret?: ObjectIdentity;
  readonly warnafter?: number;
}

export interface TokenOrder {
  readonly namespace: string;
  readonly serviceAccount: ObjectIdentity;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** The token is long-lived, but its user is told to fetch a new one after so long. */
  readonly warnAfterSeconds?: number;
  readonly pod?: ObjectIdentity;
  readonly node?: ObjectIdentity;
  readonly secret?: ObjectIdentity;
}

/** Makes service-account tokens. */
export interface TokenIssuer {
  /** Audiences that a token gets when none are asked for: the API server's own. */
  readonly defaultAudiences: readonly string[];
  issue(order: TokenOrder): Promise<{ token: string; expirationTimestamp: string }>;
}

export interface ServiceAccountTokensOptions {
  readonly keys: JwtKeys;
  readonly issuer: string;
  readonly apiAudiences: readonly string[];
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each use of a token without an end. */
  readonly onLegacyUse?: (secret: Secret) => void;
}

function identityOf(value: unknown): ObjectIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, uid } = value as { name?: unknown; uid?: unknown };
  return typeof name === 'string' ? { name, uid: typeof uid === 'string' ? uid : '' } : undefined;
}

function boundClaims(claims: JwtClaims): BoundClaims | undefined {
  const own = claims['kubernetes.io'] as Record<string, unknown> | undefined;
  if (typeof own !== 'object' || own === null || typeof own.namespace !== 'string') return undefined;
  const serviceaccount = identityOf(own.serviceaccount);
  if (!serviceaccount) return undefined;
  const pod = identityOf(own.pod);
  const node = identityOf(own.node);
  const secret = identityOf(own.secret);
  return {
    namespace: own.namespace,
    serviceaccount,
    ...(pod ? { pod } : {}),
    ...(node ? { node } : {}),
    ...(secret ? { secret } : {}),
  };
}

const quoted = (texts: readonly unknown[]) => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;

/** The user that a service account is, with what is known of where it runs. */
export function serviceAccountUser(bound: BoundClaims, credentialId = ''): User {
  const extra: Record<string, string[]> = {};
  if (credentialId) extra[CREDENTIAL_ID] = [credentialId];
  const note = (what: 'pod' | 'node', identity: BoundClaims['node']) => {
    if (!identity) return;
    extra[`authentication.kubernetes.io/${what}-name`] = [identity.name];
    if (identity.uid) extra[`authentication.kubernetes.io/${what}-uid`] = [identity.uid];
  };
  note('node', bound.node);
  note('pod', bound.pod);
  return {
    name: `${SERVICE_ACCOUNT_PREFIX}${bound.namespace}:${bound.serviceaccount.name}`,
    uid: bound.serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${bound.namespace}`],
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

/** Issues and checks service-account tokens: bound ones, and the older ones kept in secrets. */
export class ServiceAccountTokens implements TokenAuthenticator, TokenIssuer {
  readonly #options: ServiceAccountTokensOptions;

  constructor(options: ServiceAccountTokensOptions) {
    this.#options = options;
  }

  get defaultAudiences(): readonly string[] {
    return this.#options.apiAudiences;
  }

  async issue(order: TokenOrder): Promise<{ token: string; expirationTimestamp: string }> {
    const { keys, issuer, clock, random } = this.#options;
    const nowSeconds = Math.floor(clock.now() / 1000);
    const exp = nowSeconds + order.expirationSeconds;
    const bound: BoundClaims = {
      namespace: order.namespace,
      ...(order.node ? { node: order.node.uid ? order.node : { name: order.node.name } } : {}),
      ...(order.pod ? { pod: order.pod } : {}),
      ...(order.secret ? { secret: order.secret } : {}),
      serviceaccount: order.serviceAccount,
      ...(order.warnAfterSeconds ? { warnafter: nowSeconds + order.warnAfterSeconds } : {}),
    };
    const token = await keys.sign({
      aud: order.audiences,
      exp,
      iat: nowSeconds,
      iss: issuer,
      jti: random.uuid(),
      'kubernetes.io': bound,
      nbf: nowSeconds,
      sub: `${SERVICE_ACCOUNT_PREFIX}${order.namespace}:${order.serviceAccount.name}`,
    });
    return {
      token,
      expirationTimestamp: new Date((nowSeconds + (order.warnAfterSeconds ?? order.expirationSeconds)) * 1000)
        .toISOString()
        .replace('.000Z', 'Z'),
    };
  }

  /** A token without an end, for a secret of type kubernetes.io/service-account-token. */
  issueLegacy(options: { namespace: string; serviceAccount: ObjectIdentity; secretName: string }): Promise<string> {
    const prefix = 'kubernetes.io/serviceaccount';
    return this.#options.keys.sign({
      iss: LEGACY_ISSUER,
      [`${prefix}/namespace`]: options.namespace,
      [`${prefix}/secret.name`]: options.secretName,
      [`${prefix}/service-account.name`]: options.serviceAccount.name,
      [`${prefix}/service-account.uid`]: options.serviceAccount.uid,
      sub: `${SERVICE_ACCOUNT_PREFIX}${options.namespace}:${options.serviceAccount.name}`,
    });
  }

  async authenticateToken(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined> {
    const issuer = peekClaims(token)?.iss;
    if (issuer !== this.#options.issuer && issuer !== LEGACY_ISSUER) return undefined;
    const claims = await this.#options.keys.verify(token);
    if (!claims) throw new Error('go-jose/go-jose: error in cryptographic primitive');
    return issuer === LEGACY_ISSUER
      ? this.#legacyIdentity(token, claims, audiences)
      : this.#boundIdentity(claims, audiences);
  }

  async #boundIdentity(claims: JwtClaims, audiences: readonly string[]): Promise<TokenIdentity> {
    const bound = boundClaims(claims);
    if (!bound) throw new Error('service account token is missing its claims');
    this.#checkTimes(claims);
    const wanted = audiences.length > 0 ? audiences : this.#options.apiAudiences;
    const given = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
    const shared = wanted.filter((audience) => given.includes(audience));
    if (shared.length === 0)
      throw new Error(`token audiences ${quoted(given)} is invalid for the target audiences ${quoted(wanted)}`);
    await this.#checkObjects(bound);
    const credentialId = typeof claims.jti === 'string' ? `JTI=${claims.jti}` : '';
    return { user: serviceAccountUser(bound, credentialId), audiences: audiences.length > 0 ? shared : [] };
  }

  #checkTimes(claims: JwtClaims): void {
    const nowSeconds = this.#options.clock.now() / 1000;
    if (typeof claims.exp !== 'number' || claims.exp < nowSeconds - CLOCK_LEEWAY_SECONDS)
      throw new Error('service account token has expired');
    if (typeof claims.nbf === 'number' && claims.nbf > nowSeconds + CLOCK_LEEWAY_SECONDS)
      throw new Error('service account token is not valid yet');
  }

  async #checkObjects({ namespace, serviceaccount, secret, pod, node }: BoundClaims): Promise<void> {
    const { lookup } = this.#options;
    const account = await lookup.get(serviceAccountKind, namespace, serviceaccount.name);
    if (!account) throw notFound({ group: '', resource: 'serviceaccounts' }, serviceaccount.name);
    if (this.#isGone(account)) throw new Error(`service account ${namespace}/${serviceaccount.name} has been deleted`);
    const { uid } = account.metadata;
    if (uid !== serviceaccount.uid)
      throw new Error(`service account UID (${uid}) does not match claim (${serviceaccount.uid})`);
    if (secret) this.#checkBound('secret', await lookup.get(secretKind, namespace, secret.name), secret);
    if (pod) this.#checkBound('pod', await lookup.get(podKind, namespace, pod.name), pod);
    // A node named beside a pod is information; only a token bound to the node alone ends with it.
    else if (node) this.#checkBound('node', await lookup.get(nodeKind, '', node.name), node);
  }

  #checkBound(what: 'secret' | 'pod' | 'node', object: KubeObject | undefined, claimed: { uid?: string }): void {
    if (!object || this.#isGone(object)) throw new Error('service account token has been invalidated');
    const { uid } = object.metadata;
    if (uid !== claimed.uid)
      throw new Error(`${what} UID (${uid}) does not match service account ${what} ref claim (${claimed.uid ?? ''})`);
  }

  #isGone({ metadata: { deletionTimestamp } }: KubeObject): boolean {
    if (!deletionTimestamp) return false;
    return Date.parse(deletionTimestamp) + DELETION_LEEWAY_MS < this.#options.clock.now();
  }

  async #legacyIdentity(token: string, claims: JwtClaims, audiences: readonly string[]): Promise<TokenIdentity> {
    const text = (name: string) => {
      const value = claims[`kubernetes.io/serviceaccount/${name}`];
      return typeof value === 'string' ? value : '';
    };
    const namespace = text('namespace');
    const secretName = text('secret.name');
    const serviceaccount = { name: text('service-account.name'), uid: text('service-account.uid') };
    await this.#checkObjects({ namespace, serviceaccount });
    const secret = await this.#options.lookup.get(secretKind, namespace, secretName);
    if (!secret) throw new Error('service account token has been invalidated');
    if (atob(secret.data?.token ?? '') !== token) throw new Error('service account token does not match server copy');
    this.#options.onLegacyUse?.(secret);
    checkNotMarked(secret, serviceaccount.name);
    const { apiAudiences } = this.#options;
    const shared = audiences.filter((audience) => apiAudiences.includes(audience));
    if (audiences.length > 0 && shared.length === 0) throw new Error('token is not valid for the target audiences');
    return { user: serviceAccountUser({ namespace, serviceaccount }), audiences: shared };
  }
}
