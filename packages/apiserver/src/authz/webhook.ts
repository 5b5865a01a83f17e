import {
  type CelProgram,
  type Clock,
  celTypes,
  celValueOfJson,
  compileCel,
  type JsonValue,
  type Logger,
} from '@kubets/core';
import type { HttpsCaller } from '../webhooks/https-caller.ts';
import { postTo, type RemoteEndpoint } from '../webhooks/remote-endpoint.ts';
import { type Attributes, type Authorizer, type Decision, NO_OPINION, type UserRules } from './authorizer.ts';
import { narrowingOf } from './selectors.ts';

const MAX_REMEMBERED = 8192;
/** Longer questions are asked each time. */
const MAX_KEY_LENGTH = 10_000;

/** A server that is asked with SubjectAccessReviews. */
export interface WebhookAuthorizerConfiguration {
  readonly name: string;
  readonly endpoint: RemoteEndpoint;
  readonly timeoutMs: number;
  /** How long answers are believed. */
  readonly authorizedMs: number;
  readonly unauthorizedMs: number;
  /** What a failure means. */
  readonly failurePolicy: 'NoOpinion' | 'Deny';
  /** CEL over `request`, the spec of the review: only what meets all of them is asked. */
  readonly matchConditions: readonly string[];
}

interface Remembered {
  readonly decision: Decision;
  readonly untilMs: number;
}

/** Asks another server who may do what. It has no opinion where an answer is needed at once. */
export class WebhookAuthorizer implements Authorizer {
  readonly #configuration: WebhookAuthorizerConfiguration;
  readonly #caller: HttpsCaller;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #conditions: readonly CelProgram[];
  readonly #remembered = new Map<string, Remembered>();

  /** Throws a `CelCompileError` for conditions that are no expressions. */
  constructor(
    configuration: WebhookAuthorizerConfiguration,
    { caller, clock, logger }: { caller: HttpsCaller; clock: Clock; logger: Logger },
  ) {
    this.#configuration = configuration;
    this.#caller = caller;
    this.#clock = clock;
    this.#logger = logger;
    const variables = { request: celTypes.DYN };
    this.#conditions = configuration.matchConditions.map((expression) => compileCel(expression, { variables }));
  }

  authorize(): Decision {
    return NO_OPINION;
  }

  rulesFor(): UserRules {
    return { rules: [], isIncomplete: true, problems: ['webhook authorizer does not support user rule resolution'] };
  }

  async decide(attributes: Attributes): Promise<Decision> {
    const spec = specOf(attributes);
    try {
      if (!this.#isConcerned(spec)) return NO_OPINION;
      return await this.#ask(spec);
    } catch (error) {
      const { name, failurePolicy } = this.#configuration;
      this.#logger.log('warn', 'an authorization webhook failed', { name, error });
      return { allowed: failurePolicy === 'Deny' ? false : undefined, reason: '' };
    }
  }

  /** A condition that is false decides; one that fails counts only where none is false. */
  #isConcerned(spec: object): boolean {
    let failure: Error | undefined;
    for (const condition of this.#conditions) {
      const result = condition.evaluate({ request: () => celValueOfJson(spec as JsonValue) }, {});
      if ('error' in result) failure ??= result.error;
      else if (result.value === false) return false;
    }
    if (failure) throw failure;
    return true;
  }

  async #ask(spec: object): Promise<Decision> {
    const { endpoint, timeoutMs, authorizedMs, unauthorizedMs } = this.#configuration;
    const key = JSON.stringify(spec);
    const nowMs = this.#clock.monotonicMs();
    const known = this.#remembered.get(key);
    if (known && known.untilMs > nowMs) return known.decision;
    const body = { kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec };
    const answer = await postTo(endpoint, { caller: this.#caller, body, timeoutMs });
    const decision = decisionOf(answer);
    const forMs = decision.allowed ? authorizedMs : unauthorizedMs;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    if (key.length <= MAX_KEY_LENGTH) this.#remembered.set(key, { decision, untilMs: nowMs + forMs });
    return decision;
  }
}

function decisionOf({ code, body }: { code: number; body: string }): Decision {
  if (code !== 200 && code !== 201) throw new Error(`the webhook answered ${code}`);
  const { status = {} } = JSON.parse(body) as { status?: { allowed?: boolean; denied?: boolean; reason?: string } };
  const { allowed, denied, reason = '' } = status;
  if (allowed && denied) throw new Error('webhook subject access review returned both allow and deny response');
  return { allowed: allowed ? true : denied ? false : undefined, reason };
}

/** The spec of a SubjectAccessReview that asks for what somebody wants to do. */
function specOf(attributes: Attributes): object {
  const { user, isResource, verb, path } = attributes;
  const who = {
    user: user.name,
    ...(user.uid ? { uid: user.uid } : {}),
    groups: user.groups,
    ...(user.extra ? { extra: user.extra } : {}),
  };
  if (!isResource) return { nonResourceAttributes: { path, verb }, ...who };
  const { namespace, group, version, resource, subresource, name } = attributes;
  const parts = { namespace, verb, group, version, resource, subresource, name };
  const given = Object.entries(parts).filter(([, value]) => value);
  return { resourceAttributes: { ...Object.fromEntries(given), ...narrowingOf(attributes) }, ...who };
}
