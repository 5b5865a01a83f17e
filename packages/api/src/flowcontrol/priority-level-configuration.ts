import { defineKind, field, type Infer, int32, list, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ExemptPriorityLevelConfiguration = message(
  'io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration',
  '',
  {
    nominalConcurrencyShares: field(1, int32, ''),
    lendablePercent: field(2, int32, ''),
  },
);
export interface ExemptPriorityLevelConfiguration extends Infer<typeof ExemptPriorityLevelConfiguration> {}

export const QueuingConfiguration = message('io.k8s.api.flowcontrol.v1.QueuingConfiguration', '', {
  queues: field(1, int32, '').default(0),
  handSize: field(2, int32, '').default(0),
  queueLengthLimit: field(3, int32, '').default(0),
});
export interface QueuingConfiguration extends Infer<typeof QueuingConfiguration> {}

export const LimitResponse = message(
  'io.k8s.api.flowcontrol.v1.LimitResponse',
  '',
  {
    type: field(1, string, '').required().default(''),
    queuing: field(2, QueuingConfiguration, ''),
  },
  { unions: [{ discriminator: 'type', fields: { queuing: 'Queuing' } }] },
);
export interface LimitResponse extends Infer<typeof LimitResponse> {}

export const LimitedPriorityLevelConfiguration = message(
  'io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration',
  '',
  {
    nominalConcurrencyShares: field(1, int32, ''),
    limitResponse: field(2, LimitResponse, '').default({}),
    lendablePercent: field(3, int32, ''),
    borrowingLimitPercent: field(4, int32, ''),
  },
);
export interface LimitedPriorityLevelConfiguration extends Infer<typeof LimitedPriorityLevelConfiguration> {}

export const PriorityLevelConfigurationCondition = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition',
  '',
  {
    type: field(1, string, ''),
    status: field(2, string, ''),
    lastTransitionTime: field(3, time, ''),
    reason: field(4, string, ''),
    message: field(5, string, ''),
  },
);
export interface PriorityLevelConfigurationCondition extends Infer<typeof PriorityLevelConfigurationCondition> {}

export const PriorityLevelConfigurationSpec = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec',
  '',
  {
    type: field(1, string, '').required().default(''),
    limited: field(2, LimitedPriorityLevelConfiguration, ''),
    exempt: field(3, ExemptPriorityLevelConfiguration, ''),
  },
  { unions: [{ discriminator: 'type', fields: { exempt: 'Exempt', limited: 'Limited' } }] },
);
export interface PriorityLevelConfigurationSpec extends Infer<typeof PriorityLevelConfigurationSpec> {}

export const PriorityLevelConfigurationStatus = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus',
  '',
  {
    conditions: field(1, list(PriorityLevelConfigurationCondition), '').mapOf('type').mergeBy('type'),
  },
);
export interface PriorityLevelConfigurationStatus extends Infer<typeof PriorityLevelConfigurationStatus> {}

export const PriorityLevelConfiguration = message('io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, PriorityLevelConfigurationSpec, '').always().default({}),
  status: field(3, PriorityLevelConfigurationStatus, '').default({}),
});
export interface PriorityLevelConfiguration extends Infer<typeof PriorityLevelConfiguration> {}

export const priorityLevelConfigurationKind = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  resource: 'prioritylevelconfigurations',
  namespaced: false,
  schema: PriorityLevelConfiguration,
  subresources: [
    { name: 'status', verbs: ['get', 'patch', 'update'], kind: 'PriorityLevelConfiguration', form: 'object' },
  ],
  storageVersionHash: 'Kir5PVfvNeI=',
});
