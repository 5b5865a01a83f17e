import type { Pod, RuntimeClass, Toleration } from '@kubets/api';
import { sameJson } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';
import { isPodCreation } from './service-account.ts';

/** Adds what a pod's runtime class costs and where it runs. */
export function runtimeClass(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    handles: (operation) => operation === 'CREATE',
    async mutate(admission) {
      if (!isPodCreation(admission)) return;
      const { spec } = admission.object as Pod;
      const name = spec.runtimeClassName;
      if (!name) return;
      const found = await lookup.get<RuntimeClass>({ group: 'node.k8s.io', resource: 'runtimeclasses' }, name);
      if (!found) throw refused(admission, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
      setOverhead(admission, found);
      setScheduling(admission, found);
    },
    async validate(admission) {
      if (!isPodCreation(admission)) return;
      const { overhead, runtimeClassName } = (admission.object as Pod).spec;
      if (!overhead || runtimeClassName) return;
      throw refused(admission, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
    },
  };
}

function setOverhead(admission: AdmissionRequest, { overhead }: RuntimeClass): void {
  const { spec } = admission.object as Pod;
  const fixed = overhead?.podFixed;
  if (spec.overhead && !sameJson(spec.overhead, fixed)) {
    throw refused(admission, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  }
  if (fixed) spec.overhead = { ...fixed };
}

function setScheduling(admission: AdmissionRequest, { scheduling }: RuntimeClass): void {
  const { spec } = admission.object as Pod;
  for (const [key, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      throw refused(
        admission,
        `pod rejected: conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  const missing = (scheduling?.tolerations ?? []).filter(
    (wanted: Toleration) => !spec.tolerations?.some((own) => sameJson(own, wanted)),
  );
  if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...missing];
}
