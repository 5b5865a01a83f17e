import type { Container, Pod, PodSpec } from '@kubets/api';
import { FieldPath, notSupported } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import { isPod } from './service-account.ts';

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Pulls every image before it runs, so that only pods with the right credentials get at private images on a node. */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
  mutate(admission) {
    if (!isConcerned(admission)) return;
    const { spec } = admission.object as Pod;
    for (const list of LISTS)
      spec[list] = spec[list]?.map((container) => ({ ...container, imagePullPolicy: 'Always' })) as Container[];
    for (const list of LISTS) if (spec[list] === undefined) delete (spec as Partial<PodSpec>)[list];
    for (const { image } of spec.volumes ?? []) if (image) image.pullPolicy = 'Always';
  },
  validate(admission) {
    if (!isConcerned(admission)) return;
    const { spec } = admission.object as Pod;
    for (const list of LISTS) {
      const index = (spec[list] ?? []).findIndex(({ imagePullPolicy }) => imagePullPolicy !== 'Always');
      if (index < 0) continue;
      const path = new FieldPath('spec').child(list).index(index).child('imagePullPolicy');
      const { field, message } = notSupported(path, spec[list]![index]!.imagePullPolicy ?? '', ['Always']);
      throw refused(admission, `${field}: ${message}`);
    }
  },
};

/** An update that brings no new image is none of the plugin's. */
function isConcerned(admission: AdmissionRequest): boolean {
  if (!isPod(admission) || !['', 'ephemeralcontainers'].includes(admission.subresource)) return false;
  if (!admission.old) return true;
  const before = imagesOf((admission.old as Pod).spec);
  return [...imagesOf((admission.object as Pod).spec)].some((image) => !before.has(image));
}

function imagesOf(spec: PodSpec): Set<string> {
  return new Set(LISTS.flatMap((list) => (spec[list] ?? []).map(({ image }) => image ?? '')));
}
