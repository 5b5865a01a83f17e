import { field, type Infer, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { DeleteOptions } from '../meta/options.ts';

export const Eviction = message('io.k8s.api.policy.v1.Eviction', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  deleteOptions: field(2, DeleteOptions, ''),
});
export interface Eviction extends Infer<typeof Eviction> {}
