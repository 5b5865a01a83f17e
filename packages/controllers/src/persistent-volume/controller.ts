import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentVolumeClaimKind,
  persistentVolumeKind,
  type StorageClass,
  storageClassKind,
} from '@kubets/api';
import { type EventRecorder, formatTime, type Informer, keyOf, type ResourceClient } from '@kubets/client';
import { hasReason } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import {
  type Change,
  type Controller,
  type ControllerContext,
  type Requeue,
  reads,
  type Watch,
  watch,
} from '../runner/controller.ts';
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

function claimKeys(claim: PersistentVolumeClaim): string[] {
  const volume = claim.spec?.volumeName;
  return [`${CLAIM}${keyOf(claim)}`, ...(volume ? [`${VOLUME}${volume}`] : [])];
}

/** Binds claims to volumes; asks provisioners, which run outside, for volumes where there are none. */
export class PersistentVolumeController implements Controller {
  readonly name = 'persistentvolume-binder';
  // Two claims at once could take the same volume.
  readonly concurrency = 1;
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;
  readonly #claimClient: ResourceClient<PersistentVolumeClaim>;
  readonly #volumeClient: ResourceClient<PersistentVolume>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#claims = context.informers.informer(persistentVolumeClaimKind);
    this.#volumes = context.informers.informer(persistentVolumeKind);
    this.#classes = context.informers.informer(storageClassKind);
    this.#claimClient = context.client.resource(persistentVolumeClaimKind);
    this.#volumeClient = context.client.resource(persistentVolumeKind);
    this.#recorder = context.recorder('persistentvolume-controller');
    this.watches = [
      watch(this.#claims, ({ object }) => claimKeys(object)),
      watch(this.#volumes, (change) => this.#volumeKeys(change)),
      reads(this.#classes),
    ];
  }

  async reconcile(key: string): Promise<Requeue | undefined> {
    try {
      if (key.startsWith(VOLUME)) await this.#syncVolume(key.slice(VOLUME.length));
      else return await this.#syncClaim(key.slice(CLAIM.length));
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
    return undefined;
  }

  #volumeKeys({ type, object }: Change<PersistentVolume>): string[] {
    const { claimRef } = object.spec ?? {};
    const own = `${VOLUME}${keyOf(object)}`;
    if (claimRef) return [own, `${CLAIM}${claimRef.namespace}/${claimRef.name}`];
    return type === 'deleted' ? [own] : [own, ...this.#waitingClaims()];
  }

  #waitingClaims(): string[] {
    const waiting = this.#claims.store.list().filter(({ status }) => status?.phase === 'Pending');
    return waiting.map((claim) => `${CLAIM}${keyOf(claim)}`);
  }

  async #syncClaim(key: string): Promise<Requeue | undefined> {
    const claim = this.#claims.store.get(key);
    if (!claim) return undefined;
    if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return this.#syncBound(claim);
    if (claim.metadata.deletionTimestamp) return undefined;
    if (claim.spec?.volumeName) return this.#syncNamed(claim, claim.spec.volumeName);
    const storageClass = this.#classes.store.get(classOfClaim(claim));
    const late =
      storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.metadata.annotations?.[SELECTED_NODE];
    const volume = findVolume(
      claim,
      this.#volumes.store.list().filter((candidate) => !late || isReservedFor(candidate, claim)),
    );
    if (volume) {
      await this.#bind(claim, volume);
      return undefined;
    }
    await this.#setPhase(claim, 'Pending');
    this.#recorder.event(claim, ...whyWaiting(claim, storageClass, late));
    if (!late) await this.#requestProvisioning(claim, storageClass);
    return { afterMs: RETRY_MS };
  }

  async #requestProvisioning(claim: PersistentVolumeClaim, storageClass: StorageClass | undefined): Promise<void> {
    const provisioner = storageClass?.provisioner;
    if (!provisioner || provisioner === NO_PROVISIONER) return;
    const wanted = Object.fromEntries(PROVISIONER_ANNOTATIONS.map((name) => [name, provisioner]));
    if (PROVISIONER_ANNOTATIONS.every((name) => claim.metadata.annotations?.[name] === provisioner)) return;
    await this.#claimClient.patch(targetOf(claim), 'merge', { metadata: { annotations: wanted } });
  }

