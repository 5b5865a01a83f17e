import type { Container, Pod } from '@kubets/api';

/** Labels and annotations by which containers of a kubelet are found again, as every CRI user knows them. */
export const LABEL = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

export const ANNOTATION = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  /** Where the termination message is on the host. */
  terminationMessageHostPath: 'kubets.io/terminationMessageHostPath',
  podGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  podDeletionGracePeriod: 'io.kubernetes.pod.deletionGracePeriod',
  preStopHandler: 'io.kubernetes.container.preStopHandler',
  /** `file`, `http` or absent for the API server. */
  configSource: 'kubernetes.io/config.source',
  configHash: 'kubernetes.io/config.hash',
  configMirror: 'kubernetes.io/config.mirror',
  configSeen: 'kubernetes.io/config.seen',
} as const;

export const uidOf = (pod: Pod): string => pod.metadata.uid ?? '';
export const nameOf = (pod: Pod): string => pod.metadata.name ?? '';
export const namespaceOf = (pod: Pod): string => pod.metadata.namespace ?? '';

/** `name_namespace(uid)`, as messages name a pod. */
export function describePod(pod: Pod): string {
  return `${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})`;
}

/** Directory of a pod's logs below the log root. */
export function logDirectoryName(pod: Pod): string {
  return `${namespaceOf(pod)}_${nameOf(pod)}_${uidOf(pod)}`;
}

/** A container that came from a manifest on the node, not from the API server. */
export function isStaticPod(pod: Pod): boolean {
  const source = pod.metadata.annotations?.[ANNOTATION.configSource];
  return source !== undefined && source !== 'api';
}

/** The API server's image of a static pod. */
export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.[ANNOTATION.configMirror] !== undefined;
}

/** 32-bit FNV-1a of a text, in hexadecimal. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash.toString(16);
}

/** Changes when a running container has to be replaced: its image is all that may change. */
export function containerHash(container: Pick<Container, 'name' | 'image'>): string {
  return shortHash(JSON.stringify([container.name, container.image]));
}
