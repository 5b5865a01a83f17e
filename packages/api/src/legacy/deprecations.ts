import { apiVersionOf } from '@kubets/core';

/** The minor release of Kubernetes 1 that this is. */
const CURRENT_MINOR = 36;

/** Minor releases of Kubernetes 1 in which a version was deprecated, and in which it was no longer served. */
type Lifetime = readonly [deprecatedMinor: number, removedMinor: number];

/** By API version, or by API version and kind where kinds of one version were retired at different times. */
const LIFETIMES: Readonly<Record<string, Lifetime>> = {
  'admissionregistration.k8s.io/v1alpha1': [29, 32],
  'admissionregistration.k8s.io/v1alpha1 MutatingAdmissionPolicy': [35, 38],
  'admissionregistration.k8s.io/v1alpha1 MutatingAdmissionPolicyBinding': [35, 38],
  'admissionregistration.k8s.io/v1beta1': [16, 22],
  'admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicy': [37, 40],
  'admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicyBinding': [37, 40],
  'admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicy': [31, 34],
  'admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicyBinding': [31, 34],
  'apiextensions.k8s.io/v1beta1': [16, 22],
  'apiregistration.k8s.io/v1beta1': [19, 22],
  'apps/v1beta1': [8, 16],
  'apps/v1beta2': [9, 16],
  'authentication.k8s.io/v1alpha1': [29, 32],
  'authentication.k8s.io/v1beta1': [19, 22],
  'authentication.k8s.io/v1beta1 SelfSubjectReview': [30, 33],
  'authorization.k8s.io/v1beta1': [19, 22],
  'autoscaling/v2beta1': [22, 25],
  'autoscaling/v2beta2': [23, 26],
  'batch/v1beta1': [21, 25],
  'batch/v2alpha1': [8, 21],
  'certificates.k8s.io/v1beta1': [19, 22],
  'coordination.k8s.io/v1beta1': [19, 22],
  'discovery.k8s.io/v1beta1': [21, 25],
  'events.k8s.io/v1beta1': [22, 25],
  'extensions/v1beta1': [8, 16],
  'extensions/v1beta1 Ingress': [14, 22],
  'extensions/v1beta1 NetworkPolicy': [9, 16],
  'extensions/v1beta1 PodSecurityPolicy': [11, 16],
  'flowcontrol.apiserver.k8s.io/v1alpha1': [20, 21],
  'flowcontrol.apiserver.k8s.io/v1beta1': [23, 26],
  'flowcontrol.apiserver.k8s.io/v1beta2': [26, 29],
  'flowcontrol.apiserver.k8s.io/v1beta3': [29, 32],
  'networking.k8s.io/v1alpha1': [30, 33],
  'networking.k8s.io/v1beta1': [19, 22],
  'networking.k8s.io/v1beta1 IPAddress': [34, 37],
  'networking.k8s.io/v1beta1 ServiceCIDR': [34, 37],
  'node.k8s.io/v1alpha1': [20, 24],
  'node.k8s.io/v1beta1': [22, 25],
  'policy/v1beta1': [21, 25],
  'rbac.authorization.k8s.io/v1alpha1': [17, 23],
  'rbac.authorization.k8s.io/v1beta1': [17, 22],
  'resource.k8s.io/v1beta1': [35, 38],
  'resource.k8s.io/v1beta2': [36, 39],
  'scheduling.k8s.io/v1alpha1': [14, 23],
  'scheduling.k8s.io/v1beta1': [14, 22],
  'storage.k8s.io/v1alpha1': [21, 24],
  'storage.k8s.io/v1alpha1 VolumeAttributesClass': [32, 35],
  'storage.k8s.io/v1beta1': [19, 22],
  'storage.k8s.io/v1beta1 CSINode': [17, 22],
  'storage.k8s.io/v1beta1 CSIStorageCapacity': [24, 27],
  'storage.k8s.io/v1beta1 VolumeAttributesClass': [34, 37],
};

/**
 * What a request in a retired version is warned with; `current` is what took its place, if anything did. Undefined for versions whose
 * retirement is not announced yet.
 */
export function deprecationOf(
  old: { group: string; version: string; kind: string },
  current?: { group: string; version: string },
): string | undefined {
  const apiVersion = apiVersionOf(old.group, old.version);
  const lifetime = LIFETIMES[`${apiVersion} ${old.kind}`] ?? LIFETIMES[apiVersion];
  if (!lifetime || lifetime[0] > CURRENT_MINOR) return undefined;
  const [deprecatedMinor, removedMinor] = lifetime;
  const when = `${apiVersion} ${old.kind} is deprecated in v1.${deprecatedMinor}+, unavailable in v1.${removedMinor}+`;
  if (!current) return when;
  const replacement = `${apiVersionOf(current.group, current.version)} ${old.kind}`;
  return `${when}; use ${replacement}`;
}
