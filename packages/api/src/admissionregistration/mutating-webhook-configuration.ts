import { type Column, defineKind, field, type Infer, int32, list, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { MatchCondition, RuleWithOperations, WebhookClientConfig } from './shared.ts';
import { applyWebhookDefaults, validateWebhooks } from './webhook-rules.ts';

export const MutatingWebhook = message(
  'io.k8s.api.admissionregistration.v1.MutatingWebhook',
  'A webhook that may change objects on admission.',
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
    reinvocationPolicy: field(
      10,
      string,
      'Whether the webhook is called again (IfNeeded) when a later one changes the object, or Never.',
    )
      .pointer()
      .oneOf('IfNeeded', 'Never'),
    objectSelector: field(11, LabelSelector, 'Calls the webhook only for objects with matching labels.'),
    matchConditions: field(
      12,
      list(MatchCondition),
      'Conditions in CEL that all have to hold for the webhook to be called.',
    )
      .mapOf('name')
      .mergeBy('name'),
  },
);
export interface MutatingWebhook extends Infer<typeof MutatingWebhook> {}

export const MutatingWebhookConfiguration = message(
  'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  'Webhooks that may change objects on admission.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    webhooks: field(2, list(MutatingWebhook), 'The webhooks.').mapOf('name').mergeBy('name').proto('Webhooks'),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  },
);
export interface MutatingWebhookConfiguration extends Infer<typeof MutatingWebhookConfiguration> {}

const mutatingWebhookConfigurationColumns: Column<MutatingWebhookConfiguration>[] = [
  nameColumn,
  {
    name: 'Webhooks',
    type: 'integer',
    description: 'Number of webhooks in the configuration.',
    cell: ({ webhooks }) => webhooks?.length ?? 0,
  },
  ageColumn,
];

export const mutatingWebhookConfigurationKind = defineKind<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  resource: 'mutatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingWebhookConfiguration,
  strategy: {
    applyDefaults({ webhooks = [] }) {
      for (const webhook of webhooks) {
        applyWebhookDefaults(webhook);
        webhook.reinvocationPolicy ??= 'Never';
      }
    },
    validate: ({ webhooks }, context) => validateWebhooks(webhooks, context),
    hasGeneration: true,
  },
  columns: mutatingWebhookConfigurationColumns,
  storageVersionHash: 'Sqi0GUgDaX0=',
});
