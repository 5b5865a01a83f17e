import {
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  invalid,
  isValidCidr,
  list,
  message,
  parseCidr,
  required,
  string,
  validateImmutable,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateText } from '../field-rules.ts';
import { Condition } from '../meta/condition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';

export const ServiceCIDRSpec = message(
  'io.k8s.api.networking.v1.ServiceCIDRSpec',
  'Blocks of addresses for services.',
  {
    cidrs: field(1, list(string), 'One block, or one of each IP family.').atomic(),
  },
);
export interface ServiceCIDRSpec extends Infer<typeof ServiceCIDRSpec> {}

export const ServiceCIDRStatus = message(
  'io.k8s.api.networking.v1.ServiceCIDRStatus',
  'What was last observed of a block.',
  {
    conditions: field(1, list(Condition), 'Latest observations, such as Ready.').mapOf('type').mergeBy('type'),
  },
);
export interface ServiceCIDRStatus extends Infer<typeof ServiceCIDRStatus> {}

export const ServiceCIDR = message(
  'io.k8s.api.networking.v1.ServiceCIDR',
  'Addresses from which services get their cluster IPs.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, ServiceCIDRSpec, 'The blocks.').always().default({}),
    status: field(3, ServiceCIDRStatus, 'What was last observed; written by the server.').default({}),
  },
);
export interface ServiceCIDR extends Infer<typeof ServiceCIDR> {}

const MAX_CIDRS = 2;

function validateServiceCIDR({ spec }: ServiceCIDR): FieldError[] {
  const path = new FieldPath('spec').child('cidrs');
  const cidrs = spec.cidrs ?? [];
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')];
  if (cidrs.length > MAX_CIDRS) return [invalid(path, cidrs, 'may only hold up to 2 values')];
  const errors = cidrs.flatMap((cidr, index) => validateText(cidr, path.index(index), isValidCidr));
  const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.address.family);
  if (first !== undefined && first === second) {
    const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(invalid(path, cidrs, detail));
  }
  return errors;
}

/** Blocks stay; a second one, of the other family, may be added. */
function validateServiceCIDRUpdate({ spec }: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  const path = new FieldPath('spec').child('cidrs');
  const [cidrs = [], oldCidrs = []] = [spec.cidrs, old.spec.cidrs];
  if (oldCidrs.length !== 1 || cidrs.length !== MAX_CIDRS) return validateImmutable(cidrs, oldCidrs, path);
  return validateImmutable(cidrs[0], oldCidrs[0], path.index(0));
}

const serviceCIDRColumns: Column<ServiceCIDR>[] = [
  nameColumn,
  {
    name: 'CIDRs',
    type: 'string',
    description: 'Blocks that services get their addresses from.',
    cell: ({ spec }) => (spec.cidrs ?? []).join(','),
  },
  ageColumn,
];

export const serviceCIDRKind = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  resource: 'servicecidrs',
  namespaced: false,
  schema: ServiceCIDR,
  subresources: [statusSubresource<ServiceCIDR>('ServiceCIDR')],
  strategy: {
    prepareForCreate: (draft) => clearStatus(draft, ServiceCIDRStatus),
    prepareForUpdate: keepStatus,
    validate: validateServiceCIDR,
    validateUpdate: validateServiceCIDRUpdate,
  },
  columns: serviceCIDRColumns,
  storageVersionHash: 'gNLvruQhW2g=',
});
