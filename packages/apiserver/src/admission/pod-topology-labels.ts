import type { Binding, Pod } from '@kubets/api';
import type { KubeObject } from '@kubets/core';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';
import type { Lookup } from './lookup.ts';
import { isPod } from './service-account.ts';

const COPIED = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Tells pods, in labels of their own, the zone and region of the node that they are assigned to. */
export function podTopologyLabels(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    handles: (operation) => operation === 'CREATE',
    async mutate(admission) {
      const nodeName = nodeNameOf(admission);
      if (!nodeName) return;
      const node = await lookup.get({ group: '', resource: 'nodes' }, nodeName);
      const found = COPIED.filter((key) => node?.metadata.labels?.[key] !== undefined);
      if (found.length === 0) return;
      const { metadata } = admission.object as KubeObject;
      const copied = Object.fromEntries(found.map((key) => [key, node!.metadata.labels![key]!]));
      metadata.labels = { ...metadata.labels, ...copied };
    },
  };
}

function nodeNameOf(admission: AdmissionRequest): string | undefined {
  if (!isPod(admission)) return undefined;
  if (admission.subresource === 'binding') return (admission.object as Binding).target?.name;
  return admission.subresource === '' ? (admission.object as Pod).spec.nodeName : undefined;
}
