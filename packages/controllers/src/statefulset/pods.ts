import {
  type PersistentVolumeClaim,
  type Pod,
  type PodTemplateSpec,
  podKind,
  type StatefulSet,
  statefulSetKind,
} from '@kubets/api';
import type { OwnerReference } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { POD_REVISION_LABEL } from '../history/revisions.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import { podFromTemplate } from '../pods/pod-control.ts';

const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** The ordinal at the end of a pod's name; undefined when it is not a name that the set gives. */
export function ordinalOf(set: StatefulSet, { metadata }: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const rest = metadata.name?.startsWith(prefix) ? metadata.name.slice(prefix.length) : '';
  return /^(0|[1-9][0-9]*)$/.test(rest) ? Number(rest) : undefined;
}

export function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

/** The pod of one ordinal: its name, host name and volumes are its identity, whatever node it is on. */
export function newPod(set: StatefulSet, ordinal: number, revision: { name: string; template: PodTemplateSpec }): Pod {
  const name = podName(set, ordinal);
  const ownerReference = newControllerRef(set, statefulSetKind);
  const pod = podFromTemplate({ owner: set, ownerReference, template: revision.template, name });
  const labels = {
    ...pod.metadata.labels,
    [POD_NAME_LABEL]: name,
    [POD_INDEX_LABEL]: String(ordinal),
    [POD_REVISION_LABEL]: revision.name,
  };
  const claims = claimTemplates(set).map((template) => ({
    name: template.metadata.name ?? '',
    persistentVolumeClaim: { claimName: claimName(template, name) },
  }));
  const claimed = new Set(claims.map((volume) => volume.name));
  const volumes = [...claims, ...(pod.spec.volumes ?? []).filter((volume) => !claimed.has(volume.name))];
  const subdomain = set.spec?.serviceName;
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: {
      ...pod.spec,
      hostname: name,
      ...(subdomain ? { subdomain } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  };
}

export function claimTemplates({ spec }: StatefulSet): readonly PersistentVolumeClaim[] {
  return spec?.volumeClaimTemplates ?? [];
}

export function claimName({ metadata }: PersistentVolumeClaim, pod: string): string {
  return `${metadata.name}-${pod}`;
}

/** Whether the set's size leaves room for a pod. */
export function isInRange({ spec }: StatefulSet, ordinal: number): boolean {
  const start = spec?.ordinals?.start ?? 0;
  return ordinal >= start && ordinal < start + (spec?.replicas ?? 1);
}

/**
 * The owners that a claim should have: the set where it shall go with the set, the pod where the pod is scaled away and the claim
 * shall go with it, and whoever else there is. The claim's own list where nothing is to be changed.
 */
export function claimOwners(
  set: StatefulSet,
  pod: Pod,
  claim: PersistentVolumeClaim,
): readonly OwnerReference[] | undefined {
  const { ownerReferences = [] } = claim.metadata;
  const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const others = ownerReferences.filter(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid);
  const isGoing = whenScaled === 'Delete' && !isInRange(set, ordinalOf(set, pod) ?? 0);
  const owner = isGoing
    ? newControllerRef(pod, podKind)
    : whenDeleted === 'Delete'
      ? newControllerRef(set, statefulSetKind)
      : undefined;
  if (others.some(({ controller }) => controller)) return claim.metadata.ownerReferences;
  const wanted = owner ? [...others, owner] : others;
  return deepEqual(wanted, ownerReferences) ? claim.metadata.ownerReferences : wanted;
}

/** The claims of one pod. */
export function newClaims(set: StatefulSet, pod: string): PersistentVolumeClaim[] {
  const owned = set.spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
  const reference = newControllerRef(set, statefulSetKind);
  return claimTemplates(set).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(template, pod),
      namespace: set.metadata.namespace ?? '',
      labels: { ...template.metadata.labels, ...set.spec?.selector.matchLabels },
      ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
      ...(owned ? { ownerReferences: [reference] } : {}),
    },
    spec: template.spec as PersistentVolumeClaim['spec'],
  }));
}
