import {
  labelMatcher,
  matchesNodeSelectorTerm,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type StorageClass,
} from '@kubets/api';
import type { ReadStore } from '@kubets/client';
import { compareQuantities } from '@kubets/core';
import type { NodeInfo } from '../cache/node-info.ts';
import { type Plugin, type PodJudge, type Rejection, refuse, refuseForGood } from '../framework/plugin.ts';

const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
const ZONE_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

export interface VolumeStores {
  readonly claims: ReadStore<PersistentVolumeClaim>;
  readonly volumes: ReadStore<PersistentVolume>;
  readonly classes: ReadStore<StorageClass>;
}

export interface PodClaim {
  readonly name: string;
  /** Made for this pod alone, by the ephemeral volume controller. */
  readonly ephemeral: boolean;
}

export function claimsOf(pod: Pod): PodClaim[] {
  return (pod.spec.volumes ?? []).flatMap((volume): PodClaim[] => {
    if (volume.persistentVolumeClaim) return [{ name: volume.persistentVolumeClaim.claimName, ephemeral: false }];
    return volume.ephemeral ? [{ name: `${pod.metadata.name}-${volume.name}`, ephemeral: true }] : [];
  });
}

export function isBound({ spec, metadata }: PersistentVolumeClaim): boolean {
  return Boolean(spec?.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

interface Sorted {
  readonly bound: readonly PersistentVolumeClaim[];
  /** To be bound or provisioned once a node is chosen. */
  readonly delayed: readonly PersistentVolumeClaim[];
}

function sortClaims(pod: Pod, { claims, classes }: VolumeStores): Sorted | Rejection {
  const bound: PersistentVolumeClaim[] = [];
  const delayed: PersistentVolumeClaim[] = [];
  for (const { name, ephemeral } of claimsOf(pod)) {
    const claim = claims.get(`${pod.metadata.namespace}/${name}`);
    if (!claim) {
      const waiting = `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`;
      return { reason: ephemeral ? waiting : `persistentvolumeclaim "${name}" not found` };
    }
    if (claim.metadata.deletionTimestamp) return { reason: `persistentvolumeclaim "${name}" is being deleted` };
    if (claim.status?.phase === 'Lost')
      return {
        reason: `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName}"`,
      };
    if (isBound(claim)) bound.push(claim);
    else if (classes.get(claim.spec?.storageClassName ?? '')?.volumeBindingMode === 'WaitForFirstConsumer') {
      if (claim.spec?.volumeName) bound.push(claim);
      else delayed.push(claim);
    } else return { reason: 'pod has unbound immediate PersistentVolumeClaims' };
  }
  return { bound, delayed };
}

export function volumeFitsNode(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return !required || required.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));
}

/** Old volumes name their zone in a label instead of an affinity; several are joined by two underscores. */
function zoneConflict(volume: PersistentVolume, node: Node): boolean {
  return ZONE_LABELS.some((label) => {
    const zones = volume.metadata.labels?.[label];
    const own = node.metadata.labels?.[label];
    return zones !== undefined && own !== undefined && !zones.split('__').includes(own);
  });
}

/** A volume that exists already and that the claim could take, the smallest that is enough. */
export function findVolume(
  claim: PersistentVolumeClaim,
  node: Node,
  options: { readonly stores: VolumeStores; readonly taken: ReadonlySet<string> },
): PersistentVolume | undefined {
  const { spec, metadata } = claim;
  const wanted = spec?.resources?.requests?.storage ?? '0';
  const matches = spec?.selector ? labelMatcher(spec.selector) : () => true;
  let best: PersistentVolume | undefined;
  for (const volume of options.stores.volumes.list()) {
    const capacity = volume.spec?.capacity?.storage ?? '0';
    const reserved = volume.spec?.claimRef;
    const forThis = reserved?.name === metadata.name && reserved?.namespace === metadata.namespace;
    if (options.taken.has(volume.metadata.name ?? '') || (reserved && !forThis)) continue;
    if (volume.metadata.deletionTimestamp || (volume.status?.phase !== 'Available' && !forThis)) continue;
    if ((volume.spec?.storageClassName ?? '') !== (spec?.storageClassName ?? '')) continue;
    if ((volume.spec?.volumeMode ?? 'Filesystem') !== (spec?.volumeMode ?? 'Filesystem')) continue;
    if (!spec?.accessModes?.every((mode) => volume.spec?.accessModes?.includes(mode))) continue;
    if (!matches(volume.metadata.labels) || compareQuantities(capacity, wanted) < 0) continue;
    if (!volumeFitsNode(volume, node)) continue;
    if (!best || compareQuantities(capacity, best.spec?.capacity?.storage ?? '0') < 0) best = volume;
  }
  return best;
}

