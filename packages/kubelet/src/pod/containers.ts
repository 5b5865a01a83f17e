import type { Container, Pod } from '@kubets/api';

export type ContainerKind = 'init' | 'sidecar' | 'regular' | 'ephemeral';

/** A container of a pod's spec with the part that it plays. */
export interface PodContainer {
  readonly kind: ContainerKind;
  readonly spec: Container;
  /** Which process namespace an ephemeral container joins. */
  readonly targetContainerName?: string;
}

/** An init container that keeps running beside the others. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

export function initContainers(pod: Pod): PodContainer[] {
  return (pod.spec.initContainers ?? []).map((spec) => ({ kind: isSidecar(spec) ? 'sidecar' : 'init', spec }));
}

export function regularContainers(pod: Pod): PodContainer[] {
  return pod.spec.containers.map((spec) => ({ kind: 'regular', spec }));
}

export function ephemeralContainers(pod: Pod): PodContainer[] {
  return (pod.spec.ephemeralContainers ?? []).map((container) => ({
    kind: 'ephemeral',
    spec: container,
    ...(container.targetContainerName ? { targetContainerName: container.targetContainerName } : {}),
  }));
}

export function allContainers(pod: Pod): PodContainer[] {
  return [...initContainers(pod), ...regularContainers(pod), ...ephemeralContainers(pod)];
}

/** Where events about a container point to, such as spec.containers{web}. */
export function fieldPathOf(container: PodContainer): string {
  const lists = {
    init: 'initContainers',
    sidecar: 'initContainers',
    regular: 'containers',
    ephemeral: 'ephemeralContainers',
  };
  return `spec.${lists[container.kind]}{${container.spec.name}}`;
}
