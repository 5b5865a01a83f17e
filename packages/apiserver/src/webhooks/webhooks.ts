import type { MutatingWebhook, MutatingWebhookConfiguration, ValidatingWebhook } from '@kubets/api';
import { internalError, type Logger, type Random, StatusError } from '@kubets/core';
import type { AdmissionRequest } from '../admission/admission.ts';
import type { Lookup } from '../admission/lookup.ts';
import { type Authorizer, nobody } from '../authz/authorizer.ts';
import { withDecisions } from '../authz/decisions.ts';
import { evaluateConditions } from '../policies/expressions.ts';
import type { Resource } from '../registry/resource.ts';
import { isExempt, matchedResource } from './matching.ts';
import { admissionRequestOf, admissionReview, type Verdict, verdictOf } from './review.ts';
import type { WebhookClient } from './webhook-client.ts';

const GROUP = 'admissionregistration.k8s.io';
const DEFAULT_TIMEOUT_SECONDS = 10;

/** A webhook of a configuration, by a name that tells it from all others. */
export interface Registered<W extends ValidatingWebhook | MutatingWebhook = ValidatingWebhook | MutatingWebhook> {
  readonly id: string;
  /** The name of the configuration. */
  readonly configuration: string;
  readonly webhook: W;
}

/** A webhook that a request is to be shown to, in the version that it asked for. */
export interface Invocation<W extends ValidatingWebhook | MutatingWebhook = ValidatingWebhook | MutatingWebhook> {
  readonly registered: Registered<W>;
  readonly as: Resource;
}

/** A webhook could not be asked; its failure policy says what this means. */
export class WebhookCallError extends Error {
  constructor(name: string, reason: string) {
    super(`failed calling webhook ${JSON.stringify(name)}: ${reason}`);
  }
}

/** What both kinds of webhooks have in common: finding those that a request is for, and asking them. */
export class Webhooks {
  readonly lookup: Lookup;
  readonly #client: WebhookClient;
  readonly #random: Random;
  readonly #logger: Logger;
  /** Answers what match conditions ask about the rights of users. */
  readonly #authorizer: () => Authorizer | undefined;
  readonly #known = new Map<string, { change: number; registered: readonly Registered[] }>();

  constructor(options: {
    lookup: Lookup;
    client: WebhookClient;
    random: Random;
    logger: Logger;
    authorizer: () => Authorizer | undefined;
  }) {
    this.#authorizer = options.authorizer;
    this.lookup = options.lookup;
    this.#client = options.client;
    this.#random = options.random;
    this.#logger = options.logger;
  }

  /** True when it is known, without waiting, that there is none of one kind of configuration. */
  hasNone(resource: string): boolean {
    return this.lookup.hasNone(GROUP, resource);
  }

  /** All webhooks of one kind of configuration, in the order in which they are asked. */
  async registered(resource: string): Promise<readonly Registered[]> {
    const found = this.lookup.server.registry.findResource(GROUP, resource);
    if (!found) return [];
    const { cache } = found;
    await cache.ready();
    if (cache.size === 0) return [];
    const known = this.#known.get(resource);
    if (known?.change === cache.lastChange) return known.registered;
    const configurations = cache
      .page({ prefix: cache.prefix })
      .map(({ object }) => object as MutatingWebhookConfiguration);
    const registered = configurations.flatMap(({ metadata, webhooks = [] }) =>
      webhooks.map((webhook, index) => ({
        id: `${metadata.uid}/${webhook.name}/${index}`,
        configuration: metadata.name ?? '',
        webhook,
      })),
    );
    this.#known.set(resource, { change: cache.lastChange, registered });
    return registered;
  }

