import type { Column } from '@kubets/core';
import { defineKind, field, type Infer, int32, list, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { MatchCondition, RuleWithOperations, WebhookClientConfig } from './shared.ts';
import { applyWebhookDefaults, validateWebhooks } from './webhook-rules.ts';

export const MutatingWebhook = message('io.k8s.api.admissionregistration.v1.MutatingWebhook', '', {
  name: field(1, string, '').required().default(''),
  clientConfig: field(2, WebhookClientConfig, '').required().default({}),
  rules: field(3, list(RuleWithOperations), '').atomic(),
  failurePolicy: field(4, string, '').pointer().oneOf('Fail', 'Ignore'),
  namespaceSelector: field(5, LabelSelector, ''),
  sideEffects: field(6, string, '').required().oneOf('None', 'NoneOnDryRun', 'Some', 'Unknown'),
  timeoutSeconds: field(7, int32, '').pointer(),
  admissionReviewVersions: field(8, list(string), '').required().atomic(),
  matchPolicy: field(9, string, '').pointer().oneOf('Equivalent', 'Exact'),
  reinvocationPolicy: field(10, string, '').pointer().oneOf('IfNeeded', 'Never'),
  objectSelector: field(11, LabelSelector, ''),
  matchConditions: field(12, list(MatchCondition), '').mapOf('name').mergeBy('name'),
});
export interface MutatingWebhook extends Infer<typeof MutatingWebhook> {}

export const MutatingWebhookConfiguration = message(
  'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  '',
  {
    apiVersion: field(0, string, '').always(),
    kind: field(0, string, '').always(),
    webhooks: field(2, list(MutatingWebhook), '').mapOf('name').mergeBy('name').proto('Webhooks'),
    metadata: field(1, ObjectMetaSchema, '').always().default({}),
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
    validate: ({ webhooks }) => validateWebhooks(webhooks),
    hasGeneration: true,
  },
  columns: mutatingWebhookConfigurationColumns,
  storageVersionHash: 'Sqi0GUgDaX0=',
});
