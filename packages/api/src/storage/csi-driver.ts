import {
  bool,
  type Column,
  defineKind,
  duplicate,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  int64,
  invalid,
  isDns1123Subdomain,
  list,
  message,
  required,
  string,
  tooLong,
  validateImmutable,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateOptionalChoice } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const CSITokenRequest = message(
  'io.k8s.api.storage.v1.TokenRequest',
  "A token of the pod's service account that a driver wants.",
  {
    audience: field(1, string, 'Who the token is meant for.').required().default(''),
    expirationSeconds: field(2, int64, 'Seconds that the token should be valid.').pointer(),
  },
);
export interface CSITokenRequest extends Infer<typeof CSITokenRequest> {}

export const CSIDriverSpec = message('io.k8s.api.storage.v1.CSIDriverSpec', 'What a driver needs and can do.', {
  attachRequired: field(
    1,
    bool,
    'Whether volumes have to be attached to the node before they are mounted; cannot change.',
  ).pointer(),
  podInfoOnMount: field(2, bool, 'Whether the driver is told about the pod when it mounts.').pointer(),
  volumeLifecycleModes: field(
    3,
    list(string),
    'Kinds of volumes that the driver serves: Persistent, Ephemeral or both; cannot change.',
  ).set(),
  storageCapacity: field(4, bool, 'Whether the scheduler looks at the capacity that the driver reports.').pointer(),
  fsGroupPolicy: field(
    5,
    string,
    "When volumes are given the pod's fsGroup: ReadWriteOnceWithFSType, File or None.",
  ).pointer(),
  tokenRequests: field(6, list(CSITokenRequest), "Tokens of the pod's service account that the driver gets.").atomic(),
  requiresRepublish: field(7, bool, 'Whether the driver wants to be called again from time to time.').pointer(),
  seLinuxMount: field(8, bool, 'Whether volumes may be mounted with an SELinux context.').pointer(),
  nodeAllocatableUpdatePeriodSeconds: field(
    9,
    int64,
    'Seconds between updates of how many volumes the node can take, at least 10.',
  ).pointer(),
  serviceAccountTokenInSecrets: field(
    10,
    bool,
    'Whether tokens are handed over in the secrets of the call, not in its context.',
  ).pointer(),
  preventPodSchedulingIfMissing: field(
    11,
    bool,
    'Whether pods are not scheduled to nodes on which the driver does not run.',
  ).pointer(),
});
export interface CSIDriverSpec extends Infer<typeof CSIDriverSpec> {}

export const CSIDriver = message(
  'io.k8s.api.storage.v1.CSIDriver',
  'A storage driver of the cluster; named by the driver.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, CSIDriverSpec, 'What it needs and can do.').required().default({}),
  },
);
export interface CSIDriver extends Infer<typeof CSIDriver> {}

const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const MIN_UPDATE_PERIOD_SECONDS = 10;
const DRIVER_NAME_MAX_BYTES = 63;

function applyCSIDriverDefaults({ spec }: CSIDriver): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

/** Drivers are named like domains, without regard to case. */
export function validateDriverName(name: string, path: FieldPath): FieldError[] {
  const errors = name ? [] : [required(path)];
  if (name.length > DRIVER_NAME_MAX_BYTES) errors.push(tooLong(path, DRIVER_NAME_MAX_BYTES));
  return [...errors, ...isDns1123Subdomain(name.toLowerCase()).map((detail) => invalid(path, name, detail))];
}

function validateCSIDriver({ metadata, spec }: CSIDriver): FieldError[] {
  const path = new FieldPath('spec');
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  return [
    ...(metadata.name ? validateDriverName(metadata.name, new FieldPath('metadata').child('name')) : []),
    ...validateOptionalChoice(spec.fsGroupPolicy, path.child('fsGroupPolicy'), [
      'ReadWriteOnceWithFSType',
      'File',
      'None',
    ]),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) =>
      validateOptionalChoice(mode, path.child('volumeLifecycleModes'), ['Persistent', 'Ephemeral']),
    ),
    ...validateTokenRequests(spec.tokenRequests ?? [], path.child('tokenRequests')),
    ...(period !== undefined && period < MIN_UPDATE_PERIOD_SECONDS
      ? [
          invalid(
            path.child('nodeAllocatableUpdatePeriodSeconds'),
            period,
            `must be greater than or equal to ${MIN_UPDATE_PERIOD_SECONDS} seconds`,
          ),
        ]
      : []),
  ];
}

function validateTokenRequests(requests: readonly CSITokenRequest[], path: FieldPath): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience, expirationSeconds: seconds }, index) => {
    const at = path.index(index);
    const errors = audiences.has(audience) ? [duplicate(at.child('audience'), audience)] : [];
    audiences.add(audience);
    if (seconds === undefined) return errors;
    const secondsPath = at.child('expirationSeconds');
    if (seconds < MIN_TOKEN_SECONDS) {
      errors.push(invalid(secondsPath, seconds, 'may not specify a duration less than 10 minutes'));
    }
    if (seconds > MAX_TOKEN_SECONDS) {
      errors.push(invalid(secondsPath, seconds, 'may not specify a duration larger than 2^32 seconds'));
    }
    return errors;
  });
}

const csiDriverColumns: Column<CSIDriver>[] = [
  nameColumn,
  {
    name: 'AttachRequired',
    type: 'boolean',
    description: 'Whether volumes have to be attached to the node.',
    cell: ({ spec }) => spec.attachRequired ?? true,
  },
  {
    name: 'PodInfoOnMount',
    type: 'boolean',
    description: 'Whether the driver is told about the pod when it mounts.',
    cell: ({ spec }) => spec.podInfoOnMount ?? false,
  },
  {
    name: 'StorageCapacity',
    type: 'boolean',
    description: 'Whether the scheduler looks at the capacity that the driver reports.',
    cell: ({ spec }) => spec.storageCapacity ?? false,
  },
  {
    name: 'TokenRequests',
    type: 'string',
    description: 'Audiences of the tokens that the driver is given.',
    cell: ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
  },
  {
    name: 'RequiresRepublish',
    type: 'boolean',
    description: 'Whether the driver wants to be called again from time to time.',
    cell: ({ spec }) => spec.requiresRepublish ?? false,
  },
  {
    name: 'Modes',
    type: 'string',
    description: 'Kinds of volumes that the driver serves.',
    cell: ({ spec }) => spec.volumeLifecycleModes?.join(',') || '<none>',
  },
  ageColumn,
];

export const csiDriverKind = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  returnsDeletedObject: true,
  resource: 'csidrivers',
  namespaced: false,
  schema: CSIDriver,
  strategy: {
    applyDefaults: applyCSIDriverDefaults,
    validate: validateCSIDriver,
    allowUnconditionalUpdate: false,
    validateUpdate: ({ spec }, old) =>
      (['attachRequired', 'volumeLifecycleModes'] as const).flatMap((name) =>
        validateImmutable(spec[name], old.spec[name], new FieldPath('spec').child(name)),
      ),
  },
  columns: csiDriverColumns,
  storageVersionHash: 'hL6j/rwBV5w=',
});
