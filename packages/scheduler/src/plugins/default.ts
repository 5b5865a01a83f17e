import type { Plugin } from '../framework/plugin.ts';
import { interPodAffinity, type NamespaceLabels } from './inter-pod-affinity.ts';
import { imageLocality, nodeName, nodePorts, nodeUnschedulable, taintToleration } from './node.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodeResourcesBalancedAllocation, nodeResourcesFit } from './resources.ts';
import { type DefaultSelector, podTopologySpread } from './topology-spread.ts';
import { type VolumeStores, volumeBinding, volumeRestrictions } from './volumes.ts';

export interface PluginDependencies {
  readonly volumes: VolumeStores;
  readonly defaultSelector: DefaultSelector;
  readonly namespaceLabels: NamespaceLabels;
}

/** The plugins of the default profile, in the order in which they are asked: cheap ones first. */
export function defaultPlugins({ volumes, defaultSelector, namespaceLabels }: PluginDependencies): Plugin[] {
  return [
    nodeUnschedulable,
    nodeName,
    taintToleration,
    nodeAffinity,
    nodePorts,
    nodeResourcesFit,
    volumeRestrictions(volumes),
    volumeBinding(volumes),
    podTopologySpread(defaultSelector),
    interPodAffinity(namespaceLabels),
    nodeResourcesBalancedAllocation,
    imageLocality,
  ];
}
