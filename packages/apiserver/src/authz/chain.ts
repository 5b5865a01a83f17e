import type { Clock, Logger } from '@kubets/core';
import type { HttpsCaller } from '../webhooks/https-caller.ts';
import { AbacAuthorizer } from './abac.ts';
import { type Authorizer, alwaysAllow, alwaysDeny, firstOpinion, privilegedGroup } from './authorizer.ts';
import type { AuthorizerChoice } from './configuration.ts';
import { WebhookAuthorizer } from './webhook.ts';

interface Parts {
  readonly nodes: Authorizer;
  readonly rbac: Authorizer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly caller: HttpsCaller | undefined;
}

/** The chosen authorizers as one; the administrators' group may do everything in any case. */
export function authorizerOf(choices: readonly AuthorizerChoice[], parts: Parts): Authorizer {
  return firstOpinion([privilegedGroup, ...choices.map((choice) => memberOf(choice, parts))]);
}

function memberOf(choice: AuthorizerChoice, { nodes, rbac, clock, logger, caller }: Parts): Authorizer {
  switch (choice.type) {
    case 'AlwaysAllow':
      return alwaysAllow;
    case 'AlwaysDeny':
      return alwaysDeny;
    case 'ABAC':
      return new AbacAuthorizer(choice.policies);
    case 'Node':
      return nodes;
    case 'RBAC':
      return rbac;
    case 'Webhook':
      if (!caller) throw new Error('authorization webhooks are not implemented by this server');
      return new WebhookAuthorizer(choice.webhook, { caller, clock, logger });
  }
}
