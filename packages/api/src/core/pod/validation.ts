import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  notSupported,
  rangeMessage,
  required,
  validateAnnotations,
  validateLabels,
} from '@kubets/core';
import { validateChoice, validateText } from '../../field-rules.ts';
import { validateAffinity, validateTolerations, validateTopologySpreadConstraints } from '../placement-validation.ts';
import type { Pod, PodResourceClaim, PodSpec, PodTemplateSpec } from '../pod.ts';
import {
  validateContainers,
  validateEphemeralContainers,
  validateHostPortsOfHost,
  validateInitContainers,
} from './container-validation.ts';
import { validateDnsConfig, validateDnsPolicy, validateHostAliases } from './dns-validation.ts';
import { duplicateNames } from './name-validation.ts';
import { validateOs } from './os-validation.ts';
import { validateResourceList, validateResources } from './resource-validation.ts';
import { validateHostNamespaces, validatePodSecurityContext } from './security-validation.ts';
import { validateVolumes } from './volume-validation.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const MAX_INT32 = 2 ** 31 - 1;

/** On a pod that the kubelet made from a file, so that the API server knows of it. */
export const MIRROR_POD_ANNOTATION = 'kubernetes.io/config.mirror';

/** The part of an object's metadata that says it is stored: a new object has no resourceVersion yet. */
const isNew = ({ metadata }: Pod) => !metadata.resourceVersion;

/** Rules for a pod as it is, whichever way it is written. */
export function validatePod(pod: Pod): FieldError[] {
  const { metadata, spec } = pod;
  const path = new FieldPath('spec');
  const errors = [...validatePodSpec(spec, path, metadata.name), ...validateTokenAccount(spec, path)];
  if (metadata.annotations?.[MIRROR_POD_ANNOTATION] !== undefined && !spec.nodeName) {
    const at = new FieldPath('metadata').child('annotations').key(MIRROR_POD_ANNOTATION);
    errors.push(invalid(at, '', 'must set spec.nodeName if mirror pod annotation is set'));
  }
  if (!isNew(pod)) return errors;
  if (spec.ephemeralContainers?.length) {
    errors.push(fieldForbidden(path.child('ephemeralContainers'), 'cannot be set on create'));
  }
  if (spec.nodeName && spec.schedulingGates?.length) {
    errors.push(fieldForbidden(path.child('nodeName'), 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
}

/** Rules for a template of pods: `path` is where it stands in the object that embeds it. */
export function validatePodTemplateSpec(template: PodTemplateSpec, path: FieldPath): FieldError[] {
  const { metadata, spec } = template;
  const errors = [
    ...validateLabels(metadata?.labels, path.child('labels')),
    ...validateAnnotations(metadata?.annotations, path.child('annotations')),
  ];
  if (!spec) return [...errors, required(path.child('spec', 'containers'))];
  errors.push(...validatePodSpec(spec, path.child('spec')));
  if (spec.ephemeralContainers?.length) {
    errors.push(
      fieldForbidden(path.child('spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template'),
    );
  }
  return errors;
}

/** Tokens are those of an account. */
function validateTokenAccount({ serviceAccountName, volumes = [] }: PodSpec, path: FieldPath): FieldError[] {
  if (serviceAccountName) return [];
  return volumes.flatMap(({ projected }, index) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, sourceIndex) => {
      const at = path.child('volumes').index(index).child('projected', 'sources').index(sourceIndex);
      const detail = 'must not be specified when serviceAccountName is not set';
      return serviceAccountToken ? [fieldForbidden(at.child('serviceAccountToken'), detail)] : [];
    }),
  );
}

/**
 * Rules for a pod's specification, whether it stands in a pod or in a template. The claims that are made for a pod's volumes are
 * named after the pod, so their names are checked where `podName` is given.
 */
export function validatePodSpec(spec: PodSpec, path: FieldPath, podName?: string): FieldError[] {
  const { errors, volumes } = validateVolumes(spec.volumes, path.child('volumes'), podName);
  return [
    ...errors,
    ...validateResourceClaims(spec.resourceClaims, path.child('resourceClaims')),
    ...validateContainers({ spec, volumes, path: path.child('containers') }),
    ...validateInitContainers({ spec, volumes, path: path.child('initContainers') }),
    ...validateEphemeralContainers({ spec, volumes, path: path.child('ephemeralContainers') }),
    ...validatePodResources(spec, path),
    ...validateHostPortsOfHost(spec, path.child('containers')),
    ...validateChoice(spec.restartPolicy, path.child('restartPolicy'), RESTART_POLICIES, 'as given'),
    ...validateDnsPolicy(spec, path),
    ...validateLabels(spec.nodeSelector, path.child('nodeSelector')),
    ...validatePodSecurityContext(spec, path.child('securityContext')),
    ...validateAffinity(spec.affinity, path.child('affinity')),
    ...validateDnsConfig(spec, path),
    ...validateGates(spec, path),
    ...validateTopologySpreadConstraints(spec.topologySpreadConstraints, path.child('topologySpreadConstraints')),
    ...validateHostNamespaces(spec, path),
    ...validateNames(spec, ['serviceAccountName', 'nodeName'], path),
    ...validateDeadline(spec.activeDeadlineSeconds, path.child('activeDeadlineSeconds')),
    ...validateNames(spec, ['hostname', 'subdomain', 'hostnameOverride'], path),
    ...validateHostnameOverride(spec, path),
    ...validateTolerations(spec.tolerations, path.child('tolerations')),
    ...validateHostAliases(spec.hostAliases, path.child('hostAliases')),
    ...validateNames(spec, ['priorityClassName', 'runtimeClassName'], path),
    ...validatePreemption(spec, path.child('preemptionPolicy')),
    ...validateResourceList(spec.overhead, path.child('overhead', 'limits')),
    ...validateOs(spec, path),
  ];
}

const NAME_RULES = {
  serviceAccountName: isDns1123Subdomain,
  nodeName: isDns1123Subdomain,
  hostname: isDns1123Label,
  subdomain: isDns1123Label,
  hostnameOverride: isDns1123Subdomain,
  priorityClassName: isDns1123Subdomain,
  runtimeClassName: isDns1123Subdomain,
};

function validateNames(spec: PodSpec, names: readonly (keyof typeof NAME_RULES)[], path: FieldPath): FieldError[] {
  return names.flatMap((name) => (spec[name] ? validateText(spec[name], path.child(name), NAME_RULES[name]) : []));
}

function validateHostnameOverride(spec: PodSpec, path: FieldPath): FieldError[] {
  if (!spec.hostnameOverride) return [];
  const errors: FieldError[] = [];
  if (spec.setHostnameAsFQDN) {
    errors.push(fieldForbidden(path.child('setHostnameAsFQDN'), 'may not be set when `hostnameOverride` is set'));
  }
  if (spec.hostNetwork) {
    errors.push(fieldForbidden(path.child('hostNetwork'), 'may not be set to true when `hostnameOverride` is set'));
  }
  return errors;
}

function validateDeadline(seconds: number | undefined, path: FieldPath): FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= MAX_INT32)) return [];
  return [invalid(path, seconds, rangeMessage(1, MAX_INT32))];
}

