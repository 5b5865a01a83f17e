import {
  defineKind,
  FieldPath,
  field,
  type Infer,
  message,
  string,
  validateImmutable,
  validateLabels,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { ResourceClaimSpec } from './shared.ts';
import { applyDeviceClaimDefaults, validateDeviceClaim } from './validation.ts';

export const ResourceClaimTemplateSpec = message(
  'io.k8s.api.resource.v1.ResourceClaimTemplateSpec',
  'Claims to be made for pods.',
  {
    metadata: field(1, ObjectMetaSchema, 'Labels and annotations of the claims.').default({}),
    spec: field(2, ResourceClaimSpec, 'Specification of the claims.').required().default({}),
  },
);
export interface ResourceClaimTemplateSpec extends Infer<typeof ResourceClaimTemplateSpec> {}

export const ResourceClaimTemplate = message(
  'io.k8s.api.resource.v1.ResourceClaimTemplate',
  'Makes a claim for each pod that refers to it.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, ResourceClaimTemplateSpec, 'The claims to make; cannot change.').required().default({}),
  },
);
export interface ResourceClaimTemplate extends Infer<typeof ResourceClaimTemplate> {}

export const resourceClaimTemplateKind = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  returnsDeletedObject: true,
  resource: 'resourceclaimtemplates',
  namespaced: true,
  schema: ResourceClaimTemplate,
  strategy: {
    applyDefaults: ({ spec }) => applyDeviceClaimDefaults(spec.spec.devices),
    validate: ({ spec }) => [
      ...validateLabels(spec.metadata?.labels, new FieldPath('spec').child('metadata', 'labels')),
      ...validateDeviceClaim(spec.spec.devices, new FieldPath('spec').child('spec', 'devices')),
    ],
    validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, new FieldPath('spec')),
  },
  columns: [nameColumn, ageColumn],
  storageVersionHash: 'TuzjC49aUfM=',
});
