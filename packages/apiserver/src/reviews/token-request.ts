import { nodeKind, type Pod, podKind, secretKind, serviceAccountKind, TokenRequest } from '@kubets/api';
import {
  badRequest,
  type Clock,
  conflict,
  conform,
  type FieldError,
  FieldPath,
  invalid,
  invalidObject,
  type JsonObject,
  type KindDefinition,
  type KubeObject,
  notFound,
  parseApiVersion,
} from '@kubets/core';
import { peekClaims } from '../authn/jwt.ts';
import type { ObjectIdentity, TokenIssuer, TokenOrder } from '../authn/service-accounts.ts';
import type { Lookup } from '../pipeline/lookup.ts';
import { timestamp } from '../registry/metadata.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
/** What kubelets ask for on behalf of pods; such tokens outlive it, for clients that read theirs only once. */
const POD_TOKEN_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 60 * 60;

interface Bindable {
  readonly kind: KindDefinition;
  readonly claim: 'pod' | 'secret' | 'node';
  readonly resource: string;
}

const BINDABLE: Readonly<Record<string, Bindable>> = {
  Pod: { kind: podKind as unknown as KindDefinition, claim: 'pod', resource: 'pods' },
  Secret: { kind: secretKind as unknown as KindDefinition, claim: 'secret', resource: 'secrets' },
  Node: { kind: nodeKind as unknown as KindDefinition, claim: 'node', resource: 'nodes' },
};

type Bound = { [K in 'pod' | 'secret' | 'node']?: ObjectIdentity };

/** How long tokens last, beside what is asked for. */
export interface TokenLimits {
  /** No token lasts longer. */
  readonly maxSeconds?: number;
  /** Whether tokens of pods that are for this server last a year, with a note from when on they should not be used. Default true. */
  readonly extendsPodTokens?: boolean;
}

/** `POST serviceaccounts/<name>/token`: a token for a service account, bound to what it is to be used by. */
export class TokenRequests {
  readonly #issuer: TokenIssuer;
  readonly #lookup: Lookup;
  readonly #clock: Clock;
  readonly #limits: TokenLimits;

  constructor(options: { issuer: TokenIssuer; lookup: Lookup; clock: Clock; limits?: TokenLimits | undefined }) {
    this.#issuer = options.issuer;
    this.#lookup = options.lookup;
    this.#clock = options.clock;
    this.#limits = options.limits ?? {};
  }

  async create(request: AuthenticatedRequest): Promise<VerbResult> {
    const { namespace, name } = request;
    const given = conform(TokenRequest, request.body as JsonObject).value as unknown as Partial<TokenRequest>;
    const spec: Partial<TokenRequest['spec']> = given.spec ?? {};
    checkNames(given, namespace, name);
    const account = await this.#lookup.get(serviceAccountKind, namespace, name);
    if (!account) throw notFound({ group: '', resource: 'serviceaccounts' }, name);
    const askedSeconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
    checkExpiration(askedSeconds);
    const audiences = spec.audiences?.length ? spec.audiences : [...this.#issuer.defaultAudiences];
    const bound = await this.#bind(namespace, name, spec.boundObjectRef);
    const expirationSeconds = this.#shortened(askedSeconds, request);
    const order: TokenOrder = {
      namespace,
      serviceAccount: { name, uid: account.metadata.uid ?? '' },
      audiences,
      expirationSeconds,
      ...bound,
    };
    const { token, expirationTimestamp } = await this.#issue(order);
    request.audit?.annotate('authentication.kubernetes.io/issued-credential-id', `JTI=${peekClaims(token)?.jti}`);
    const object = {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { ...given.metadata, name, namespace, creationTimestamp: timestamp(this.#clock.now()) },
      spec: { audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp },
    };
    return { type: 'transient', code: 201, warnings: [], object: object as unknown as KubeObject };
  }

  #shortened(seconds: number, { warnings }: AuthenticatedRequest): number {
    const { maxSeconds } = this.#limits;
    if (!maxSeconds || seconds <= maxSeconds) return seconds;
    warnings?.add(`requested expiration of ${seconds} seconds shortened to ${maxSeconds} seconds`);
    return maxSeconds;
  }

  #issue(order: TokenOrder): Promise<{ token: string; expirationTimestamp: string }> {
    const { defaultAudiences } = this.#issuer;
    const forServer = order.audiences.every((audience) => defaultAudiences.includes(audience));
    const isForPod = order.expirationSeconds === POD_TOKEN_SECONDS && forServer && order.pod;
    if (!isForPod || this.#limits.extendsPodTokens === false) return this.#issuer.issue(order);
    return this.#issuer.issue({ ...order, warnAfterSeconds: POD_TOKEN_SECONDS, expirationSeconds: EXTENDED_SECONDS });
  }

  async #bind(namespace: string, account: string, ref: TokenRequest['spec']['boundObjectRef']): Promise<Bound> {
    if (!ref) return {};
    const { kind = '', apiVersion = '', name = '' } = ref;
    const bindable = BINDABLE[kind];
    const { group, version } = parseApiVersion(apiVersion);
    if (!bindable || group !== '')
      throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
    const object = await this.#lookup.get(bindable.kind, bindable.claim === 'node' ? '' : namespace, name);
    if (!object) throw notFound({ group: '', resource: bindable.resource }, name);
    if (bindable.claim === 'pod') checkAccount(object as Pod, account);
    if (ref.uid && ref.uid !== object.metadata.uid)
      throw conflict(
        { group: '', resource: kind },
        name,
        `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    const identity = { name, uid: object.metadata.uid ?? '' };
    return bindable.claim === 'pod' ? this.#bindToPod(object as Pod, identity) : { [bindable.claim]: identity };
  }

  async #bindToPod({ spec: { nodeName } }: Pod, identity: ObjectIdentity): Promise<Bound> {
    if (!nodeName) return { pod: identity };
    const node = await this.#lookup.get(nodeKind, '', nodeName);
    return { pod: identity, node: { name: nodeName, uid: node?.metadata.uid ?? '' } };
  }
}

function checkAccount({ spec: { serviceAccountName = 'default' } }: Pod, account: string): void {
  if (serviceAccountName === account) return;
  throw badRequest(
    `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name.`,
  );
}

function checkNames(given: Partial<TokenRequest>, namespace: string, name: string): void {
  const { metadata } = given;
  if (metadata?.name && metadata.name !== name) {
    const path = new FieldPath('metadata.name');
    const errors = [invalid(path, metadata.name, 'must match the service account name if specified')];
    throw invalidObject({ group: 'authentication.k8s.io', resource: '', kind: 'TokenRequest', name, errors });
  }
  if (metadata?.namespace && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

function checkExpiration(seconds: number): void {
  const path = new FieldPath('spec.expirationSeconds');
  const errors: FieldError[] = [];
  if (seconds < MIN_SECONDS) errors.push(invalid(path, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > MAX_SECONDS) errors.push(invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (errors.length > 0)
    throw invalidObject({ group: 'authentication.k8s.io', resource: '', kind: 'TokenRequest', name: '', errors });
}
