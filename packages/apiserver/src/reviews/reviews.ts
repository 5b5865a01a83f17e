import {
  type LocalSubjectAccessReview,
  localSubjectAccessReviewKind,
  type NonResourceAttributes,
  type ResourceAttributes,
  type SubjectAccessReview,
  selfSubjectAccessReviewKind,
  selfSubjectRulesReviewKind,
  subjectAccessReviewKind,
  tokenReviewKind,
  validateReviewAttributes,
  validateSubjectAccessReviewSpec,
} from '@kubets/api';
import {
  badRequest,
  conform,
  type FieldError,
  FieldPath,
  invalidObject,
  type JsonObject,
  type KindDefinition,
  type KubeObject,
} from '@kubets/core';
import type { Authenticator } from '../authn/authenticator.ts';
import type { Attributes, Authorizer } from '../authz/authorizer.ts';
import { decisionOf } from '../authz/decisions.ts';
import { selectorsOfReview } from '../authz/selectors.ts';
import type { AuthenticatedRequest, User, VerbResult } from '../request.ts';
import type { CustomVerb } from '../verbs/dispatch.ts';

const AUTHENTICATION = 'authentication.k8s.io';
const INVALID_TOKEN = 'invalid bearer token';
const AUTHORIZATION = 'authorization.k8s.io';

interface UserInfo {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: string[];
  readonly extra?: Record<string, string[]>;
}

function created(object: object): VerbResult {
  return { type: 'transient', code: 201, warnings: [], object: object as KubeObject };
}

/** The review as its schema has it; a value of a wrong type is a 400. */
function bodyOf<T extends KubeObject>(request: AuthenticatedRequest, kind: KindDefinition<T>): T {
  const { metadata, spec, ...rest } = conform(kind.schema, request.body as JsonObject).value;
  return { ...rest, metadata: metadata ?? {}, spec: spec ?? {} } as unknown as T;
}

function userInfoOf(user: User): UserInfo {
  return {
    username: user.name,
    ...(user.uid ? { uid: user.uid } : {}),
    groups: [...user.groups],
    ...(user.extra ? { extra: Object.fromEntries(Object.entries(user.extra).map(([k, v]) => [k, [...v]])) } : {}),
  };
}

/** The kind and group of a review's own messages. */
function head(kind: string, group: string) {
  return { kind, apiVersion: `${group}/v1` };
}

type ResourceSpec = ResourceAttributes | undefined;
type UrlSpec = NonResourceAttributes | undefined;

interface AccessSpec {
  readonly resourceAttributes?: ResourceSpec;
  readonly nonResourceAttributes?: UrlSpec;
}

/** What a review asks, and what of it is ignored. */
interface Question {
  readonly attributes: Attributes;
  readonly problems: readonly string[];
}

function questionOf(user: User, spec: AccessSpec): Question {
  const resource = spec.resourceAttributes;
  const base = { user, isResource: resource !== undefined };
  if (!resource) {
    const { verb = '', path = '' } = spec.nonResourceAttributes ?? {};
    const nothing = { group: '', resource: '', subresource: '', namespace: '', name: '' };
    return { attributes: { ...base, ...nothing, verb, path }, problems: [] };
  }
  const { verb = '', group = '', version = '', subresource = '', namespace = '', name = '' } = resource;
  const { narrowing, problems } = selectorsOfReview(resource);
  const target = { group, version, resource: resource.resource ?? '', subresource, namespace, name, path: '' };
  return { attributes: { ...base, verb, ...target, ...narrowing }, problems };
}

function refuseFor(errors: readonly FieldError[], kind: string): void {
  if (errors.length > 0) throw invalidObject({ group: AUTHORIZATION, resource: '', kind, name: '', errors });
}

export interface ReviewOptions {
  readonly authenticator: Authenticator;
  /** Whom tokens are reviewed for when a review does not say. */
  readonly apiAudiences: readonly string[];
  readonly authorizer: Authorizer;
}

/** Answers the reviews, which are created but never stored: who a token is, and who may do what. */
class Reviews {
  readonly #options: ReviewOptions;

  constructor(options: ReviewOptions) {
    this.#options = options;
  }

  async tokenReview(request: AuthenticatedRequest): Promise<VerbResult> {
    const review = bodyOf(request, tokenReviewKind);
    const token = review.spec.token ?? '';
    if (token === '') throw badRequest('token is required for TokenReview in authentication');
    const audiences = review.spec.audiences?.length ? review.spec.audiences : this.#options.apiAudiences;
    return created({
      ...head('TokenReview', AUTHENTICATION),
      metadata: review.metadata,
      spec: review.spec,
      status: await this.#statusOf(token, audiences),
    });
  }

