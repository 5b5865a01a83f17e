import { defineKind, field, type Infer, list, map, message, quantity, string } from '@kubets/core';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { validateLimitRange } from './limit-range-validation.ts';
import { roundUpResources } from './resource-list.ts';

export const LimitRangeItem = message(
  'io.k8s.api.core.v1.LimitRangeItem',
  'Bounds and defaults for what one type of object may use.',
  {
    type: field(1, string, 'Type of object that the bounds are for: Container, Pod or PersistentVolumeClaim.')
      .required()
      .default(''),
    max: field(2, map(quantity), 'Most that may be asked for, by resource.'),
    min: field(3, map(quantity), 'Least that may be asked for, by resource.'),
    default: field(4, map(quantity), 'Limits of containers that set none, by resource.'),
    defaultRequest: field(5, map(quantity), 'Requests of containers that set none, by resource.'),
    maxLimitRequestRatio: field(6, map(quantity), 'How many times its request a limit may be, by resource.'),
  },
);
export interface LimitRangeItem extends Infer<typeof LimitRangeItem> {}

export const LimitRangeSpec = message('io.k8s.api.core.v1.LimitRangeSpec', 'The bounds that a limit range sets.', {
  limits: field(1, list(LimitRangeItem), 'Bounds for each type of object.').required().atomic(),
});
export interface LimitRangeSpec extends Infer<typeof LimitRangeSpec> {}

export const LimitRange = message(
  'io.k8s.api.core.v1.LimitRange',
  'Bounds and defaults for the resources that objects of a namespace may use.',
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
    spec: field(2, LimitRangeSpec, 'The bounds that are enforced.').always().default({}),
  },
);
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
