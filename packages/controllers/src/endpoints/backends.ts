import { matchesLabels, type ObjectReference, type Pod, type Service, type ServicePort } from '@kubets/api';
import { type Informer, keyOf } from '@kubets/client';
import { deepEqual } from '../equality.ts';
import { isPodFinished } from '../pods/state.ts';
import type { Change } from '../runner/controller.ts';

export const HEADLESS_LABEL = 'service.kubernetes.io/headless';

export function isHeadless({ spec }: Service): boolean {
  return spec?.clusterIP === 'None' || !spec?.clusterIP;
}

/** Pods that stand behind a service at all: not finished, with an address, and not on their way out unless that is asked for. */
export function isBackend(pod: Pod, includeTerminating: boolean): boolean {
  if (isPodFinished(pod) || !pod.status?.podIPs?.length) return false;
  return includeTerminating || pod.metadata.deletionTimestamp === undefined;
}

/** The pod's address of one family. */
export function podAddress(pod: Pod, family: 'IPv4' | 'IPv6'): string | undefined {
  return pod.status?.podIPs?.find(({ ip }) => ip.includes(':') === (family === 'IPv6'))?.ip;
}

export function podReference({ metadata }: Pod): ObjectReference {
  const { namespace = '', name = '', uid = '' } = metadata;
  return { kind: 'Pod', namespace, name, uid };
}

/** The name by which DNS tells this pod from the others of a headless service. */
export function podHostname(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec;
  const belongs =
    hostname && subdomain === service.metadata.name && pod.metadata.namespace === service.metadata.namespace;
  return belongs ? hostname : undefined;
}

/** The port of this pod that a service port leads to; undefined when the pod has no port of that name. */
export function findPort(pod: Pod, { targetPort, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof targetPort === 'number') return targetPort || port;
  if (!targetPort) return port;
  if (/^[0-9]+$/.test(targetPort)) return Number(targetPort);
  const sidecars = pod.spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? [];
  for (const { ports } of [...pod.spec.containers, ...sidecars]) {
    const found = ports?.find(
      (candidate) => candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol,
    );
    if (found) return found.containerPort;
  }
  return undefined;
}

/** Families in which a service has addresses, its first one first. */
export function familiesOf({ spec }: Service): ('IPv4' | 'IPv6')[] {
  if (spec?.ipFamilies?.length) return spec.ipFamilies as ('IPv4' | 'IPv6')[];
  return [spec?.clusterIP?.includes(':') ? 'IPv6' : 'IPv4'];
}

/** What of a pod a service's endpoints show; other changes need no look at the services. */
function visible(pod: Pod): unknown {
  const { podIPs, conditions } = pod.status ?? {};
  return [
    podIPs,
    isPodFinished(pod),
    conditions?.find(({ type }) => type === 'Ready')?.status,
    pod.metadata.deletionTimestamp !== undefined,
    pod.metadata.labels,
    pod.spec.nodeName,
    pod.spec.hostname,
    pod.spec.subdomain,
  ];
}

/** Keys of the services that a change of a pod concerns. */
export function servicesOfPod(services: Informer<Service>, { object, old }: Change<Pod>): string[] {
  if (old && deepEqual(visible(old), visible(object))) return [];
  const candidates = services.store.list(object.metadata.namespace);
  return candidates
    .filter(({ spec }) => {
      const selector = spec?.selector;
      if (!selector || Object.keys(selector).length === 0) return false;
      return matchesLabels(selector, object.metadata.labels) || (old && matchesLabels(selector, old.metadata.labels));
    })
    .map(keyOf);
}
