import { field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { DeleteOptions } from '../meta/options.ts';

export const Eviction = message(
  'io.k8s.api.policy.v1.Eviction',
  'Asks to delete a pod if its disruption budgets allow.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Name and namespace of the pod.').always().default({}),
    deleteOptions: field(2, DeleteOptions, 'Options for the deletion.'),
  },
);
export interface Eviction extends Infer<typeof Eviction> {}
