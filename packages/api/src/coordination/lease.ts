import {
  type Column,
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

export const LeaseSpec = message('io.k8s.api.coordination.v1.LeaseSpec', 'Who holds a lease, and until when.', {
  holderIdentity: field(1, string, 'Whoever holds the lease.').pointer(),
  leaseDurationSeconds: field(2, int32, 'Seconds after the last renewal at which others may take the lease.').pointer(),
  acquireTime: field(3, microTime, 'When the holder took the lease.'),
  renewTime: field(4, microTime, 'When the holder last renewed the lease.'),
  leaseTransitions: field(5, int32, 'How often the lease has changed hands.').pointer(),
  strategy: field(6, string, 'How the holder is chosen among candidates, where that is coordinated.').pointer(),
  preferredHolder: field(7, string, 'Candidate to whom the holder should give the lease.').pointer(),
});
export interface LeaseSpec extends Infer<typeof LeaseSpec> {}

export const Lease = message(
  'io.k8s.api.coordination.v1.Lease',
  'A lock with an end, for leader election and heartbeats.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, LeaseSpec, 'Holder and times.').always().default({}),
  },
);
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
