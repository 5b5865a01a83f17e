import { type Column, field, int32, type KubeObject, list, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { LabelSelector } from '../meta/selector.ts';
import { MatchCondition, RuleWithOperations, WebhookClientConfig } from './shared.ts';

// What mutating and validating webhooks have in common.

/** The fields of a webhook with the numbers 1 to 9. */
export const webhookFields = {
  name: field(1, string, 'Full name of the webhook, a domain of at least three parts.').required().default(''),
  clientConfig: field(2, WebhookClientConfig, 'How to reach the webhook.').required().default({}),
  rules: field(3, list(RuleWithOperations), 'Requests that the webhook is called for.').atomic(),
  failurePolicy: field(4, string, 'What an unreachable or failing webhook does to the request: Fail or Ignore.')
    .pointer()
    .oneOf('Fail', 'Ignore'),
  namespaceSelector: field(5, LabelSelector, 'Calls the webhook only for objects in namespaces with matching labels.'),
  sideEffects: field(6, string, 'Whether the webhook has effects beyond its answer: None, or NoneOnDryRun.')
    .pointer()
    .required()
    .oneOf('None', 'NoneOnDryRun', 'Some', 'Unknown'),
  timeoutSeconds: field(7, int32, 'Seconds to wait for the answer, 1 to 30; 10 by default.').pointer(),
  admissionReviewVersions: field(
    8,
    list(string),
    'Versions of AdmissionReview that the webhook understands, best first.',
  )
    .required()
    .atomic(),
  matchPolicy: field(9, string, 'Whether rules match Exact versions only or any Equivalent one of the same resource.')
    .pointer()
    .oneOf('Equivalent', 'Exact'),
};

/** The last two fields, which narrow the requests further; `number` is that of the first. */
export const webhookFilterFields = (number: number) => ({
  objectSelector: field(number, LabelSelector, 'Calls the webhook only for objects with matching labels.'),
  matchConditions: field(
    number + 1,
    list(MatchCondition),
    'Conditions in CEL that all have to hold for the webhook to be called.',
  )
    .mapOf('name')
    .mergeBy('name'),
});

export const webhookConfigurationColumns: Column<KubeObject & { readonly webhooks?: readonly unknown[] }>[] = [
  nameColumn,
  {
    name: 'Webhooks',
    type: 'integer',
    description: 'Number of webhooks in the configuration.',
    cell: ({ webhooks }) => webhooks?.length ?? 0,
  },
  ageColumn,
];
