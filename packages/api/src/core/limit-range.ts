import { defineKind, field, type Infer, list, map, message, quantity, string } from '@kubets/core';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateLimitRange } from './limit-range-validation.ts';
import { roundUpResources } from './resource-list.ts';

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

function applyItemDefaults(item: LimitRangeItem): void {
  const { max, min, default: defaults, defaultRequest, maxLimitRequestRatio } = item;
  for (const resources of [max, min, defaults, defaultRequest, maxLimitRequestRatio]) roundUpResources(resources);
  if (item.type !== 'Container') return;
  const limits = { ...max, ...defaults };
  const requests = { ...min, ...limits, ...defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

export const limitRangeKind = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  resource: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  schema: LimitRange,
  strategy: {
    allowCreateOnUpdate: true,
    applyDefaults: ({ spec }) => spec.limits?.forEach(applyItemDefaults),
    validate: validateLimitRange,
  },
  columns: [nameColumn, createdAtColumn],
  storageVersionHash: 'EBKMFVe6cwo=',
});