  /** How a webhook sees a request; undefined when the request is none of its. */
  async invocation<W extends ValidatingWebhook | MutatingWebhook>(
    registered: Registered<W>,
    admission: AdmissionRequest,
  ): Promise<Invocation<W> | undefined> {
    if (isExempt(admission)) return undefined;
    const { webhook } = registered;
    const { rules = [], namespaceSelector, objectSelector, matchPolicy } = webhook;
    const as = await matchedResource({ rules, namespaceSelector, objectSelector, matchPolicy }, admission, this.lookup);
    if (!as) return undefined;
    if (webhook.matchConditions?.length && !(await this.#meetsConditions(webhook, admission, as))) return undefined;
    return { registered, as };
  }

  async #meetsConditions(
    { name, matchConditions = [], failurePolicy }: ValidatingWebhook | MutatingWebhook,
    admission: AdmissionRequest,
    as: Resource,
  ): Promise<boolean> {
    const outcome = await withDecisions(this.#authorizer() ?? nobody, (decider) =>
      evaluateConditions(matchConditions, { admission, as, decider }),
    );
    if ('matches' in outcome) return outcome.matches;
    if (failurePolicy === 'Ignore') return false;
    throw new StatusError({
      code: 403,
      reason: 'Forbidden',
      message: `failed calling webhook ${JSON.stringify(name)}: ${outcome.error}`,
    });
  }

  /** Asks a webhook. A refusal is thrown as the webhook worded it; what it cannot be asked, as a `WebhookCallError`. */
  async ask(invocation: Invocation, admission: AdmissionRequest, mayPatch: boolean): Promise<Verdict> {
    const {
      admission: { metrics },
      clock,
    } = this.lookup.server;
    const phase = mayPatch ? ('admit' as const) : ('validate' as const);
    const { operation } = admission;
    const startMs = clock.monotonicMs();
    let rejected = true;
    try {
      const verdict = await this.#ask(invocation, admission, mayPatch);
      rejected = false;
      return verdict;
    } finally {
      metrics.webhookAsked(invocation.registered.webhook.name, { phase, operation, rejected, startMs });
    }
  }

  async #ask({ registered, as }: Invocation, admission: AdmissionRequest, mayPatch: boolean): Promise<Verdict> {
    const { name, sideEffects, clientConfig, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = registered.webhook;
    if (admission.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') throw noDryRun(name);
    const uid = this.#random.uuid();
    const review = admissionReview(admissionRequestOf(admission, as, uid));
    let answer: unknown;
    try {
      answer = await this.#client.post(clientConfig, review, timeoutSeconds);
    } catch (error) {
      throw new WebhookCallError(name, `failed to call webhook: ${(error as Error).message}`);
    }
    const verdict = readVerdict(name, answer, { uid, mayPatch });
    for (const warning of verdict.warnings) admission.warn(warning);
    for (const [key, value] of Object.entries(verdict.auditAnnotations))
      admission.request.audit?.annotate(`${name}/${key}`, value);
    if (!verdict.allowed) throw denial(name, verdict);
    return verdict;
  }

  /** What an error of `ask` comes to; returns when the failure policy lets the request go on, which is noted under `noteAs`. */
  settle({ registered }: Invocation, error: unknown, { request }: AdmissionRequest, noteAs: string): void {
    if (!(error instanceof WebhookCallError)) throw error;
    const { failurePolicy } = registered.webhook;
    if (failurePolicy !== 'Ignore') throw internalError(error);
    request.audit?.annotate(`failed-open.${noteAs}`, registered.webhook.name);
    this.#logger.log('warn', 'a webhook failed; going on without it', { webhook: registered.webhook.name, error });
  }
}

function readVerdict(name: string, answer: unknown, options: { uid: string; mayPatch: boolean }): Verdict {
  try {
    return verdictOf(answer, options);
  } catch (error) {
    throw new WebhookCallError(name, `received invalid webhook response: ${(error as Error).message}`);
  }
}

function noDryRun(name: string): StatusError {
  const message = `admission webhook ${JSON.stringify(name)} does not support dry run`;
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

/** The refusal of a webhook, with its own code, reason and details. */
function denial(name: string, { status = {} }: Verdict): StatusError {
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = status.message || status.reason;
  const { code = 0, reason = '', details } = status;
  return new StatusError({
    code: Math.max(code, 400),
    reason,
    message: why ? `${denied}: ${why}` : `${denied} without explanation`,
    ...(details ? { details } : {}),
  });
}
