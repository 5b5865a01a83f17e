import { defineKind, field, type Infer, list, map, message, quantity, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const LimitRangeItem = message('io.k8s.api.core.v1.LimitRangeItem', '', {
  type: field(1, string, '').required().default(''),
  max: field(2, map(quantity), ''),
  min: field(3, map(quantity), ''),
  default: field(4, map(quantity), ''),
  defaultRequest: field(5, map(quantity), ''),
  maxLimitRequestRatio: field(6, map(quantity), ''),
});
export interface LimitRangeItem extends Infer<typeof LimitRangeItem> {}

export const LimitRangeSpec = message('io.k8s.api.core.v1.LimitRangeSpec', '', {
  limits: field(1, list(LimitRangeItem), '').required().atomic(),
});
export interface LimitRangeSpec extends Infer<typeof LimitRangeSpec> {}

export const LimitRange = message('io.k8s.api.core.v1.LimitRange', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, LimitRangeSpec, '').always().default({}),
});
export interface LimitRange extends Infer<typeof LimitRange> {}

export const limitRangeKind = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  resource: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  schema: LimitRange,
  storageVersionHash: 'EBKMFVe6cwo=',
});
