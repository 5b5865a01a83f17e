import { type Pod, type Taint, type Toleration, tolerates } from '@kubets/api';
import { hostPorts, type NodeInfo } from '../cache/node-info.ts';
import { normalize, type Plugin, refuse, refuseForGood } from '../framework/plugin.ts';

const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

const isTolerated = (tolerations: readonly Toleration[], taint: Taint) =>
  tolerations.some((toleration) => tolerates(toleration, taint));

/** Keeps pods off cordoned nodes, unless they tolerate that. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  wakesOn: ['nodeAdded', 'nodeChanged', 'podChanged'],
  judge(pod) {
    if (isTolerated(pod.spec.tolerations ?? [], UNSCHEDULABLE_TAINT)) return undefined;
    const refusal = refuseForGood('node(s) were unschedulable');
    return { filter: ({ node }) => (node.spec?.unschedulable ? refusal : undefined) };
  },
};

/** A pod that names its node goes there or nowhere. */
export const nodeName: Plugin = {
  name: 'NodeName',
  wakesOn: ['nodeAdded'],
  judge({ spec }) {
    if (!spec.nodeName) return undefined;
    const refusal = refuseForGood("node(s) didn't match the requested node name");
    return { filter: ({ name }) => (name === spec.nodeName ? undefined : refusal) };
  },
};

/** Taints keep pods away that do not tolerate them; those of effect PreferNoSchedule only count against a node. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  wakesOn: ['nodeAdded', 'nodeChanged', 'podChanged'],
  judge({ spec }: Pod) {
    const tolerations = spec.tolerations ?? [];
    const refusal = refuseForGood('node(s) had untolerated taint(s)');
    const filter = ({ node }: NodeInfo) => {
      for (const taint of node.spec?.taints ?? []) {
        if (taint.effect === 'PreferNoSchedule' || isTolerated(tolerations, taint)) continue;
        return refusal;
      }
      return undefined;
    };
    const intolerable = ({ node }: NodeInfo) => {
      let count = 0;
      for (const taint of node.spec?.taints ?? []) {
        if (taint.effect === 'PreferNoSchedule' && !isTolerated(tolerations, taint)) count++;
      }
      return count;
    };
    return { filter, score: { weight: 3, scores: (infos) => normalize(infos.map(intolerable), true) } };
  },
};

/** A port of the node's own addresses belongs to one pod. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  wakesOn: ['nodeAdded', 'podDeleted'],
  judge(pod) {
    const ports = hostPorts(pod);
    if (ports.length === 0) return undefined;
    const refusal = refuse("node(s) didn't have free ports for the requested pod ports");
    return { filter: (info) => (info.portsFree(ports) ? undefined : refusal) };
  },
};

const MB = 1024 * 1024;
const MIN_IMAGE_BYTES = 23 * MB;
const MAX_IMAGE_BYTES_PER_CONTAINER = 1000 * MB;

/** Image names as nodes report them carry a tag or a digest. */
function normalizedImage(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name;
}

/** Prefers nodes that have the pod's images already, the more so the larger and the wider spread they are. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  wakesOn: [],
  judge({ spec }, view) {
    const containers = [...spec.containers, ...(spec.initContainers ?? [])];
    const wanted = new Set(containers.map(({ image }) => normalizedImage(image ?? '')));
    const scores = (infos: readonly NodeInfo[]) => {
      if (!infos.some(({ node }) => node.status?.images?.length)) return infos.map(() => 0);
      const all = view.nodes();
      const spread = new Map<string, number>();
      for (const { node } of all) {
        for (const { names } of node.status?.images ?? []) {
          for (const name of names ?? []) if (wanted.has(name)) spread.set(name, (spread.get(name) ?? 0) + 1);
        }
      }
      const limit = MAX_IMAGE_BYTES_PER_CONTAINER * containers.length;
      return infos.map(({ node }) => {
        let bytes = 0;
        for (const { names, sizeBytes = 0 } of node.status?.images ?? []) {
          const name = names?.find((candidate) => wanted.has(candidate));
          if (name) bytes += Math.trunc(sizeBytes * ((spread.get(name) ?? 0) / all.length));
        }
        const clamped = Math.min(limit, Math.max(MIN_IMAGE_BYTES, bytes));
        return Math.trunc((100 * (clamped - MIN_IMAGE_BYTES)) / (limit - MIN_IMAGE_BYTES));
      });
    };
    return { score: { weight: 1, scores } };
  },
};
