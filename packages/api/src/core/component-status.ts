import { defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ComponentCondition = message(
  'io.k8s.api.core.v1.ComponentCondition',
  'What a component says of its own health.',
  {
    type: field(1, string, 'Kind of the condition; Healthy is the only one.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    message: field(3, string, 'What the component says about its health.'),
    error: field(4, string, 'Why the health could not be told, such as a failed connection.'),
  },
);
export interface ComponentCondition extends Infer<typeof ComponentCondition> {}

export const ComponentStatus = message(
  'io.k8s.api.core.v1.ComponentStatus',
  'Health of a part of the control plane; deprecated since v1.19.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    metadata: field(
      1,
      ObjectMetaSchema,
      'Standard metadata: name, namespace, labels, annotations, owners and the like.',
    )
      .always()
      .default({}),
    conditions: field(2, list(ComponentCondition), 'Conditions that were observed.').mapOf('type').mergeBy('type'),
  },
);
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
  deprecationWarning: 'v1 ComponentStatus is deprecated in v1.19+',
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
