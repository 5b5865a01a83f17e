import {
  type Column,
  canonicalIp,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  isDns1123Subdomain,
  isPathSegmentName,
  message,
  type NameRule,
  required,
  string,
  validateImmutable,
} from '@kubets/core';
import { nameColumn } from '../columns.ts';
import { validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ParentReference = message(
  'io.k8s.api.networking.v1.ParentReference',
  'Object that an address belongs to.',
  {
    group: field(1, string, 'API group of the object.'),
    resource: field(2, string, 'Resource of the object, by plural name.').required(),
    namespace: field(3, string, 'Namespace of the object.'),
    name: field(4, string, 'Name of the object.').required(),
  },
);
export interface ParentReference extends Infer<typeof ParentReference> {}

export const IPAddressSpec = message('io.k8s.api.networking.v1.IPAddressSpec', 'Who uses an address.', {
  parentRef: field(1, ParentReference, 'Object that the address belongs to; cannot change.').required(),
});
export interface IPAddressSpec extends Infer<typeof IPAddressSpec> {}

export const IPAddress = message(
  'io.k8s.api.networking.v1.IPAddress',
  'An address that is in use; the object is named by the address.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, IPAddressSpec, 'Who uses it.').required().default({}),
  },
);
export interface IPAddress extends Infer<typeof IPAddress> {}

/** An address is named by itself, in canonical form. */
const ipAddressName: NameRule = (name, isPrefix) => {
  if (isPrefix) return [];
  const canonical = canonicalIp(name);
  if (canonical === undefined) return ['must be a valid IP address'];
  return canonical === name ? [] : [`must be a canonical format IP address: ${canonical}`];
};

function validateIpAddress({ spec }: IPAddress): FieldError[] {
  const path = new FieldPath('spec').child('parentRef');
  const { parentRef } = spec;
  if (!parentRef) return [required(path, 'IPAddress must have a parent reference')];
  const { group, resource, name, namespace } = parentRef;
  return [
    ...(group ? validateText(group, path.child('group'), isDns1123Subdomain) : []),
    ...(resource
      ? validateText(resource, path.child('resource'), isPathSegmentName)
      : [required(path.child('resource'))]),
    ...(name ? validateText(name, path.child('name'), isPathSegmentName) : [required(path.child('name'))]),
    ...(namespace ? validateText(namespace, path.child('namespace'), isPathSegmentName) : []),
  ];
}

/** The object that uses an address, as resource.group/namespace/name. */
function parentText(parent: ParentReference | undefined): string {
  if (!parent) return '<none>';
  const resource = (parent.group ? `${parent.resource}.${parent.group}` : parent.resource).toLowerCase();
  return [resource, parent.namespace, parent.name].filter((part) => part).join('/');
}

const ipAddressColumns: Column<IPAddress>[] = [
  nameColumn,
  {
    name: 'ParentRef',
    type: 'string',
    description: 'Object that the address belongs to.',
    cell: ({ spec }) => parentText(spec.parentRef),
  },
];

export const ipAddressKind = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  resource: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  schema: IPAddress,
  validateName: ipAddressName,
  strategy: {
    validate: validateIpAddress,
    validateUpdate: ({ spec }, old) =>
      validateImmutable(spec.parentRef, old.spec.parentRef, new FieldPath('spec').child('parentRef')),
  },
  columns: ipAddressColumns,
  storageVersionHash: '3f/plJFChNE=',
});
