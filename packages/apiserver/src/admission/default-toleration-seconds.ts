import type { Pod, Toleration } from '@kubets/api';
import type { AdmissionPlugin } from './admission.ts';
import { isPod } from './service-account.ts';

const TOLERATED = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const TOLERATION_SECONDS = 300;

/** Pods stay on a node that has failed for five minutes, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
  mutate(admission) {
    if (!isPod(admission) || admission.subresource) return;
    const { spec } = admission.object as Pod;
    for (const key of TOLERATED) {
      if (spec.tolerations?.some((toleration) => tolerates(toleration, key))) continue;
      const added = { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS };
      spec.tolerations = [...(spec.tolerations ?? []), added];
    }
  },
};

function tolerates({ key, effect }: Toleration, wanted: string): boolean {
  return (!key || key === wanted) && (!effect || effect === 'NoExecute');
}
