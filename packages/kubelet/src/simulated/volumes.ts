import type { Pod } from '@kubets/api';
import { type Clock, messageOf } from '@kubets/core';
import type { DownwardContext } from '../pod/field-reference.ts';
import { uidOf } from '../pod/identity.ts';
import { hasContent, volumeContent } from '../volumes/content.ts';
import type { ObjectSources } from '../volumes/sources.ts';
import { type PodVolumes, VolumeError } from '../volumes/volumes.ts';

/** Volumes that hold nothing, but whose sources must exist as those of real ones. */
export function simulatedVolumes(options: { sources: ObjectSources; clock: Clock }): PodVolumes {
  const pods = new Set<string>();
  return {
    async setUp(pod: Pod, context: DownwardContext) {
      const sources = options.sources.forPod(uidOf(pod));
      for (const volume of pod.spec.volumes ?? []) {
        // A token needs a signer, which a cluster without real nodes need not have.
        const needsToken = volume.projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken);
        if (!hasContent(volume) || needsToken) continue;
        await volumeContent({ pod, volume, sources, context, nowMs: options.clock.now() }).catch((error: unknown) => {
          throw new VolumeError(volume.name, messageOf(error));
        });
      }
      pods.add(uidOf(pod));
    },
    addImage: async () => undefined,
    containerFiles: async () => ({ mounts: [], terminationMessageHostPath: '' }),
    terminationMessage: async () => '',
    async tearDown(podUid) {
      pods.delete(podUid);
    },
    readFile: async () => undefined,
    usage: async () => ({ emptyDirs: new Map(), logsBytes: 0 }),
    removeLogs: async () => undefined,
    podUids: async () => [...pods],
  };
}
