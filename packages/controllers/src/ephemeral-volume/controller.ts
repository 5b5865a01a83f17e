import {
  type PersistentVolumeClaim,
  type PersistentVolumeClaimTemplate,
  type Pod,
  persistentVolumeClaimKind,
  podKind,
} from '@kubets/api';
import { keyOf } from '@kubets/client';
import { hasReason, messageOf } from '@kubets/core';
import { isControlledBy, newControllerRef } from '../ownership/controller-ref.ts';
import { isPodFinished } from '../pods/state.ts';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';

/** Makes the claims that pods describe in their ephemeral volumes. */
export function ephemeralVolumeController(context: ControllerContext): Controller {
  const pods = context.informers.informer(podKind);
  const claims = context.informers.informer(persistentVolumeClaimKind);
  const recorder = context.recorder('ephemeral_volume');

  return {
    name: 'ephemeral-volume',
    watches: [
      watch(pods, ({ type, object }) => {
        const wanted = object.spec.volumes?.some(({ ephemeral }) => ephemeral);
        return wanted && type !== 'deleted' && !object.metadata.deletionTimestamp ? [keyOf(object)] : [];
      }),
      watch(claims, ({ type, object }) =>
        type === 'deleted'
          ? (object.metadata.ownerReferences ?? []).map(({ name }) => `${object.metadata.namespace}/${name}`)
          : [],
      ),
    ],
    async reconcile(key) {
      const pod = pods.store.get(key);
      if (!pod || pod.metadata.deletionTimestamp || isPodFinished(pod)) return;
      for (const { name, ephemeral } of pod.spec.volumes ?? []) {
        const template = ephemeral?.volumeClaimTemplate;
        if (template) await ensureClaim(pod, name, template);
      }
    },
  };

  async function ensureClaim(pod: Pod, volume: string, template: PersistentVolumeClaimTemplate): Promise<void> {
    const claim = newClaim(pod, volume, template);
    const existing = claims.store.get(keyOf(claim));
    if (existing && !isControlledBy(existing, pod)) {
      throw new Error(`PVC ${keyOf(claim)} was not created for pod ${keyOf(pod)} (pod is not owner)`);
    }
    if (existing) return;
    try {
      await context.client.resource(persistentVolumeClaimKind).create(claim);
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) return;
      const message = `ephemeral volume ${volume}: create PVC ${claim.metadata.name}: ${messageOf(error)}`;
      recorder.event(pod, 'Warning', 'EphemeralVolumeCreateFailed', message);
      throw error;
    }
  }
}

function newClaim(pod: Pod, volume: string, { metadata, spec }: PersistentVolumeClaimTemplate): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: `${pod.metadata.name}-${volume}`,
      namespace: pod.metadata.namespace ?? '',
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
      ownerReferences: [newControllerRef(pod, podKind)],
    },
    spec,
  };
}
