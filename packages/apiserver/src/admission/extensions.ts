import type { Logger, Random } from '@kubets/core';
import type { Authorizer } from '../authz/authorizer.ts';
import { mutatingPolicies } from '../policies/mutating.ts';
import { validatingPolicies } from '../policies/validating.ts';
import type { HttpsCaller } from '../webhooks/https-caller.ts';
import { mutatingWebhooks } from '../webhooks/mutating.ts';
import { validatingWebhooks } from '../webhooks/validating.ts';
import { WebhookClient } from '../webhooks/webhook-client.ts';
import { Webhooks } from '../webhooks/webhooks.ts';
import type { AdmissionPlugin } from './admission.ts';
import { certificateRights } from './certificate-approval.ts';
import type { Lookup } from './lookup.ts';
import { ownerReferencesPermission } from './owner-references.ts';

/** Admission that asks who may do what, or that users extend: with webhooks and policies. */
export class AdmissionExtensions {
  readonly webhookClient: WebhookClient;
  /** Reads objects, as fresh as a GET. */
  readonly lookup: Lookup;
  /** In their order, behind all other plugins but quotas. */
  readonly plugins: readonly AdmissionPlugin[];
  readonly #webhooks: Webhooks;
  #authorizer: Authorizer | undefined;

  constructor(options: { lookup: Lookup; random: Random; logger: Logger; caller: HttpsCaller | undefined }) {
    const client = new WebhookClient(options);
    this.webhookClient = client;
    this.lookup = options.lookup;
    this.#webhooks = new Webhooks({ ...options, client, authorizer: () => this.#authorizer });
    const judging = { lookup: options.lookup, authorizer: () => this.#authorizer };
    const rights = certificateRights(() => this.#authorizer);
    const owners = ownerReferencesPermission(options.lookup, () => this.#authorizer);
    this.plugins = [
      owners,
      ...rights,
      mutatingPolicies(judging),
      mutatingWebhooks(this.#webhooks),
      validatingPolicies(judging),
      validatingWebhooks(this.#webhooks),
    ];
  }

  /** Answers what expressions ask about the rights of users; before, nobody has any. */
  useAuthorizer(authorizer: Authorizer): void {
    this.#authorizer = authorizer;
  }
}