function canProvision(claim: PersistentVolumeClaim, node: Node, { classes }: VolumeStores): boolean {
  const storageClass = classes.get(claim.spec?.storageClassName ?? '');
  if (!storageClass?.provisioner || storageClass.provisioner === NO_PROVISIONER) return false;
  const { allowedTopologies } = storageClass;
  if (!allowedTopologies?.length) return true;
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values = [] }) => values.includes(node.metadata.labels?.[key] ?? '')),
  );
}

/** What has to be done for a pod's volumes once it has a node. */
export interface VolumeDecision {
  readonly bind: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  readonly provision: readonly PersistentVolumeClaim[];
}

/** Decides, for one node, which volume each waiting claim gets; undefined when one can get none. */
export function decideVolumes(pod: Pod, node: Node, stores: VolumeStores): VolumeDecision | undefined {
  const sorted = sortClaims(pod, stores);
  if ('reason' in sorted) return undefined;
  const taken = new Set<string>();
  const bind: VolumeDecision['bind'][number][] = [];
  const provision: PersistentVolumeClaim[] = [];
  for (const claim of sorted.delayed) {
    const volume = findVolume(claim, node, { stores, taken });
    if (volume) {
      taken.add(volume.metadata.name ?? '');
      bind.push({ claim, volume });
    } else if (canProvision(claim, node, stores)) provision.push(claim);
    else return undefined;
  }
  return { bind, provision };
}

/** Volumes must exist, or be obtainable, where the pod goes. */
export function volumeBinding(stores: VolumeStores): Plugin {
  return {
    name: 'VolumeBinding',
    wakesOn: ['nodeAdded', 'nodeChanged', 'volumeChanged'],
    judge(pod): PodJudge | Rejection | undefined {
      if (claimsOf(pod).length === 0) return undefined;
      const sorted = sortClaims(pod, stores);
      if ('reason' in sorted) return sorted;
      return { filter: ({ node }) => judgeNode(pod, node, sorted, stores) };
    },
  };
}

function judgeNode(pod: Pod, node: Node, { bound, delayed }: Sorted, stores: VolumeStores) {
  for (const claim of bound) {
    const volume = stores.volumes.get(claim.spec?.volumeName ?? '');
    if (!volume) return refuseForGood('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
    if (!volumeFitsNode(volume, node)) return refuseForGood('node(s) had volume node affinity conflict');
    if (zoneConflict(volume, node)) return refuseForGood('node(s) had no available volume zone');
  }
  if (delayed.length === 0 || decideVolumes(pod, node, stores)) return undefined;
  return refuseForGood("node(s) didn't find available persistent volumes to bind");
}

/** A claim of mode ReadWriteOncePod belongs to one pod in the whole cluster. */
export function volumeRestrictions(stores: VolumeStores): Plugin {
  return {
    name: 'VolumeRestrictions',
    wakesOn: ['podDeleted', 'volumeChanged'],
    judge(pod, view): PodJudge | undefined {
      const namespace = pod.metadata.namespace ?? '';
      const exclusive = claimsOf(pod).filter(({ name }) =>
        stores.claims.get(`${namespace}/${name}`)?.spec?.accessModes?.includes('ReadWriteOncePod'),
      );
      if (exclusive.length === 0) return undefined;
      const names = new Set(exclusive.map(({ name }) => name));
      const users = view.countPods({
        key: `claims\n${namespace}\n${[...names].join()}`,
        matches: (other) =>
          other.metadata.namespace === namespace && claimsOf(other).some(({ name }) => names.has(name)),
      });
      if (users.size === 0) return undefined;
      const reason = 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode';
      return { filter: (_info: NodeInfo) => refuse(reason) };
    },
  };
}
