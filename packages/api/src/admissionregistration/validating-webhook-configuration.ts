import { type Column, defineKind, field, type Infer, int32, list, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { MatchCondition, RuleWithOperations, WebhookClientConfig } from './shared.ts';
import { applyWebhookDefaults, validateWebhooks } from './webhook-rules.ts';

export const ValidatingWebhook = message(
  'io.k8s.api.admissionregistration.v1.ValidatingWebhook',
  'A webhook that may refuse requests.',
  {
    name: field(1, string, 'Full name of the webhook, a domain of at least three parts.').required().default(''),
    clientConfig: field(2, WebhookClientConfig, 'How to reach the webhook.').required().default({}),
    rules: field(3, list(RuleWithOperations), 'Requests that the webhook is called for.').atomic(),
    failurePolicy: field(4, string, 'What an unreachable or failing webhook does to the request: Fail or Ignore.')
      .pointer()
      .oneOf('Fail', 'Ignore'),
    namespaceSelector: field(
      5,
      LabelSelector,
      'Calls the webhook only for objects in namespaces with matching labels.',
    ),
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
    objectSelector: field(10, LabelSelector, 'Calls the webhook only for objects with matching labels.'),
    matchConditions: field(
      11,
      list(MatchCondition),
      'Conditions in CEL that all have to hold for the webhook to be called.',
    )
      .mapOf('name')
      .mergeBy('name'),
  },
);
export interface ValidatingWebhook extends Infer<typeof ValidatingWebhook> {}

export const ValidatingWebhookConfiguration = message(
  'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  'Webhooks that may refuse requests.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    webhooks: field(2, list(ValidatingWebhook), 'The webhooks.').mapOf('name').mergeBy('name').proto('Webhooks'),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  },
);
export interface ValidatingWebhookConfiguration extends Infer<typeof ValidatingWebhookConfiguration> {}

const validatingWebhookConfigurationColumns: Column<ValidatingWebhookConfiguration>[] = [
  nameColumn,
  {
    name: 'Webhooks',
    type: 'integer',
    description: 'Number of webhooks in the configuration.',
    cell: ({ webhooks }) => webhooks?.length ?? 0,
  },
  ageColumn,
];

export const validatingWebhookConfigurationKind = defineKind<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  resource: 'validatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingWebhookConfiguration,
  strategy: {
    applyDefaults({ webhooks = [] }) {
      for (const webhook of webhooks) applyWebhookDefaults(webhook);
    },
    validate: ({ webhooks }, context) => validateWebhooks(webhooks, context),
    hasGeneration: true,
  },
  columns: validatingWebhookConfigurationColumns,
  storageVersionHash: 'B0wHjQmsGNk=',
});
