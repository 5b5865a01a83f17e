import {
  byteLength,
  duplicate,
  type FieldError,
  type FieldPath,
  fieldForbidden,
  invalid,
  isDns1123Subdomain,
  isValidUserId,
  notSupported,
  required,
} from '@kubets/core';
import { validateOptionalChoice, validateText } from '../../field-rules.ts';
import type { PodSpec } from '../pod.ts';
import { validateRelativePath } from '../relative-path.ts';
import type {
  AppArmorProfile,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
  Sysctl,
  WindowsSecurityContextOptions,
} from '../security-context.ts';

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const SYSCTL_MAX_BYTES = 253;
const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL_PATTERN = `^${SYSCTL_SEGMENT}([\\.\\/]${SYSCTL_SEGMENT})*$`;
const GMSA_SPEC_MAX_BYTES = 64 * 1024;

function validateIds(context: object, names: readonly string[], path: FieldPath): FieldError[] {
  return names.flatMap((name) => {
    const id = (context as Record<string, number | undefined>)[name];
    return id === undefined ? [] : isValidUserId(id).map((detail) => invalid(path.child(name), id, detail));
  });
}

export function validatePodSecurityContext(spec: PodSpec, path: FieldPath): FieldError[] {
  const context = spec.securityContext;
  const errors: FieldError[] = [];
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalid(path.child('shareProcessNamespace'), true, detail));
  }
  if (!context) return errors;
  return [
    ...errors,
    ...validateIds(context, ['fsGroup', 'runAsUser', 'runAsGroup'], path),
    ...(context.supplementalGroups ?? []).flatMap((id, index) =>
      isValidUserId(id).map((detail) => invalid(path.child('supplementalGroups').index(index), id, detail)),
    ),
    ...validateSysctls(context.sysctls, spec, path.child('sysctls')),
    ...validatePodPolicies(context, path),
    ...validateSeccomp(context.seccompProfile, path.child('seccompProfile')),
    ...validateAppArmor(context.appArmorProfile, path.child('appArmorProfile')),
    ...validateWindowsOptions(context.windowsOptions, path.child('windowsOptions')),
  ];
}

function validatePodPolicies(context: PodSecurityContext, path: FieldPath): FieldError[] {
  const choices = {
    fsGroupChangePolicy: ['Always', 'OnRootMismatch'],
    supplementalGroupsPolicy: ['Merge', 'Strict'],
    seLinuxChangePolicy: ['MountOption', 'Recursive'],
  } as const;
  return (Object.keys(choices) as (keyof typeof choices)[]).flatMap((name) =>
    validateOptionalChoice(context[name], path.child(name), choices[name]),
  );
}

function validateSysctls(sysctls: readonly Sysctl[] | undefined, spec: PodSpec, path: FieldPath): FieldError[] {
  const names = new Set<string>();
  return (sysctls ?? []).flatMap(({ name }, index) => {
    const at = path.index(index).child('name');
    if (!name) return [required(at)];
    if (name.length > SYSCTL_MAX_BYTES || !new RegExp(SYSCTL_PATTERN).test(name)) {
      const detail = `must have at most ${SYSCTL_MAX_BYTES} characters and match regex ${SYSCTL_PATTERN}`;
      return [invalid(at, name, detail)];
    }
    const errors: FieldError[] = [];
    if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
    return [...errors, ...validateSysctlNamespace(name, spec, at)];
  });
}

/** A parameter of a namespace that the pod shares with the host is not the pod's to set. */
function validateSysctlNamespace(name: string, { hostNetwork, hostIPC }: PodSpec, path: FieldPath): FieldError[] {
  const dotted = name.replaceAll('/', '.');
  if (hostNetwork && dotted.startsWith('net.')) {
    return [invalid(path, name, "may not be specified when 'hostNetwork' is true")];
  }
  const isIpc = /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(dotted);
  return hostIPC && isIpc ? [invalid(path, name, "may not be specified when 'hostIPC' is true")] : [];
}

/** A pod in a user namespace of its own cannot be in the host's other namespaces. */
export function validateHostNamespaces(spec: PodSpec, path: FieldPath): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const detail = 'when `hostUsers` is false';
  const errors = (['hostNetwork', 'hostPID', 'hostIPC'] as const)
    .filter((name) => spec[name])
    .map((name) => fieldForbidden(path.child(name), detail));
  for (const [index, { volumeDevices }] of (spec.containers ?? []).entries()) {
    if (volumeDevices?.length) {
      errors.push(fieldForbidden(path.child('containers').index(index).child('volumeDevices'), detail));
    }
  }
  return errors;
}

export function validateSecurityContext(
  context: SecurityContext | undefined,
  spec: PodSpec,
  path: FieldPath,
): FieldError[] {
  if (!context) return [];
  return [
    ...validateIds(context, ['runAsUser', 'runAsGroup'], path),
    ...validateProcMount(context, spec, path.child('procMount')),
    ...validateEscalation(context, path),
    ...validateSeccomp(context.seccompProfile, path.child('seccompProfile')),
    ...validateAppArmor(context.appArmorProfile, path.child('appArmorProfile')),
    ...validateWindowsOptions(context.windowsOptions, path.child('windowsOptions')),
  ];
}

