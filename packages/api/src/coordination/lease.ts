import type { Column } from '@kubets/core';
import {
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  int32,
  invalid,
  message,
  microTime,
  notSupported,
  required,
  string,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateNonNegative } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const LeaseSpec = message('io.k8s.api.coordination.v1.LeaseSpec', '', {
  holderIdentity: field(1, string, '').pointer(),
  leaseDurationSeconds: field(2, int32, '').pointer(),
  acquireTime: field(3, microTime, ''),
  renewTime: field(4, microTime, ''),
  leaseTransitions: field(5, int32, '').pointer(),
  strategy: field(6, string, '').pointer(),
  preferredHolder: field(7, string, '').pointer(),
});
export interface LeaseSpec extends Infer<typeof LeaseSpec> {}

export const Lease = message('io.k8s.api.coordination.v1.Lease', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, LeaseSpec, '').always().default({}),
});
export interface Lease extends Infer<typeof Lease> {}

const STRATEGIES = ['OldestEmulationVersion'];

function validateLease({ spec }: Lease): FieldError[] {
  const path = new FieldPath('spec');
  const { leaseDurationSeconds, strategy, preferredHolder } = spec;
  const errors: FieldError[] = [];
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(invalid(path.child('leaseDurationSeconds'), leaseDurationSeconds, 'must be greater than 0'));
  }
  errors.push(...validateNonNegative(spec.leaseTransitions, path.child('leaseTransitions')));
  if (strategy !== undefined && !strategy.includes('/') && !STRATEGIES.includes(strategy)) {
    errors.push(notSupported(path.child('strategy'), strategy, STRATEGIES));
  }
  if (preferredHolder && !strategy) {
    errors.push(required(path.child('strategy'), 'strategy must be specified when preferredHolder is specified'));
  }
  return errors;
}

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
  strategy: { validate: validateLease, allowCreateOnUpdate: true, allowUnconditionalUpdate: false },
  columns: leaseColumns,
  storageVersionHash: 'gqkMMb/YqFM=',
});
