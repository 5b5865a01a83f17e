import type { PodSpec } from '../pod.ts';
import { addResources, amountOf, type ResourceList } from '../resource-list.ts';

export type QosClass = 'BestEffort' | 'Burstable' | 'Guaranteed';

/** The resources that decide a pod's class of service. */
const DECISIVE_RESOURCES = ['cpu', 'memory'] as const;

/**
 * How well a pod is protected when its node runs short: Guaranteed when every container has equal requests and limits of CPU
 * and memory, BestEffort when none has any, Burstable otherwise.
 */
export function qosClassOf(spec: PodSpec): QosClass {
  const parts = spec.resources ? [spec] : [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  let requests: ResourceList = {};
  let limits: ResourceList = {};
  let isLimited = true;
  for (const { resources } of parts) {
    const own = decisive(resources?.limits);
    requests = addResources(requests, decisive(resources?.requests));
    limits = addResources(limits, own);
    isLimited &&= DECISIVE_RESOURCES.every((name) => name in own);
  }
  const [requested, limited] = [Object.keys(requests), Object.keys(limits)];
  if (requested.length === 0 && limited.length === 0) return 'BestEffort';
  const isEqual =
    requested.length === limited.length &&
    requested.every((name) => name in limits && amountOf(limits, name).equals(amountOf(requests, name)));
  return isLimited && isEqual ? 'Guaranteed' : 'Burstable';
}

function decisive(resources: Readonly<ResourceList> | undefined): ResourceList {
  const counted = DECISIVE_RESOURCES.filter((name) => amountOf(resources, name).sign() > 0);
  return Object.fromEntries(counted.map((name) => [name, resources![name]!]));
}