  async #syncNamed(claim: PersistentVolumeClaim, name: string): Promise<undefined> {
    const volume = this.#volumes.store.get(name);
    const taken = volume?.spec?.claimRef && !isReservedFor(volume, claim);
    if (!volume || taken) {
      await this.#setPhase(claim, 'Pending');
      if (taken) {
        const message = `volume "${name}" already bound to a different claim.`;
        this.#recorder.event(claim, 'Warning', 'FailedBinding', message);
      }
      return undefined;
    }
    const why = mismatch(volume, claim);
    if (why) {
      this.#recorder.event(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume "${name}": ${why}`);
      await this.#setPhase(claim, 'Pending');
      return undefined;
    }
    await this.#bind(claim, volume);
    return undefined;
  }

  /** The volume is marked first: a crash in between leaves it reserved for this claim and nobody else. */
  async #bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { uid = '' } = claim.metadata;
    if (volume.spec?.claimRef?.uid !== uid) await this.#volumeClient.update(reservedFor(volume, claim));
    const chosen = claim.spec?.volumeName ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
    const annotations = { [BIND_COMPLETED]: 'yes', ...chosen };
    const patch = { metadata: { uid, annotations }, spec: { volumeName: volume.metadata.name } };
    await this.#writeBound(await this.#claimClient.patch(targetOf(claim), 'merge', patch), volume);
  }

  async #syncBound(claim: PersistentVolumeClaim): Promise<undefined> {
    const name = claim.spec?.volumeName;
    const volume = name ? this.#volumes.store.get(name) : undefined;
    if (!volume) {
      const message = name
        ? 'Bound claim has lost its PersistentVolume. Any data on the volume is lost!'
        : 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!';
      return this.#lose(claim, 'ClaimLost', message);
    }
    if (volume.spec?.claimRef && !isReservedFor(volume, claim)) {
      const message = 'Two claims are bound to the same volume, this one is bound incorrectly';
      return this.#lose(claim, 'ClaimMisbound', message);
    }
    if (volume.spec?.claimRef?.uid !== claim.metadata.uid) await this.#bind(claim, volume);
    else await this.#writeBound(claim, volume);
    return undefined;
  }

  async #lose(claim: PersistentVolumeClaim, reason: string, message: string): Promise<undefined> {
    if (claim.status?.phase === 'Lost') return undefined;
    this.#recorder.event(claim, 'Warning', reason, message);
    await this.#setPhase(claim, 'Lost');
    return undefined;
  }

  async #writeBound(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { accessModes, capacity } = volume.spec ?? {};
    const status = {
      ...claim.status,
      phase: 'Bound',
      ...(accessModes ? { accessModes } : {}),
      // What the claim has may be more than the volume was made with, after it has grown.
      ...(capacity && !claim.status?.capacity ? { capacity } : {}),
    };
    if (!deepEqual(claim.status, status)) await this.#claimClient.updateStatus({ ...claim, status });
  }

  async #setPhase(claim: PersistentVolumeClaim, phase: string): Promise<void> {
    if (claim.status?.phase === phase) return;
    await this.#claimClient.updateStatus({ ...claim, status: { ...claim.status, phase } });
  }

  async #syncVolume(name: string): Promise<void> {
    const volume = this.#volumes.store.get(name);
    if (!volume) return;
    const { claimRef } = volume.spec ?? {};
    if (!claimRef) return this.#setVolumePhase(volume, 'Available');
    const claim = this.#claims.store.get(`${claimRef.namespace}/${claimRef.name}`);
    if (!claimRef.uid) return this.#setVolumePhase(volume, 'Available');
    if (!claim || claim.metadata.uid !== claimRef.uid) return this.#release(volume);
    if (claim.spec?.volumeName === name) return this.#setVolumePhase(volume, 'Bound');
    if (claim.spec?.volumeName) return this.#release(volume);
  }

  /** The claim is gone. A retained volume stays as it is; deleting is its provisioner's work. */
  async #release(volume: PersistentVolume): Promise<void> {
    if (volume.status?.phase !== 'Released' && volume.status?.phase !== 'Failed')
      await this.#setVolumePhase(volume, 'Released');
    const policy = volume.spec?.persistentVolumeReclaimPolicy;
    if (policy !== 'Delete' || volume.metadata.annotations?.[PROVISIONED_BY] || volume.spec?.csi) return;
    const message = 'error getting deleter volume plugin for volume: no deletable volume plugin matched';
    if (volume.status?.phase === 'Failed') return;
    this.#recorder.event(volume, 'Warning', 'VolumeFailedDelete', message);
    const current = this.#volumes.store.get(volume.metadata.name ?? '') ?? volume;
    await this.#volumeClient.updateStatus({ ...current, status: { ...current.status, phase: 'Failed', message } });
  }

  async #setVolumePhase(volume: PersistentVolume, phase: string): Promise<void> {
    if (volume.status?.phase === phase) return;
    const lastPhaseTransitionTime = formatTime(this.#context.clock.now());
    await this.#volumeClient.updateStatus({ ...volume, status: { ...volume.status, phase, lastPhaseTransitionTime } });
  }
}

function targetOf({ metadata }: PersistentVolumeClaim): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
}

/** What users are told of a claim for which there is no volume (yet). */
function whyWaiting(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
  late: boolean,
): [type: 'Normal' | 'Warning', reason: string, message: string] {
  if (late) {
    return ['Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding'];
  }
  if (storageClass && storageClass.provisioner !== NO_PROVISIONER) {
    const message = `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    return ['Normal', 'ExternalProvisioning', message];
  }
  if (classOfClaim(claim) && !storageClass) {
    return ['Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${classOfClaim(claim)}" not found`];
  }
  return ['Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set'];
}

/** The volume marked as this claim's. */
function reservedFor(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): PersistentVolume {
  const { namespace = '', name = '', uid = '', resourceVersion } = metadata;
  const revision = resourceVersion ? { resourceVersion } : {};
  const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, ...revision };
  const annotations = volume.spec?.claimRef
    ? volume.metadata.annotations
    : { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' };
  return {
    ...volume,
    metadata: { ...volume.metadata, ...(annotations ? { annotations } : {}) },
    spec: { ...volume.spec, claimRef },
  };
}
