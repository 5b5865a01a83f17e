import {
  bool,
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  int32,
  int64,
  invalid,
  list,
  message,
  notSupported,
  required,
  string,
} from '@kubets/core';
import { nameColumn } from '../columns.ts';
import { SELinuxOptions } from '../core/security-context.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { deprecationOf } from './deprecations.ts';
import { olderVersion } from './older-version.ts';

const named = (name: string) => `io.k8s.api.policy.v1beta1.${name}`;

const HostPortRange = message(named('HostPortRange'), 'Ports of the host, both ends among them.', {
  min: field(1, int32, 'The first port.').required().default(0),
  max: field(2, int32, 'The last port.').required().default(0),
});
const IDRange = message(named('IDRange'), 'Numbers of users or groups, both ends among them.', {
  min: field(1, int64, 'The first number.').required().default(0),
  max: field(2, int64, 'The last number.').required().default(0),
});
const SELinuxStrategy = message(named('SELinuxStrategyOptions'), 'Which SELinux labels pods may have.', {
  rule: field(1, string, 'MustRunAs or RunAsAny.').required().default(''),
  seLinuxOptions: field(2, SELinuxOptions, 'The label that pods must have.'),
});
const idStrategy = (name: string, what: string) =>
  message(named(name), what, {
    rule: field(1, string, 'Which of the numbers may be used.').default(''),
    ranges: field(2, list(IDRange), 'The numbers that may be used.').atomic(),
  });
const RunAsUser = message(named('RunAsUserStrategyOptions'), 'Which users containers may run as.', {
  rule: field(1, string, 'MustRunAs, MustRunAsNonRoot or RunAsAny.').required().default(''),
  ranges: field(2, list(IDRange), 'The numbers that may be used.').atomic(),
});
const RunAsGroup = message(named('RunAsGroupStrategyOptions'), 'Which groups containers may run as.', {
  rule: field(1, string, 'MayRunAs, MustRunAs or RunAsAny.').required().default(''),
  ranges: field(2, list(IDRange), 'The numbers that may be used.').atomic(),
});
const SupplementalGroups = idStrategy('SupplementalGroupsStrategyOptions', 'Which further groups pods may have.');
const FSGroup = idStrategy('FSGroupStrategyOptions', 'Which groups volumes may belong to.');
const AllowedHostPath = message(named('AllowedHostPath'), 'A directory of the host that pods may use.', {
  pathPrefix: field(1, string, 'Where its path begins.'),
  readOnly: field(2, bool, 'Whether it may only be read.'),
});
const AllowedFlexVolume = message(named('AllowedFlexVolume'), 'A driver that pods may use.', {
  driver: field(1, string, 'Name of the driver.').required().default(''),
});
const AllowedCSIDriver = message(named('AllowedCSIDriver'), 'A CSI driver that pods may use inline.', {
  name: field(1, string, 'Name of the driver.').required().default(''),
});
const RuntimeClassStrategy = message(named('RuntimeClassStrategyOptions'), 'Which runtime classes pods may name.', {
  allowedRuntimeClassNames: field(1, list(string), 'The classes; * for all.').required().atomic(),
  defaultRuntimeClassName: field(2, string, 'The class of pods that name none.').pointer(),
});

const texts = (index: number, what: string) => field(index, list(string), what).atomic();

const PodSecurityPolicySpec = message(named('PodSecurityPolicySpec'), 'What pods may do.', {
  privileged: field(1, bool, 'Whether they may be privileged.'),
  defaultAddCapabilities: texts(2, 'Capabilities that containers are given unless they drop them.'),
  requiredDropCapabilities: texts(3, 'Capabilities that are taken from containers.'),
  allowedCapabilities: texts(4, 'Capabilities that containers may ask for; * for all.'),
  volumes: texts(5, 'Types of volumes that may be used; * for all.'),
  hostNetwork: field(6, bool, 'Whether pods may use the network of the host.'),
  hostPorts: field(7, list(HostPortRange), 'Ports of the host that may be used.').atomic(),
  hostPID: field(8, bool, 'Whether pods may see the processes of the host.'),
  hostIPC: field(9, bool, 'Whether pods may use the shared memory of the host.'),
  seLinux: field(10, SELinuxStrategy, 'SELinux labels that may be used.').required().default({}),
  runAsUser: field(11, RunAsUser, 'Users that may be used.').required().default({}),
  supplementalGroups: field(12, SupplementalGroups, 'Further groups that may be used.').required().default({}),
  fsGroup: field(13, FSGroup, 'Groups of volumes that may be used.').required().default({}),
  readOnlyRootFilesystem: field(14, bool, 'Whether root filesystems must be read-only.'),
  defaultAllowPrivilegeEscalation: field(15, bool, 'Whether processes may gain privileges unless said.').pointer(),
  allowPrivilegeEscalation: field(16, bool, 'Whether processes may gain privileges; true by default.').pointer(),
  allowedHostPaths: field(17, list(AllowedHostPath), 'Directories of the host that may be used.').atomic(),
  allowedFlexVolumes: field(18, list(AllowedFlexVolume), 'Flex drivers that may be used; all without any.').atomic(),
  allowedUnsafeSysctls: texts(19, 'Unsafe kernel settings that may be made.'),
  forbiddenSysctls: texts(20, 'Kernel settings that may not be made.'),
  allowedProcMountTypes: texts(21, 'Kinds of /proc that may be mounted.'),
  runAsGroup: field(22, RunAsGroup, 'Groups that may be used.'),
  allowedCSIDrivers: field(23, list(AllowedCSIDriver), 'CSI drivers that may be used inline.').atomic(),
  runtimeClass: field(24, RuntimeClassStrategy, 'Runtime classes that may be named.'),
});

