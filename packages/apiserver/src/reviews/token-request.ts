import { nodeKind, podKind, secretKind, serviceAccountKind, TokenRequest } from '@kubets/api';
import {
  badRequest,
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
} from '@kubets/core';
import { peekClaims } from '../authn/jwt.ts';
import type { ObjectIdentity, TokenIssuer, TokenOrder } from '../authn/service-accounts.ts';
import type { Lookup } from '../pipeline/lookup.ts';
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

/** `POST serviceaccounts/<name>/token`: a token for a service account, bound to what it is to be used by. */
export class TokenRequests {
  readonly #issuer: TokenIssuer;
  readonly #lookup: Lookup;

  constructor(options: { issuer: TokenIssuer; lookup: Lookup }) {
    this.#issuer = options.issuer;
    this.#lookup = options.lookup;
  }

  async create(request: AuthenticatedRequest): Promise<VerbResult> {
    const { namespace, name } = request;
    const given = conform(TokenRequest, request.body as JsonObject).value as unknown as Partial<TokenRequest>;
    const spec: Partial<TokenRequest['spec']> = given.spec ?? {};
    checkNames(given, namespace, name);
    const expirationSeconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
    checkExpiration(expirationSeconds);
    const account = await this.#lookup.get(serviceAccountKind, namespace, name);
    if (!account) throw notFound({ group: '', resource: 'serviceaccounts' }, name);
    const audiences = spec.audiences?.length ? spec.audiences : [...this.#issuer.defaultAudiences];
    const bound = await this.#bind(namespace, name, spec.boundObjectRef);
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
      metadata: { name, namespace, creationTimestamp: account.metadata.creationTimestamp },
      spec: { audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp },
    };
    return { type: 'transient', code: 201, warnings: [], object: object as unknown as KubeObject };
  }

  #issue(order: TokenOrder): Promise<{ token: string; expirationTimestamp: string }> {
    const { defaultAudiences } = this.#issuer;
    const forServer = order.audiences.every((audience) => defaultAudiences.includes(audience));
    if (order.expirationSeconds !== POD_TOKEN_SECONDS || !forServer || !order.pod) return this.#issuer.issue(order);
    return this.#issuer.issue({ ...order, warnAfterSeconds: POD_TOKEN_SECONDS, expirationSeconds: EXTENDED_SECONDS });
  }

  async #bind(namespace: string, account: string, ref: TokenRequest['spec']['boundObjectRef']): Promise<Bound> {
    if (!ref) return {};
    const bindable = BINDABLE[ref.kind ?? ''];
    const { apiVersion = 'v1', name = '' } = ref;
    if (!bindable || apiVersion !== 'v1')
      throw badRequest(
        `cannot bind token for serviceaccount "${account}" to object of type ${apiVersion}, Kind=${ref.kind ?? ''}`,
      );
    const object = await this.#lookup.get(bindable.kind, bindable.claim === 'node' ? '' : namespace, name);
    const resource = { group: '', resource: bindable.resource };
    if (!object) throw notFound(resource, name);
    if (ref.uid && ref.uid !== object.metadata.uid)
      throw conflict(
        resource,
        name,
        `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    const identity = { name, uid: object.metadata.uid ?? '' };
    return bindable.claim === 'pod' ? this.#bindToPod(object, account, identity) : { [bindable.claim]: identity };
  }

  async #bindToPod(pod: KubeObject, account: string, identity: ObjectIdentity): Promise<Bound> {
    const { serviceAccountName = 'default', nodeName } = (
      pod as KubeObject & { spec: { serviceAccountName?: string; nodeName?: string } }
    ).spec;
    if (serviceAccountName !== account)
      throw badRequest(
        `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name.`,
      );
    if (!nodeName) return { pod: identity };
    const node = await this.#lookup.get(nodeKind, '', nodeName);
    return { pod: identity, node: { name: nodeName, uid: node?.metadata.uid ?? '' } };
  }
}

function checkNames(given: Partial<TokenRequest>, namespace: string, name: string): void {
  const { metadata } = given;
  if (metadata?.name && metadata.name !== name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
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
