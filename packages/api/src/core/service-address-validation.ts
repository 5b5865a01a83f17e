import {
  duplicate,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isValidIp,
  notSupported,
  parseIp,
  required,
  sameJson,
} from '@kubets/core';
import type { ServiceSpec } from './service.ts';
import { needsClusterIP } from './service-allocation.ts';

const SPEC = new FieldPath('spec');
const CLUSTER_IPS = SPEC.child('clusterIPs');
const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const HEADLESS = 'None';

const familyOf = (ip: string) => `IPv${parseIp(ip)?.family}`;

/** Rules for a service's addresses, their families, and how the two fit together. */
export function validateClusterIPs(spec: ServiceSpec): FieldError[] {
  return spec.type === 'ExternalName'
    ? validateNoFamilies(spec)
    : [...validateFirstAddress(spec), ...validateFamilies(spec), ...validateAddresses(spec)];
}

function validateNoFamilies(spec: ServiceSpec): FieldError[] {
  const detail = 'may not be set for ExternalName services';
  return (['ipFamilies', 'ipFamilyPolicy'] as const)
    .filter((field) => spec[field]?.length)
    .map((field) => fieldForbidden(SPEC.child(field), detail));
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy }: ServiceSpec): FieldError[] {
  const path = SPEC.child('ipFamilies');
  const errors: FieldError[] = [];
  for (const [index, family] of ipFamilies.entries()) {
    if (!FAMILIES.includes(family)) errors.push(notSupported(path.index(index), family, FAMILIES));
    if (ipFamilies.indexOf(family) < index) errors.push(duplicate(path.index(index), family));
  }
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported(SPEC.child('ipFamilyPolicy'), ipFamilyPolicy, POLICIES));
  }
  return errors;
}

function validateFirstAddress({ clusterIP = '', clusterIPs = [] }: ServiceSpec): FieldError[] {
  if (clusterIPs.length > 0 && !clusterIP) {
    return [invalid(CLUSTER_IPS, clusterIPs, 'must be empty when `clusterIP` is not specified')];
  }
  if (clusterIP && clusterIPs.length === 0) return [required(CLUSTER_IPS)];
  if (clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) {
    return [invalid(CLUSTER_IPS, clusterIPs, 'first value must match `clusterIP`')];
  }
  return [];
}

function validateAddresses({ clusterIPs = [], ipFamilies = [] }: ServiceSpec): FieldError[] {
  const isHeadless = clusterIPs[0] === HEADLESS;
  const errors = clusterIPs.flatMap((ip, index) =>
    isHeadless && index === 0 ? [] : isValidIp(ip).map((detail) => invalid(CLUSTER_IPS.index(index), ip, detail)),
  );
  if (isHeadless && clusterIPs.length > 1) {
    errors.unshift(invalid(CLUSTER_IPS, clusterIPs, "'None' must be the first and only value"));
  }
  const isEveryOneUsable = errors.length === 0;
  if (clusterIPs.length > 2) errors.push(invalid(CLUSTER_IPS, clusterIPs, 'may only hold up to 2 values'));
  if (isHeadless || !isEveryOneUsable) return errors;
  if (clusterIPs.length > 1 && familyOf(clusterIPs[0]!) === familyOf(clusterIPs[1]!)) {
    errors.push(invalid(CLUSTER_IPS, clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  for (const [index, family] of ipFamilies.entries()) {
    const ip = clusterIPs[index];
    if (ip === undefined || familyOf(ip) === family || !FAMILIES.includes(family)) continue;
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    errors.push(invalid(CLUSTER_IPS.index(index), ip, detail));
  }
  return errors;
}

/** Once given, an address stays with its service; the second one can be given up. */
export function validateClusterIPsUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (!needsClusterIP(spec) || !needsClusterIP(old)) return [];
  const [now, before] = [spec.clusterIPs ?? [], old.clusterIPs ?? []];
  if (before.length === 0 || (sameJson(now, before) && sameJson(spec.ipFamilies, old.ipFamilies))) return [];
  return [
    ...validateKept({ path: CLUSTER_IPS, now, before, noun: 'clusterIP', policy: spec.ipFamilyPolicy }),
    ...validateKept({
      path: SPEC.child('ipFamilies'),
      now: spec.ipFamilies ?? [],
      before: old.ipFamilies ?? [],
      noun: 'ipFamily',
      policy: spec.ipFamilyPolicy,
    }),
  ];
}

function validateKept(change: {
  path: FieldPath;
  now: readonly string[];
  before: readonly string[];
  noun: string;
  policy: string | undefined;
}): FieldError[] {
  const { path, now, before, noun, policy } = change;
  const errors: FieldError[] = [];
  if (before[0] !== undefined && now[0] === undefined) {
    errors.push(invalid(path.index(0), now, `primary ${noun} can not be unset`));
  } else if (before[0] !== undefined && now[0] !== before[0]) {
    errors.push(invalid(path.index(0), now, 'may not change once set'));
  }
  if (before[1] !== undefined && now[1] !== undefined && now[1] !== before[1]) {
    errors.push(invalid(path.index(1), now, 'may not change once set'));
  }
  if (before[1] !== undefined && now[1] === undefined && now[0] !== undefined && policy !== 'SingleStack') {
    const detail = `must be set to 'SingleStack' when releasing the secondary ${noun}`;
    errors.push(invalid(SPEC.child('ipFamilyPolicy'), policy, detail));
  }
  return errors;
}
