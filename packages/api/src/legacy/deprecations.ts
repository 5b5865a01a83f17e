import { apiVersionOf } from '@kubets/core';

/** Minor releases of Kubernetes 1 in which a version was deprecated, and in which it was no longer served. */
type Lifetime = readonly [deprecatedMinor: number, removedMinor: number];

/** By API version, or by API version and kind where kinds of one version were retired at different times. */
const LIFETIMES: Readonly<Record<string, Lifetime>> = {
  'admissionregistration.k8s.io/v1beta1': [16, 22],
  'apiextensions.k8s.io/v1beta1': [16, 22],
  'apps/v1beta1': [8, 16],
  'apps/v1beta2': [9, 16],
  'authentication.k8s.io/v1beta1': [19, 22],
  'authorization.k8s.io/v1beta1': [19, 22],
  'autoscaling/v2beta1': [22, 25],
  'autoscaling/v2beta2': [23, 26],
  'batch/v1beta1': [21, 25],
  'certificates.k8s.io/v1beta1': [19, 22],
  'coordination.k8s.io/v1beta1': [19, 22],
  'discovery.k8s.io/v1beta1': [21, 25],
  'events.k8s.io/v1beta1': [22, 25],
  'extensions/v1beta1': [8, 16],
  'extensions/v1beta1 Ingress': [14, 22],
  'extensions/v1beta1 NetworkPolicy': [9, 16],
  'networking.k8s.io/v1beta1': [19, 22],
  'node.k8s.io/v1beta1': [22, 25],
  'policy/v1beta1': [21, 25],
  'rbac.authorization.k8s.io/v1beta1': [17, 22],
  'scheduling.k8s.io/v1beta1': [14, 22],
  'storage.k8s.io/v1beta1': [19, 22],
  'storage.k8s.io/v1beta1 CSINode': [17, 22],
  'storage.k8s.io/v1beta1 CSIStorageCapacity': [24, 27],
};

/** What a request in a retired version is warned with. Undefined for versions whose retirement nobody announced. */
export function deprecationOf(
  old: { group: string; version: string; kind: string },
  current: { group: string; version: string },
): string | undefined {
  const apiVersion = apiVersionOf(old.group, old.version);
  const lifetime = LIFETIMES[`${apiVersion} ${old.kind}`] ?? LIFETIMES[apiVersion];
  if (!lifetime) return undefined;
  const [deprecatedMinor, removedMinor] = lifetime;
  const replacement = `${apiVersionOf(current.group, current.version)} ${old.kind}`;
  return `${apiVersion} ${old.kind} is deprecated in v1.${deprecatedMinor}+, unavailable in v1.${removedMinor}+; use ${replacement}`;
}
