import type { Column } from '@kubets/core';
import { defineKind, field, type Infer, int32, message, microTime, string } from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const LeaseSpec = message('io.k8s.api.coordination.v1.LeaseSpec', '', {
  holderIdentity: field(1, string, ''),
  leaseDurationSeconds: field(2, int32, ''),
  acquireTime: field(3, microTime, ''),
  renewTime: field(4, microTime, ''),
  leaseTransitions: field(5, int32, ''),
  strategy: field(6, string, ''),
  preferredHolder: field(7, string, ''),
});
export interface LeaseSpec extends Infer<typeof LeaseSpec> {}

export const Lease = message('io.k8s.api.coordination.v1.Lease', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, LeaseSpec, '').always().default({}),
});
export interface Lease extends Infer<typeof Lease> {}

const leaseColumns: Column<Lease>[] = [
  nameColumn,
  {
    name: 'Holder',
    type: 'string',
    description: 'Identity of whoever holds the lease.',
    cell: ({ spec }) => spec.holderIdentity ?? '',
  },
  ageColumn,
];

export const leaseKind = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  resource: 'leases',
  namespaced: true,
  schema: Lease,
  columns: leaseColumns,
  storageVersionHash: 'gqkMMb/YqFM=',
});
