import type { Column } from '@kubets/core';
import { defineKind, field, type Infer, int32, list, message, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { MatchCondition, RuleWithOperations, WebhookClientConfig } from './shared.ts';
import { applyWebhookDefaults, validateWebhooks } from './webhook-rules.ts';

export const ValidatingWebhook = message('io.k8s.api.admissionregistration.v1.ValidatingWebhook', '', {
  name: field(1, string, '').required().default(''),
  clientConfig: field(2, WebhookClientConfig, '').required().default({}),
  rules: field(3, list(RuleWithOperations), '').atomic(),
  failurePolicy: field(4, string, '').pointer().oneOf('Fail', 'Ignore'),
  namespaceSelector: field(5, LabelSelector, ''),
  sideEffects: field(6, string, '').required().oneOf('None', 'NoneOnDryRun', 'Some', 'Unknown'),
  timeoutSeconds: field(7, int32, '').pointer(),
  admissionReviewVersions: field(8, list(string), '').required().atomic(),
  matchPolicy: field(9, string, '').pointer().oneOf('Equivalent', 'Exact'),
  objectSelector: field(10, LabelSelector, ''),
  matchConditions: field(11, list(MatchCondition), '').mapOf('name').mergeBy('name'),
});
export interface ValidatingWebhook extends Infer<typeof ValidatingWebhook> {}

export const ValidatingWebhookConfiguration = message(
  'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  '',
  {
    apiVersion: field(0, string, '').always(),
    kind: field(0, string, '').always(),
    webhooks: field(2, list(ValidatingWebhook), '').mapOf('name').mergeBy('name').proto('Webhooks'),
    metadata: field(1, ObjectMetaSchema, '').always().default({}),
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
    validate: ({ webhooks }) => validateWebhooks(webhooks),
    hasGeneration: true,
  },
  columns: validatingWebhookConfigurationColumns,
  storageVersionHash: 'B0wHjQmsGNk=',
});
