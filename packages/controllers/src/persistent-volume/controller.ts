import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentVolumeClaimKind,
  persistentVolumeKind,
  type StorageClass,
  storageClassKind,
} from '@kubets/api';
import { formatTime, keyOf } from '@kubets/client';
import { hasReason } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { type Controller, type ControllerContext, type Requeue, reads, watch } from '../runner/controller.ts';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, classOfClaim, findVolume, isReservedFor, mismatch } from './match.ts';

const PROVISIONER_ANNOTATIONS = [
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
];
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
/** A claim that found no volume looks again though nothing changed. */
const RETRY_MS = 15_000;
const CLAIM = 'claim:';
const VOLUME = 'volume:';

/** Binds claims to volumes; asks provisioners, which run outside, for volumes where there are none. */
export function persistentVolumeController(context: ControllerContext): Controller {
  const claims = context.informers.informer(persistentVolumeClaimKind);
  const volumes = context.informers.informer(persistentVolumeKind);
  const classes = context.informers.informer(storageClassKind);
  const claimClient = context.client.resource(persistentVolumeClaimKind);
  const volumeClient = context.client.resource(persistentVolumeKind);
  const recorder = context.recorder('persistentvolume-controller');
  const claimOfVolume = ({ spec }: PersistentVolume) =>
    spec?.claimRef ? [`${CLAIM}${spec.claimRef.namespace}/${spec.claimRef.name}`] : [];
  const waiting = () =>
    claims.store.list().flatMap((claim) => (claim.status?.phase === 'Pending' ? [`${CLAIM}${keyOf(claim)}`] : []));

  return {
    name: 'persistentvolume-binder',
    // Two claims at once could take the same volume.
    concurrency: 1,
    watches: [
      watch(claims, ({ object }) => [
        `${CLAIM}${keyOf(object)}`,
        ...(object.spec?.volumeName ? [`${VOLUME}${object.spec.volumeName}`] : []),
      ]),
      watch(volumes, ({ type, object }) => {
        const freed = !object.spec?.claimRef && type !== 'deleted' ? waiting() : [];
        return [`${VOLUME}${keyOf(object)}`, ...claimOfVolume(object), ...freed];
      }),
      reads(classes),
    ],
    async reconcile(key): Promise<Requeue | undefined> {
      try {
        if (key.startsWith(VOLUME)) await syncVolume(key.slice(VOLUME.length));
        else return await syncClaim(key.slice(CLAIM.length));
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
      return undefined;
    },
  };

  async function syncClaim(key: string): Promise<Requeue | undefined> {
    const claim = claims.store.get(key);
    if (!claim) return undefined;
    if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return syncBound(claim);
    if (claim.metadata.deletionTimestamp) return undefined;
    if (claim.spec?.volumeName) return syncNamed(claim, claim.spec.volumeName);
    const storageClass = classes.store.get(classOfClaim(claim));
    const late =
      storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.metadata.annotations?.[SELECTED_NODE];
    const volume = findVolume(
      claim,
      volumes.store.list().filter((candidate) => !late || isReservedFor(candidate, claim)),
    );
    if (volume) {
      await bind(claim, volume);
      return undefined;
    }
    await setPhase(claim, 'Pending');
    explainWaiting(claim, storageClass, late);
    if (!late) await requestProvisioning(claim, storageClass);
    return { afterMs: RETRY_MS };
  }

  function explainWaiting(claim: PersistentVolumeClaim, storageClass: StorageClass | undefined, late: boolean): void {
    if (late) {
      const message = 'waiting for first consumer to be created before binding';
      recorder.event(claim, 'Normal', 'WaitForFirstConsumer', message);
    } else if (storageClass && storageClass.provisioner !== NO_PROVISIONER) {
      const message = `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
      recorder.event(claim, 'Normal', 'ExternalProvisioning', message);
    } else if (classOfClaim(claim) && !storageClass) {
      const message = `storageclass.storage.k8s.io "${classOfClaim(claim)}" not found`;
      recorder.event(claim, 'Warning', 'ProvisioningFailed', message);
    } else {
      const message = 'no persistent volumes available for this claim and no storage class is set';
      recorder.event(claim, 'Normal', 'FailedBinding', message);
    }
  }

  async function requestProvisioning(
    claim: PersistentVolumeClaim,
    storageClass: StorageClass | undefined,
  ): Promise<void> {
    const provisioner = storageClass?.provisioner;
    if (!provisioner || provisioner === NO_PROVISIONER) return;
    const wanted = Object.fromEntries(PROVISIONER_ANNOTATIONS.map((name) => [name, provisioner]));
    if (PROVISIONER_ANNOTATIONS.every((name) => claim.metadata.annotations?.[name] === provisioner)) return;
    await claimClient.patch(targetOf(claim), 'merge', { metadata: { annotations: wanted } });
  }

  async function syncNamed(claim: PersistentVolumeClaim, name: string): Promise<undefined> {
    const volume = volumes.store.get(name);
    const taken = volume?.spec?.claimRef && !isReservedFor(volume, claim);
    if (!volume || taken) {
      await setPhase(claim, 'Pending');
      if (taken) {
        const message = `volume "${name}" already bound to a different claim.`;
        recorder.event(claim, 'Warning', 'FailedBinding', message);
      }
      return undefined;
    }
    const why = mismatch(volume, claim);
    if (why) {
      recorder.event(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume "${name}": ${why}`);
      await setPhase(claim, 'Pending');
      return undefined;
    }
    await bind(claim, volume);
    return undefined;
  }

  /** The volume is marked first: a crash in between leaves it reserved for this claim and nobody else. */
  async function bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { namespace = '', name = '', uid = '', resourceVersion } = claim.metadata;
    if (volume.spec?.claimRef?.uid !== uid) {
      const claimRef = {
        kind: 'PersistentVolumeClaim',
        apiVersion: 'v1',
        namespace,
        name,
        uid,
        ...(resourceVersion ? { resourceVersion } : {}),
      };
      const annotations = volume.spec?.claimRef
        ? volume.metadata.annotations
        : { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' };
      const metadata = { ...volume.metadata, ...(annotations ? { annotations } : {}) };
      await volumeClient.update({ ...volume, metadata, spec: { ...volume.spec, claimRef } });
    }
    const chosen = claim.spec?.volumeName ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
    const annotations = { [BIND_COMPLETED]: 'yes', ...chosen };
    const patch = { metadata: { uid, annotations }, spec: { volumeName: volume.metadata.name } };
    await writeBound(await claimClient.patch(targetOf(claim), 'merge', patch), volume);
  }

  async function syncBound(claim: PersistentVolumeClaim): Promise<undefined> {
    const name = claim.spec?.volumeName;
    const volume = name ? volumes.store.get(name) : undefined;
    if (!volume) {
      if (claim.status?.phase !== 'Lost') {
        const message = name
          ? 'Bound claim has lost its PersistentVolume. Any data on the volume is lost!'
          : 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!';
        recorder.event(claim, 'Warning', 'ClaimLost', message);
        await setPhase(claim, 'Lost');
      }
      return undefined;
    }
    if (!volume.spec?.claimRef || isReservedFor(volume, claim)) {
      if (volume.spec?.claimRef?.uid !== claim.metadata.uid) await bind(claim, volume);
      else await writeBound(claim, volume);
    } else if (claim.status?.phase !== 'Lost') {
      const message = 'Two claims are bound to the same volume, this one is bound incorrectly';
      recorder.event(claim, 'Warning', 'ClaimMisbound', message);
      await setPhase(claim, 'Lost');
    }
    return undefined;
  }

  async function writeBound(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { accessModes, capacity } = volume.spec ?? {};
    const status = {
      ...claim.status,
      phase: 'Bound',
      ...(accessModes ? { accessModes } : {}),
      // What the claim has may be more than the volume was made with, after it has grown.
      ...(capacity && !claim.status?.capacity ? { capacity } : {}),
    };
    if (!deepEqual(claim.status, status)) await claimClient.updateStatus({ ...claim, status });
  }

  async function setPhase(claim: PersistentVolumeClaim, phase: string): Promise<void> {
    if (claim.status?.phase === phase) return;
    await claimClient.updateStatus({ ...claim, status: { ...claim.status, phase } });
  }

  async function syncVolume(name: string): Promise<void> {
    const volume = volumes.store.get(name);
    if (!volume) return;
    const { claimRef } = volume.spec ?? {};
    if (!claimRef) return setVolumePhase(volume, 'Available');
    const claim = claims.store.get(`${claimRef.namespace}/${claimRef.name}`);
    if (!claimRef.uid) return setVolumePhase(volume, 'Available');
    if (!claim || claim.metadata.uid !== claimRef.uid) return release(volume);
    if (claim.spec?.volumeName === name) return setVolumePhase(volume, 'Bound');
    if (claim.spec?.volumeName) return release(volume);
  }

  /** The claim is gone. A retained volume stays as it is; deleting is its provisioner's work. */
  async function release(volume: PersistentVolume): Promise<void> {
    if (volume.status?.phase !== 'Released' && volume.status?.phase !== 'Failed')
      await setVolumePhase(volume, 'Released');
    const policy = volume.spec?.persistentVolumeReclaimPolicy;
    if (policy !== 'Delete' || volume.metadata.annotations?.[PROVISIONED_BY] || volume.spec?.csi) return;
    const message = 'error getting deleter volume plugin for volume: no deletable volume plugin matched';
    if (volume.status?.phase === 'Failed') return;
    recorder.event(volume, 'Warning', 'VolumeFailedDelete', message);
    const current = volumes.store.get(volume.metadata.name ?? '') ?? volume;
    await volumeClient.updateStatus({ ...current, status: { ...current.status, phase: 'Failed', message } });
  }

  async function setVolumePhase(volume: PersistentVolume, phase: string): Promise<void> {
    if (volume.status?.phase === phase) return;
    const lastPhaseTransitionTime = formatTime(context.clock.now());
    await volumeClient.updateStatus({ ...volume, status: { ...volume.status, phase, lastPhaseTransitionTime } });
  }
}

function targetOf({ metadata }: PersistentVolumeClaim): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
}