function validatePreemption({ preemptionPolicy }: PodSpec, path: FieldPath): FieldError[] {
  const policies = ['PreemptLowerPriority', 'Never'];
  return !preemptionPolicy || policies.includes(preemptionPolicy)
    ? []
    : [notSupported(path, preemptionPolicy, policies)];
}

function validateGates(spec: PodSpec, path: FieldPath): FieldError[] {
  const readiness = (spec.readinessGates ?? []).flatMap(({ conditionType }, index) =>
    validateText(conditionType, path.child('readinessGates').index(index).child('conditionType'), isQualifiedName),
  );
  const scheduling = (spec.schedulingGates ?? []).flatMap(({ name }, index) =>
    validateText(name, path.child('schedulingGates').index(index), isQualifiedName),
  );
  return [...readiness, ...scheduling, ...duplicateNames(spec.schedulingGates, path.child('schedulingGates'))];
}

/** Resources of the pod as a whole must leave room for those of its containers. */
function validatePodResources(spec: PodSpec, path: FieldPath): FieldError[] {
  if (!spec.resources) return [];
  const at = path.child('resources');
  const errors = validateResources({ resources: spec.resources, path: at, claims: undefined, isPodLevel: true });
  if (spec.resources.claims?.length) {
    errors.push(fieldForbidden(at.child('claims'), 'claims cannot be set for Resources at pod-level'));
  }
  return errors;
}

function validateResourceClaims(claims: readonly PodResourceClaim[] | undefined, path: FieldPath): FieldError[] {
  const errors = (claims ?? []).flatMap((claim, index) => validateResourceClaim(claim, path.index(index)));
  return [...errors, ...duplicateNames(claims, path)];
}

function validateResourceClaim(claim: PodResourceClaim, path: FieldPath): FieldError[] {
  const { name, resourceClaimName, resourceClaimTemplateName } = claim;
  const errors = name ? validateText(name, path.child('name'), isDns1123Label) : [required(path.child('name'))];
  if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
    const detail = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
    errors.push(invalid(path, claim, detail));
  }
  if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
    errors.push(invalid(path, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
  }
  for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
    const value = claim[field];
    if (value !== undefined) errors.push(...validateText(value, path.child(field), isDns1123Subdomain));
  }
  return errors;
}