function validateProcMount({ procMount }: SecurityContext, { hostUsers }: PodSpec, path: FieldPath): FieldError[] {
  const errors = validateOptionalChoice(procMount, path, ['Default', 'Unmasked']);
  if (procMount === 'Unmasked' && hostUsers !== false) {
    errors.push(invalid(path, procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  return errors;
}

function validateEscalation(context: SecurityContext, path: FieldPath): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const contradictions = [
    [context.privileged, '`privileged` to true'],
    [context.capabilities?.add?.includes('CAP_SYS_ADMIN'), '`capabilities.Add` CAP_SYS_ADMIN'],
  ] as const;
  return contradictions
    .filter(([applies]) => applies)
    .map(([, other]) => invalid(path, context, `cannot set \`allowPrivilegeEscalation\` to false and ${other}`));
}

function validateSeccomp(profile: SeccompProfile | undefined, path: FieldPath): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const at = path.child('localhostProfile');
  const errors: FieldError[] = [];
  if (!type) errors.push(required(path.child('type'), 'type is required when seccompProfile is set'));
  else if (!PROFILE_TYPES.includes(type)) errors.push(notSupported(path.child('type'), type, PROFILE_TYPES));
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.push(required(at, 'must be set when seccomp type is Localhost'));
    else errors.push(...validateRelativePath(localhostProfile, at));
  } else if (localhostProfile !== undefined) {
    const quoted = { Type: type, LocalhostProfile: localhostProfile };
    errors.push(invalid(at, quoted, 'can only be set when seccomp type is Localhost'));
  }
  return errors;
}

function validateAppArmor(profile: AppArmorProfile | undefined, path: FieldPath): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const at = path.child('localhostProfile');
  if (!type) return [required(path.child('type'), 'type is required when appArmorProfile is set')];
  if (!PROFILE_TYPES.includes(type)) return [notSupported(path.child('type'), type, PROFILE_TYPES)];
  if (type !== 'Localhost') {
    return localhostProfile === undefined
      ? []
      : [invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost')];
  }
  if (localhostProfile === undefined) return [required(at, 'must be set when AppArmor type is Localhost')];
  if (localhostProfile.trim() !== localhostProfile) {
    return [invalid(at, localhostProfile, 'must not be padded with whitespace')];
  }
  return localhostProfile ? [] : [required(at, 'must be set when AppArmor type is Localhost')];
}

function validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, path: FieldPath): FieldError[] {
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options ?? {};
  const errors: FieldError[] = [];
  if (gmsaCredentialSpecName !== undefined) {
    errors.push(...validateText(gmsaCredentialSpecName, path.child('gmsaCredentialSpecName'), isDns1123Subdomain));
  }
  const specAt = path.child('gmsaCredentialSpec');
  if (gmsaCredentialSpec === '') {
    errors.push(invalid(specAt, '', 'gmsaCredentialSpec cannot be an empty string'));
  } else if (gmsaCredentialSpec && byteLength(gmsaCredentialSpec) > GMSA_SPEC_MAX_BYTES) {
    const detail = `gmsaCredentialSpec size must be under ${GMSA_SPEC_MAX_BYTES / 1024} KiB`;
    errors.push(invalid(specAt, gmsaCredentialSpec, detail));
  }
  if (runAsUserName === undefined) return errors;
  return [...errors, ...validateText(runAsUserName, path.child('runAsUserName'), complaintsAboutUser)];
}

const USER_DOMAIN_MAX_BYTES = 256;
const USER_MAX_BYTES = 104;
const NETBIOS_NAME = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

/** What is wrong with a Windows user: `USER` or `DOMAIN\USER`. */
function complaintsAboutUser(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/\p{Cc}/u.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const [user = '', domain] = parts.reverse();
  const isDomain = domain === undefined || NETBIOS_NAME.test(domain) || DNS_NAME.test(domain);
  const length = byteLength(user);
  const complaints: [boolean, string][] = [
    [
      byteLength(domain ?? '') >= USER_DOMAIN_MAX_BYTES,
      `runAsUserName's Domain length must be under ${USER_DOMAIN_MAX_BYTES} characters`,
    ],
    [!isDomain, "runAsUserName's Domain doesn't match the NetBios nor the DNS format"],
    [length === 0, "runAsUserName's User cannot be empty"],
    [length > USER_MAX_BYTES, `runAsUserName's User length must not be longer than ${USER_MAX_BYTES} characters`],
    [/^[. ]+$/.test(user), "runAsUserName's User cannot contain only periods or spaces"],
    [
      /["/\\:;|=,+*?<>@[\]]/.test(user),
      `runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`,
    ],
  ];
  return complaints.filter(([applies]) => applies).map(([, complaint]) => complaint);
}
