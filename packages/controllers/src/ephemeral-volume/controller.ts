import { type PersistentVolumeClaim, persistentVolumeClaimKind, podKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { hasReason } from '@kubets/core';
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
        if (!template) continue;
        const claimName = `${pod.metadata.name}-${name}`;
        const existing = claims.store.get(`${pod.metadata.namespace}/${claimName}`);
        if (existing && !isControlledBy(existing, pod)) {
          throw new Error(
            `PVC ${pod.metadata.namespace}/${claimName} was not created for pod ${key} (pod is not owner)`,
          );
        }
        if (existing) continue;
        const claim: PersistentVolumeClaim = {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: {
            name: claimName,
            namespace: pod.metadata.namespace ?? '',
            ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
            ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
            ownerReferences: [newControllerRef(pod, podKind)],
          },
          spec: template.spec,
        };
        try {
          await context.client.resource(persistentVolumeClaimKind).create(claim);
        } catch (error) {
          if (hasReason(error, 'AlreadyExists')) continue;
          const message = `ephemeral volume ${name}: create PVC ${claimName}: ${error instanceof Error ? error.message : error}`;
          recorder.event(pod, 'Warning', 'EphemeralVolumeCreateFailed', message);
          throw error;
        }
      }
    },
  };
}
