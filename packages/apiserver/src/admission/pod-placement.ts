import type { Container, Pod, Toleration } from '@kubets/api';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';
import { isPod } from './service-account.ts';

const NODE_SELECTOR_ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector';
const CLUSTER_DEFAULT = 'clusterDefaultNodeSelector';
const HOST_NAME = 'kubernetes.io/hostname';
/** Resources with these prefixes, or without any, are Kubernetes' own. */
const OWN_RESOURCE = /^(requests\.|[^/]*$|([^/]*\.)?kubernetes\.io\/)/;

type Labels = Readonly<Record<string, string>>;

const isPlainPod = (admission: AdmissionRequest) => isPod(admission) && admission.subresource === '';
const isWrite = (operation: string) => operation === 'CREATE' || operation === 'UPDATE';

/** The plugin's configuration: selectors as text, by namespace, and one for namespaces without. */
export type NodeSelectors = Readonly<Record<string, string>>;

/** Keeps the pods of a namespace on the nodes that its annotation selects. */
export function podNodeSelector(lookup: Lookup, configured: NodeSelectors = {}): AdmissionPlugin {
  return {
    name: 'PodNodeSelector',
    handles: (operation) => operation === 'CREATE',
    async mutate(admission) {
      if (!isPlainPod(admission)) return;
      const { spec } = admission.object as Pod;
      const wanted = await selectorOf(admission, { lookup, configured });
      const own = spec.nodeSelector ?? {};
      if (Object.entries(wanted).some(([key, value]) => own[key] !== undefined && own[key] !== value))
        throw refused(admission, 'pod node label selector conflicts with its namespace node label selector');
      if (Object.keys(wanted).length > 0) spec.nodeSelector = { ...wanted, ...own };
    },
    validate(admission) {
      if (!isPlainPod(admission)) return;
      const allowed = parseSelector(configured[admission.namespace] ?? '');
      if (Object.keys(allowed).length === 0) return;
      const { nodeSelector = {} } = (admission.object as Pod).spec;
      if (Object.entries(nodeSelector).some(([key, value]) => allowed[key] !== value))
        throw refused(admission, 'pod node label selector labels conflict with its namespace whitelist');
    },
  };
}

async function selectorOf(
  admission: AdmissionRequest,
  { lookup, configured }: { lookup: Lookup; configured: NodeSelectors },
): Promise<Labels> {
  const namespace = await lookup.get({ group: '', resource: 'namespaces' }, admission.namespace);
  const text = namespace?.metadata.annotations?.[NODE_SELECTOR_ANNOTATION] ?? configured[CLUSTER_DEFAULT] ?? '';
  return parseSelector(text);
}

/** `a=b, c=d`. */
function parseSelector(text: string): Labels {
  const pairs = text.split(',').map((part) => part.split('=').map((word) => word.trim()));
  return Object.fromEntries(pairs.filter(([key]) => key).map(([key, value = '']) => [key, value]));
}

/** Pods that ask for a resource of a vendor's may run on the nodes that are set aside for it. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  handles: isWrite,
  mutate(admission) {
    if (!isPlainPod(admission)) return;
    const { spec } = admission.object as Pod;
    const containers: readonly Container[] = [...spec.containers, ...(spec.initContainers ?? [])];
    const names = containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {}));
    const extended = [...new Set(names)].filter((name) => !OWN_RESOURCE.test(name)).sort();
    for (const key of extended) spec.tolerations = withToleration(spec.tolerations ?? [], key);
  },
};

function withToleration(tolerations: readonly Toleration[], key: string): Toleration[] {
  const added = { key, operator: 'Exists', effect: 'NoSchedule' };
  const isSame = (each: Toleration) =>
    each.key === key && each.operator === added.operator && each.effect === added.effect && !each.value;
  return tolerations.some(isSame) ? [...tolerations] : [...tolerations, added];
}

/** Pods keep away from each other by node only, so that none can keep others out of a whole zone. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  handles: isWrite,
  validate(admission) {
    if (!isPlainPod(admission)) return;
    const required =
      (admission.object as Pod).spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const other = required.find(({ topologyKey }) => topologyKey !== HOST_NAME);
    if (!other) return;
    const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${other.topologyKey} but only key ${HOST_NAME} is allowed`;
    throw refused(admission, why);
  },
};
