import type { Container, Pod, ResourceRequirements } from '@kubets/api';
import { type Shortage, shortages } from './admission.ts';
import { isStaticPod } from './identity.ts';
import { amountsOf, podRequests } from './requests.ts';

/** What the node has set aside for each container of a pod, by name. */
export type Allocation = ReadonlyMap<string, ResourceRequirements>;

/** A change of resources that was asked for and is not granted, as the condition PodResizePending tells it. */
export interface PendingResize {
  readonly reason: 'Deferred' | 'Infeasible';
  readonly message: string;
}

const containersOf = ({ spec }: Pod) => [...(spec.initContainers ?? []), ...spec.containers];

/** What a pod's containers ask for. */
export function demandOf(pod: Pod): Allocation {
  return new Map(containersOf(pod).map(({ name, resources }) => [name, resources ?? {}]));
}

/** What an earlier kubelet granted, by the pod's status; what the spec says where that tells nothing. */
export function knownAllocation(pod: Pod): Allocation {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const statuses = [...containerStatuses, ...initContainerStatuses];
  return new Map(
    containersOf(pod).map(({ name, resources }) => {
      const { requests, limits } = statuses.find((status) => status.name === name)?.resources ?? {};
      return [name, requests || limits ? { ...resources, ...pick({ requests, limits }) } : (resources ?? {})];
    }),
  );
}

const pick = ({ requests, limits }: Pick<ResourceRequirements, 'requests' | 'limits'>): ResourceRequirements => ({
  ...(requests ? { requests } : {}),
  ...(limits ? { limits } : {}),
});

const RESIZED = ['cpu', 'memory'] as const;
type Resized = (typeof RESIZED)[number];

/** The resources of a container that differ between two grants. */
export function changedResources(before: ResourceRequirements, after: ResourceRequirements): Resized[] {
  const texts = ({ requests, limits }: ResourceRequirements, name: Resized) =>
    [requests, limits].map((each) => amountsOf(each).get(name) ?? 0).join();
  return RESIZED.filter((name) => texts(before, name) !== texts(after, name));
}

export function isGranted(allocation: Allocation, demand: Allocation): boolean {
  return [...demand].every(([name, wanted]) => changedResources(allocation.get(name) ?? {}, wanted).length === 0);
}

/** The pod with what it was granted in place of what it asks for. */
export function withAllocation(pod: Pod, allocation: Allocation): Pod {
  if (isGranted(allocation, demandOf(pod))) return pod;
  const granted = (container: Container): Container => {
    const resources = allocation.get(container.name);
    return resources ? { ...container, resources } : container;
  };
  const { initContainers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map(granted),
      ...(initContainers ? { initContainers: initContainers.map(granted) } : {}),
    },
  };
}

/** True when a change of these resources asks for the container to be started anew. */
export function needsRestart(container: Container, changed: readonly string[]): boolean {
  return (container.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) => restartPolicy === 'RestartContainer' && changed.includes(resourceName),
  );
}

/** Why a pod cannot have what it asks for now, or ever; undefined when it can. */
export function pendingResize(request: {
  readonly pod: Pod;
  readonly others: readonly Pod[];
  readonly allocatable: Readonly<Record<string, string>>;
}): PendingResize | undefined {
  const { pod, others, allocatable } = request;
  if (isStaticPod(pod)) return { reason: 'Infeasible', message: 'In-place resize of static-pods is not supported' };
  const requests = new Map([...podRequests(pod)].filter(([name]) => name === 'cpu' || name === 'memory'));
  const text = ({ resource, requested }: Shortage) => `${resource}, requested: ${requested}`;
  const [never] = shortages(requests, [], allocatable);
  if (never)
    return {
      reason: 'Infeasible',
      message: `Node didn't have enough capacity: ${text(never)}, capacity: ${never.capacity}`,
    };
  const [later] = shortages(requests, others, allocatable);
  return (
    later && {
      reason: 'Deferred',
      message: `Node didn't have enough resource: ${text(later)}, used: ${later.used}, capacity: ${later.capacity}`,
    }
  );
}
