import { needsClusterIP, type Service, type ServiceSpec } from '@kubets/api';
import { type FieldError, FieldPath, invalid, invalidObject, parseIp } from '@kubets/core';

const SPEC = new FieldPath('spec');
const HEADLESS = 'None';
type Family = 'IPv4' | 'IPv6';

const otherFamily = (family: Family): Family => (family === 'IPv4' ? 'IPv6' : 'IPv4');

/** Settles which families a service has, from what its client chose, what it had, and what the cluster has. */
export function chooseFamilies(
  service: Service,
  { old, clusterFamilies }: { old: Service | undefined; clusterFamilies: readonly Family[] },
): void {
  const { spec, metadata } = service;
  if (!needsClusterIP(spec)) return;
  if (old && needsClusterIP(old.spec)) followPolicy(spec, old.spec);
  adoptAddressFamilies(spec);
  if (isHeadlessWithoutSelector(spec)) {
    chooseForHeadless(spec, clusterFamilies[0]!);
    return;
  }
  const errors = impossible(spec, clusterFamilies);
  if (errors.length > 0) {
    throw invalidObject({ group: '', resource: 'services', kind: 'Service', name: metadata.name ?? '', errors });
  }
  const families = [...((spec.ipFamilies ?? []) as Family[])];
  spec.ipFamilyPolicy ??= families.length === 2 ? 'RequireDualStack' : 'SingleStack';
  if (families.length === 0) families.push(clusterFamilies[0]!);
  if (spec.ipFamilyPolicy !== 'SingleStack' && families.length === 1 && clusterFamilies.length === 2) {
    families.push(otherFamily(families[0]!));
  }
  spec.ipFamilies = families;
}

const isHeadlessWithoutSelector = (spec: ServiceSpec) =>
  spec.clusterIPs?.[0] === HEADLESS && Object.keys(spec.selector ?? {}).length === 0;

/** Endpoints of a service without a selector can be of any family. */
function chooseForHeadless(spec: ServiceSpec, defaultFamily: Family): void {
  const first = (spec.ipFamilies?.[0] as Family | undefined) ?? defaultFamily;
  spec.ipFamilyPolicy ??= spec.ipFamilies?.length === 1 ? 'SingleStack' : 'RequireDualStack';
  const isDual = spec.ipFamilyPolicy !== 'SingleStack' || spec.ipFamilies?.length === 2;
  spec.ipFamilies = isDual ? [first, otherFamily(first)] : [first];
}

/** Takes away the second family and address of a service that goes back to one. */
function followPolicy(spec: ServiceSpec, old: ServiceSpec): void {
  if (spec.ipFamilyPolicy !== 'SingleStack' || old.ipFamilyPolicy === 'SingleStack') return;
  if (spec.ipFamilies && spec.ipFamilies.length > 1) spec.ipFamilies = spec.ipFamilies.slice(0, 1);
  if (spec.clusterIPs && spec.clusterIPs.length > 1) spec.clusterIPs = spec.clusterIPs.slice(0, 1);
}

/** Addresses that were asked for say which families are meant. */
function adoptAddressFamilies(spec: ServiceSpec): void {
  const families = [...((spec.ipFamilies ?? []) as Family[])];
  for (const [index, ip] of (spec.clusterIPs ?? []).entries()) {
    const address = ip === HEADLESS ? undefined : parseIp(ip);
    if (address && !families[index]) families[index] = `IPv${address.family}`;
  }
  if (families.length > 0) spec.ipFamilies = families;
}

function impossible(
  { ipFamilies = [], ipFamilyPolicy }: ServiceSpec,
  clusterFamilies: readonly Family[],
): FieldError[] {
  const errors = ipFamilies.flatMap((family, index) => {
    if (clusterFamilies.includes(family as Family)) return [];
    return [invalid(SPEC.child('ipFamilies').index(index), family, 'not configured on this cluster')];
  });
  if (ipFamilyPolicy === 'RequireDualStack' && clusterFamilies.length < 2) {
    const detail = 'this cluster is not configured for dual-stack services';
    errors.push(invalid(SPEC.child('ipFamilyPolicy'), ipFamilyPolicy, detail));
  }
  if (ipFamilyPolicy === 'SingleStack' && ipFamilies.length === 2) {
    const detail = 'must be RequireDualStack or PreferDualStack when multiple IP families are specified';
    errors.push(invalid(SPEC.child('ipFamilyPolicy'), ipFamilyPolicy, detail));
  }
  return errors;
}
