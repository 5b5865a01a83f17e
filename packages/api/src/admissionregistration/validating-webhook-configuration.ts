import { defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { webhookConfigurationColumns, webhookFields, webhookFilterFields } from './webhook.ts';
import { applyWebhookDefaults, validateWebhooks } from './webhook-rules.ts';

export const ValidatingWebhook = message(
  'io.k8s.api.admissionregistration.v1.ValidatingWebhook',
  'A webhook that may refuse requests.',
  {
    ...webhookFields,
    ...webhookFilterFields(10),
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

export const validatingWebhookConfigurationKind = defineKind<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  resource: 'validatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingWebhookConfiguration,
  strategy: {
    allowUnconditionalUpdate: false,
    applyDefaults({ webhooks = [] }) {
      for (const webhook of webhooks) applyWebhookDefaults(webhook);
    },
    validate: ({ webhooks }, context) => validateWebhooks(webhooks, context),
    hasGeneration: true,
  },
  columns: webhookConfigurationColumns,
  storageVersionHash: 'B0wHjQmsGNk=',
});
