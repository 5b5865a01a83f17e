import { defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ComponentCondition = message('io.k8s.api.core.v1.ComponentCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  message: field(3, string, ''),
  error: field(4, string, ''),
});
export interface ComponentCondition extends Infer<typeof ComponentCondition> {}

export const ComponentStatus = message('io.k8s.api.core.v1.ComponentStatus', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  conditions: field(2, list(ComponentCondition), '').mapOf('type').mergeBy('type'),
});
export interface ComponentStatus extends Infer<typeof ComponentStatus> {}

const healthOf = ({ conditions }: ComponentStatus) => conditions?.find(({ type }) => type === 'Healthy');

export const componentStatusKind = defineKind<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  resource: 'componentstatuses',
  shortNames: ['cs'],
  namespaced: false,
  verbs: ['get', 'list'],
  schema: ComponentStatus,
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Healthy, Unhealthy or Unknown.',
      cell(component) {
        const health = healthOf(component);
        return health ? (health.status === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown';
      },
    },
    {
      name: 'Message',
      type: 'string',
      description: 'What the component says of its health.',
      cell: (component) => healthOf(component)?.message ?? '',
    },
    {
      name: 'Error',
      type: 'string',
      description: 'Why the health of the component could not be told.',
      cell: (component) => healthOf(component)?.error ?? '',
    },
  ],
});