  async #statusOf(token: string, audiences: readonly string[]): Promise<object> {
    try {
      const identity = await this.#options.authenticator.reviewToken(token, audiences);
      if (!identity) return { user: {}, error: INVALID_TOKEN };
      const shared = identity.audiences.length > 0 ? { audiences: [...identity.audiences] } : {};
      return { authenticated: true, user: userInfoOf(identity.user), ...shared };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { user: {}, error: aggregateOf([INVALID_TOKEN, why]) };
    }
  }

  async selfSubjectReview(request: AuthenticatedRequest): Promise<VerbResult> {
    const status = { userInfo: userInfoOf(request.user) };
    const creationTimestamp = null;
    return created({ ...head('SelfSubjectReview', AUTHENTICATION), metadata: { creationTimestamp }, status });
  }

  async subjectAccessReview(request: AuthenticatedRequest): Promise<VerbResult> {
    return this.#reviewSubject('SubjectAccessReview', bodyOf(request, subjectAccessReviewKind));
  }

  async localSubjectAccessReview(request: AuthenticatedRequest): Promise<VerbResult> {
    const review = bodyOf(request, localSubjectAccessReviewKind);
    const namespace = review.spec.resourceAttributes?.namespace ?? '';
    if (namespace !== request.namespace)
      throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${request.namespace}`);
    return this.#reviewSubject('LocalSubjectAccessReview', review);
  }

  async #reviewSubject(kind: string, review: SubjectAccessReview | LocalSubjectAccessReview): Promise<VerbResult> {
    const { spec } = review;
    refuseFor(validateSubjectAccessReviewSpec(spec), kind);
    const user: User = {
      name: spec.user ?? '',
      groups: spec.groups ?? [],
      ...(spec.uid ? { uid: spec.uid } : {}),
      ...(spec.extra ? { extra: spec.extra } : {}),
    };
    return created({
      ...head(kind, AUTHORIZATION),
      metadata: review.metadata,
      spec,
      status: await this.#access(questionOf(user, spec)),
    });
  }

  async selfSubjectAccessReview(request: AuthenticatedRequest): Promise<VerbResult> {
    const review = bodyOf(request, selfSubjectAccessReviewKind);
    refuseFor(validateReviewAttributes(review.spec, new FieldPath('spec')), 'SelfSubjectAccessReview');
    const status = await this.#access(questionOf(request.user, review.spec));
    return created({
      ...head('SelfSubjectAccessReview', AUTHORIZATION),
      metadata: review.metadata,
      spec: review.spec,
      status,
    });
  }

  async #access({ attributes, problems }: Question): Promise<object> {
    const { authorizer } = this.#options;
    const decision = await decisionOf(authorizer, attributes);
    const reason = decision.allowed ? decision.reason || (authorizer.explain?.(attributes) ?? '') : decision.reason;
    return {
      allowed: decision.allowed === true,
      ...(decision.allowed === false ? { denied: true } : {}),
      ...(reason ? { reason } : {}),
      ...(problems.length > 0 ? { evaluationError: aggregateOf(problems) } : {}),
    };
  }

  async selfSubjectRulesReview(request: AuthenticatedRequest): Promise<VerbResult> {
    const review = bodyOf(request, selfSubjectRulesReviewKind);
    const namespace = review.spec.namespace ?? '';
    if (namespace === '') throw badRequest('no namespace on request');
    const {
      rules = [],
      isIncomplete = true,
      problems = [],
    } = this.#options.authorizer.rulesFor?.(request.user, namespace) ?? {};
    const resourceRules = rules.filter((rule) => rule.resources?.length).map(({ nonResourceURLs: _, ...rule }) => rule);
    const nonResourceRules = rules
      .filter((rule) => rule.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
    return created({
      ...head('SelfSubjectRulesReview', AUTHORIZATION),
      metadata: { creationTimestamp: null },
      spec: {},
      status: {
        resourceRules,
        nonResourceRules,
        incomplete: isIncomplete,
        ...(problems.length > 0 ? { evaluationError: aggregateOf(problems) } : {}),
      },
    });
  }
}

const aggregateOf = (texts: readonly string[]) => (texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);

/** The reviews' verbs, by group and resource. */
export function reviewVerbs(options: ReviewOptions): [string, CustomVerb][] {
  const reviews = new Reviews(options);
  return [
    [`${AUTHENTICATION}/tokenreviews`, (request) => reviews.tokenReview(request)],
    [`${AUTHENTICATION}/selfsubjectreviews`, (request) => reviews.selfSubjectReview(request)],
    [`${AUTHORIZATION}/subjectaccessreviews`, (request) => reviews.subjectAccessReview(request)],
    [`${AUTHORIZATION}/localsubjectaccessreviews`, (request) => reviews.localSubjectAccessReview(request)],
    [`${AUTHORIZATION}/selfsubjectaccessreviews`, (request) => reviews.selfSubjectAccessReview(request)],
    [`${AUTHORIZATION}/selfsubjectrulesreviews`, (request) => reviews.selfSubjectRulesReview(request)],
  ];
}
