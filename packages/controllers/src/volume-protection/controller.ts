import { persistentVolumeClaimKind, persistentVolumeKind, podKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import type { KindDefinition, KubeObject } from '@kubets/core';
import { isPodFinished } from '../pods/state.ts';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';

/** Finalizers of an object that has to be kept while it is in use; undefined when they are right. */
export function planFinalizers(object: KubeObject, finalizer: string, inUse: boolean): string[] | undefined {
  const finalizers = object.metadata.finalizers ?? [];
  const present = finalizers.includes(finalizer);
  if (object.metadata.deletionTimestamp)
    return present && !inUse ? finalizers.filter((name) => name !== finalizer) : undefined;
  return present ? undefined : [...finalizers, finalizer];
}

async function write<T extends KubeObject>(
  context: ControllerContext,
  kind: KindDefinition<T>,
  object: T,
  finalizers: string[],
): Promise<void> {
  await ignoring(
    context.client.resource(kind).update({ ...object, metadata: { ...object.metadata, finalizers } }),
    'NotFound',
  );
}

/** Keeps claims from vanishing under the pods that use them. */
export function claimProtectionController(context: ControllerContext): Controller {
  const claims = context.informers.informer(persistentVolumeClaimKind);
  const pods = context.informers.informer(podKind);
  pods.addIndex('claim', (pod) =>
    (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim, ephemeral, name }) => {
      if (persistentVolumeClaim) return [`${pod.metadata.namespace}/${persistentVolumeClaim.claimName}`];
      return ephemeral ? [`${pod.metadata.namespace}/${pod.metadata.name}-${name}`] : [];
    }),
  );

  return {
    name: 'persistentvolumeclaim-protection',
    watches: [
      watch(claims, ({ type, object }) => (type === 'deleted' ? [] : [keyOf(object)])),
      watch(pods, ({ type, object }) => {
        if (type !== 'deleted' && !isPodFinished(object) && type !== 'added') return [];
        const names = (object.spec.volumes ?? []).flatMap(({ persistentVolumeClaim, ephemeral, name }) =>
          persistentVolumeClaim
            ? [persistentVolumeClaim.claimName]
            : ephemeral
              ? [`${object.metadata.name}-${name}`]
              : [],
        );
        return names.map((name) => `${object.metadata.namespace}/${name}`);
      }),
    ],
    async reconcile(key) {
      const claim = claims.store.get(key);
      if (!claim) return;
      const inUse = pods.store.byIndex('claim', key).some((pod) => !isPodFinished(pod) && pod.spec.nodeName);
      const finalizers = planFinalizers(claim, CLAIM_FINALIZER, inUse);
      if (finalizers) await write(context, persistentVolumeClaimKind, claim, finalizers);
    },
  };
}

/** Keeps volumes from vanishing under the claims that they are bound to. */
export function volumeProtectionController(context: ControllerContext): Controller {
  const volumes = context.informers.informer(persistentVolumeKind);

  return {
    name: 'persistentvolume-protection',
    watches: [watch(volumes, ({ type, object }) => (type === 'deleted' ? [] : [keyOf(object)]))],
    async reconcile(key) {
      const volume = volumes.store.get(key);
      if (!volume) return;
      const finalizers = planFinalizers(volume, VOLUME_FINALIZER, volume.status?.phase === 'Bound');
      if (finalizers) await write(context, persistentVolumeKind, volume, finalizers);
    },
  };
}
