import type { Container } from '../container.ts';
import type { PodSpec } from '../pod.ts';
import { addResources, maxResources, type ResourceList } from '../resource-list.ts';
import { isSidecar } from './sidecar.ts';

const HUGE_PAGES_PREFIX = 'hugepages-';

type Side = 'requests' | 'limits';

/** Whether a pod as a whole, and not only its containers, can ask for the resource. */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith(HUGE_PAGES_PREFIX);
}

/**
 * What the containers of a pod need together. Init containers run one after the other before the others, each beside the
 * sidecars started so far; so the most that is needed at a time counts.
 */
export function containerResources(spec: PodSpec, side: Side): ResourceList {
  let total: ResourceList = {};
  for (const container of spec.containers ?? []) total = addResources(total, sideOf(container, side));
  let sidecars: ResourceList = {};
  let duringInit: ResourceList = {};
  for (const container of spec.initContainers ?? []) {
    const own = sideOf(container, side);
    if (isSidecar(container)) {
      sidecars = addResources(sidecars, own);
      total = addResources(total, own);
    }
    duringInit = maxResources(duringInit, isSidecar(container) ? sidecars : addResources(sidecars, own));
  }
  return maxResources(total, duringInit);
}

/** What scheduling and quota count for a pod: its own figures before those of its containers, and its overhead. */
export function podResources(spec: PodSpec, side: Side): ResourceList {
  const total = containerResources(spec, side);
  for (const [name, amount] of Object.entries(spec.resources?.[side] ?? {})) {
    if (isPodLevelResource(name)) total[name] = amount;
  }
  if (side === 'requests') return addResources(total, spec.overhead ?? {});
  const limited = Object.entries(spec.overhead ?? {}).filter(([name]) => name in total);
  return addResources(total, Object.fromEntries(limited));
}

function sideOf(container: Container, side: Side): ResourceList {
  return container.resources?.[side] ?? {};
}

/** A pod that gives some of its resources as a whole has the rest from its containers, or from its own limits. */
export function applyPodLevelResourceDefaults(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources) return;
  const limits = { ...resources.limits };
  for (const [name, amount] of Object.entries(containerResources(spec, 'limits'))) {
    if (name.startsWith(HUGE_PAGES_PREFIX)) limits[name] ??= amount;
  }
  const requests = { ...resources.requests };
  for (const [name, amount] of Object.entries(containerResources(spec, 'requests'))) {
    if (isPodLevelResource(name) && !name.startsWith(HUGE_PAGES_PREFIX)) requests[name] ??= amount;
  }
  for (const [name, amount] of Object.entries(limits)) {
    if (isPodLevelResource(name)) requests[name] ??= amount;
  }
  if (Object.keys(limits).length > 0) resources.limits = limits;
  if (Object.keys(requests).length > 0) resources.requests = requests;
}
