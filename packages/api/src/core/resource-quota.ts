import { defineKind, field, type Infer, list, map, message, quantity, string, type WriteStrategy } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';
import { roundUpResources } from './resource-list.ts';
import {
  validateResourceQuota,
  validateResourceQuotaStatusUpdate,
  validateResourceQuotaUpdate,
} from './resource-quota-validation.ts';

/** What a quota can be narrowed to. */
const QUOTA_SCOPES = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];

export const ScopedResourceSelectorRequirement = message(
  'io.k8s.api.core.v1.ScopedResourceSelectorRequirement',
  'One requirement on what a quota counts.',
  {
    scopeName: field(1, string, 'Scope that the requirement is about, such as PriorityClass.')
      .required()
      .default('')
      .oneOf(...QUOTA_SCOPES),
    operator: field(2, string, 'How the values count: In, NotIn, Exists or DoesNotExist.')
      .required()
      .default('')
      .oneOf('DoesNotExist', 'Exists', 'In', 'NotIn'),
    values: field(3, list(string), 'Values for In and NotIn; empty for the others.').atomic(),
  },
);
export interface ScopedResourceSelectorRequirement extends Infer<typeof ScopedResourceSelectorRequirement> {}

export const ScopeSelector = message(
  'io.k8s.api.core.v1.ScopeSelector',
  'Selects by scope what a quota counts.',
  {
    matchExpressions: field(1, list(ScopedResourceSelectorRequirement), 'Requirements that all must hold.').atomic(),
  },
  { mapType: 'atomic' },
);
export interface ScopeSelector extends Infer<typeof ScopeSelector> {}

export const ResourceQuotaSpec = message('io.k8s.api.core.v1.ResourceQuotaSpec', 'How much a namespace may use.', {
  hard: field(1, map(quantity), 'Most that may be used, by resource or by count/RESOURCE.GROUP.'),
  scopes: field(2, list(string), 'Scopes that what is counted must all be in; empty counts everything.')
    .oneOf(...QUOTA_SCOPES)
    .atomic(),
  scopeSelector: field(3, ScopeSelector, 'Scopes with values that what is counted must be in.'),
});
export interface ResourceQuotaSpec extends Infer<typeof ResourceQuotaSpec> {}

export const ResourceQuotaStatus = message('io.k8s.api.core.v1.ResourceQuotaStatus', 'How much a namespace uses.', {
  hard: field(1, map(quantity), 'Limits that are enforced.'),
  used: field(2, map(quantity), 'What is used at present.'),
});
export interface ResourceQuotaStatus extends Infer<typeof ResourceQuotaStatus> {}

export const ResourceQuota = message(
  'io.k8s.api.core.v1.ResourceQuota',
  'Limits what all objects of a namespace may use together.',
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
    spec: field(2, ResourceQuotaSpec, 'The limits that are wanted.').always().default({}),
    status: field(3, ResourceQuotaStatus, 'What has been observed; written by the system, read by users.').default({}),
  },
);
export interface ResourceQuota extends Infer<typeof ResourceQuota> {}

const resourceQuotaStrategy: WriteStrategy<ResourceQuota> = {
  applyDefaults({ spec, status }) {
    roundUpResources(spec.hard);
    roundUpResources(status?.hard);
    roundUpResources(status?.used);
  },
  prepareForCreate: (draft) => clearStatus(draft, ResourceQuotaStatus),
  validate: validateResourceQuota,
  prepareForUpdate: keepStatus,
  validateUpdate: validateResourceQuotaUpdate,
};

/** `pods: 1/4, services: 0/2` for those resources that `isShown` picks. */
function usageText({ status }: ResourceQuota, isShown: (resource: string) => boolean): string {
  return Object.entries(status?.hard ?? {})
    .filter(([resource]) => isShown(resource))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([resource, hard]) => `${resource}: ${status?.used?.[resource] ?? '0'}/${hard}`)
    .join(', ');
}

const isLimit = (resource: string) => resource.startsWith('limits');

export const resourceQuotaKind = defineKind<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  returnsDeletedObject: true,
  resource: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  schema: ResourceQuota,
  strategy: resourceQuotaStrategy,
  subresources: [
    statusSubresource<ResourceQuota>('ResourceQuota', { validateUpdate: validateResourceQuotaStatusUpdate }),
  ],
  columns: [
    nameColumn,
    {
      name: 'Request',
      type: 'string',
      description: 'Use and quota of objects and of requested resources.',
      cell: (quota) => usageText(quota, (resource) => !isLimit(resource)),
    },
    {
      name: 'Limit',
      type: 'string',
      description: 'Use and quota of resource limits.',
      cell: (quota) => usageText(quota, isLimit),
    },
    ageColumn,
  ],
  storageVersionHash: '8uhSgffRX6w=',
});