const policyIn = (group: string) =>
  message(`io.k8s.api.${group}.v1beta1.PodSecurityPolicy`, 'Rules about what pods may do; stored but not enforced.', {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, PodSecurityPolicySpec, 'The rules.').always().default({}),
  });
const PodSecurityPolicyMessage = policyIn('policy');
type PodSecurityPolicy = Infer<typeof PodSecurityPolicyMessage>;

type Strategy = { readonly rule?: string; readonly ranges?: readonly { readonly min: number; readonly max: number }[] };

const RULES = {
  seLinux: ['MustRunAs', 'RunAsAny'],
  runAsUser: ['MustRunAs', 'MustRunAsNonRoot', 'RunAsAny'],
  runAsGroup: ['MayRunAs', 'MustRunAs', 'RunAsAny'],
  supplementalGroups: ['MayRunAs', 'MustRunAs', 'RunAsAny'],
  fsGroup: ['MayRunAs', 'MustRunAs', 'RunAsAny'],
} as const;

function validatePolicy({ spec }: PodSecurityPolicy): FieldError[] {
  const path = new FieldPath('spec');
  const names = Object.keys(RULES) as (keyof typeof RULES)[];
  const errors = names.flatMap((name) => {
    const strategy = spec[name] as Strategy | undefined;
    return strategy ? validateStrategy(strategy, RULES[name], path.child(name)) : [];
  });
  const { allowPrivilegeEscalation, defaultAllowPrivilegeEscalation } = spec;
  if (defaultAllowPrivilegeEscalation && allowPrivilegeEscalation === false) {
    const detail =
      'Cannot set DefaultAllowPrivilegeEscalation to true without also setting AllowPrivilegeEscalation to true';
    errors.push(invalid(path.child('defaultAllowPrivilegeEscalation'), true, detail));
  }
  for (const [index, { pathPrefix }] of (spec.allowedHostPaths ?? []).entries())
    if (!pathPrefix) errors.push(required(path.child('allowedHostPaths').index(index), 'is required'));
  return errors;
}

function validateStrategy(
  { rule = '', ranges = [] }: Strategy,
  rules: readonly string[],
  path: FieldPath,
): FieldError[] {
  const errors = rules.includes(rule) ? [] : [notSupported(path.child('rule'), rule, [...rules])];
  for (const [index, { min, max }] of ranges.entries()) {
    const at = path.child('ranges').index(index);
    if (min < 0) errors.push(invalid(at.child('min'), min, 'min cannot be negative'));
    if (max < 0) errors.push(invalid(at.child('max'), max, 'max cannot be negative'));
    if (min > max) errors.push(invalid(at.child('min'), min, 'min cannot be greater than max'));
  }
  return errors;
}

const textColumn = (name: string, description: string, cell: (spec: PodSecurityPolicy['spec']) => string) =>
  ({ name, type: 'string', description, cell: ({ spec }) => cell(spec) }) satisfies Column<PodSecurityPolicy>;
const textOf = (texts: readonly string[] | undefined) => texts?.join(',') || '<none>';

const columns: Column<PodSecurityPolicy>[] = [
  nameColumn,
  textColumn('Priv', 'Whether pods may be privileged.', ({ privileged = false }) => String(privileged)),
  textColumn('Caps', 'Capabilities that may be asked for.', ({ allowedCapabilities }) => textOf(allowedCapabilities)),
  textColumn('SELinux', 'Which SELinux labels may be used.', ({ seLinux }) => seLinux.rule),
  textColumn('RunAsUser', 'Which users may be used.', ({ runAsUser }) => runAsUser.rule),
  textColumn('FsGroup', 'Which groups of volumes may be used.', ({ fsGroup }) => fsGroup.rule ?? ''),
  textColumn(
    'SupGroup',
    'Which further groups may be used.',
    ({ supplementalGroups }) => supplementalGroups.rule ?? '',
  ),
  textColumn('ReadOnlyRootFs', 'Whether root filesystems must be read-only.', ({ readOnlyRootFilesystem = false }) =>
    String(readOnlyRootFilesystem),
  ),
  textColumn('Volumes', 'Types of volumes that may be used.', ({ volumes }) => textOf(volumes)),
];

const warning = deprecationOf({ group: 'policy', version: 'v1beta1', kind: 'PodSecurityPolicy' });

const podSecurityPolicyKind = defineKind<PodSecurityPolicy>({
  group: 'policy',
  version: 'v1beta1',
  kind: 'PodSecurityPolicy',
  resource: 'podsecuritypolicies',
  shortNames: ['psp'],
  namespaced: false,
  schema: PodSecurityPolicyMessage,
  strategy: {
    applyDefaults({ spec }) {
      spec.allowPrivilegeEscalation ??= true;
    },
    validate: validatePolicy,
  },
  columns,
  ...(warning ? { deprecationWarning: warning } : {}),
  storageVersionHash: 'khBLobUXkqA=',
});

/** Pod Security admission has taken their place. */
export const legacyPodSecurityPolicyKinds = [
  podSecurityPolicyKind,
  olderVersion(podSecurityPolicyKind, { group: 'extensions', version: 'v1beta1', schema: policyIn('extensions') }),
] as const;
