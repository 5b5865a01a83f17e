import { defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { webhookConfigurationColumns, webhookFields, webhookFilterFields } from './webhook.ts';
import { applyWebhookDefaults, validateWebhooks } from './webhook-rules.ts';

export const MutatingWebhook = message(
  'io.k8s.api.admissionregistration.v1.MutatingWebhook',
  'A webhook that may change objects on admission.',
  {
    ...webhookFields,
    reinvocationPolicy: field(
      10,
      string,
      'Whether the webhook is called again (IfNeeded) when a later one changes the object, or Never.',
    )
      .pointer()
      .oneOf('IfNeeded', 'Never'),
    ...webhookFilterFields(11),
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

export const mutatingWebhookConfigurationKind = defineKind<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  resource: 'mutatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingWebhookConfiguration,
  strategy: {
    allowUnconditionalUpdate: false,
    applyDefaults({ webhooks = [] }) {
      for (const webhook of webhooks) {
        applyWebhookDefaults(webhook);
        webhook.reinvocationPolicy ??= 'Never';
      }
    },
    validate: ({ webhooks }, context) => validateWebhooks(webhooks, context),
    hasGeneration: true,
  },
  columns: webhookConfigurationColumns,
  storageVersionHash: 'Sqi0GUgDaX0=',
});
