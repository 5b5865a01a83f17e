import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '@kubets/api';
import { Quantity } from '@kubets/core';
import { isPodFinished } from '../pods/state.ts';

type Usage = Map<string, Quantity>;

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage']);

function add(usage: Usage, resource: string, amount: Quantity): void {
  usage.set(resource, (usage.get(resource) ?? Quantity.zero).add(amount));
}

function sums(pod: Pod, which: 'requests' | 'limits'): Usage {
  const total: Usage = new Map();
  const peak: Usage = new Map();
  const sidecars: Usage = new Map();
  const raise = (resource: string, amount: Quantity) => {
    if (amount.compare(peak.get(resource) ?? Quantity.zero) > 0) peak.set(resource, amount);
  };
  for (const { resources } of pod.spec.containers) {
    for (const [resource, amount] of Object.entries(resources?.[which] ?? {}))
      add(total, resource, Quantity.parse(amount));
  }
  for (const { resources, restartPolicy } of pod.spec.initContainers ?? []) {
    for (const [resource, text] of Object.entries(resources?.[which] ?? {})) {
      const amount = Quantity.parse(text);
      if (restartPolicy === 'Always') add(sidecars, resource, amount);
      raise(
        resource,
        (sidecars.get(resource) ?? Quantity.zero).add(restartPolicy === 'Always' ? Quantity.zero : amount),
      );
    }
  }
  for (const [resource, amount] of sidecars) add(total, resource, amount);
  for (const [resource, amount] of peak)
    if (amount.compare(total.get(resource) ?? Quantity.zero) > 0) total.set(resource, amount);
  for (const [resource, amount] of Object.entries(pod.spec.overhead ?? {}))
    add(total, resource, Quantity.parse(amount));
  return total;
}

/** What one pod uses, by the names that quotas have for it. A finished pod counts only as an object. */
export function podUsage(pod: Pod): Usage {
  const usage: Usage = new Map([['count/pods', Quantity.of(1)]]);
  if (isPodFinished(pod)) return usage;
  usage.set('pods', Quantity.of(1));
  for (const [resource, amount] of sums(pod, 'requests')) {
    if (STANDARD.has(resource)) usage.set(resource, amount);
    usage.set(`requests.${resource}`, amount);
  }
  for (const [resource, amount] of sums(pod, 'limits')) usage.set(`limits.${resource}`, amount);
  return usage;
}

export function serviceUsage({ spec }: Service): Usage {
  const usage: Usage = new Map([
    ['count/services', Quantity.of(1)],
    ['services', Quantity.of(1)],
  ]);
  const ports = spec?.ports?.length ?? 0;
  if (spec?.type === 'NodePort') usage.set('services.nodeports', Quantity.of(ports));
  if (spec?.type === 'LoadBalancer') {
    usage.set('services.loadbalancers', Quantity.of(1));
    if (spec.allocateLoadBalancerNodePorts !== false) usage.set('services.nodeports', Quantity.of(ports));
  }
  return usage;
}

export function claimUsage({ spec, metadata }: PersistentVolumeClaim): Usage {
  const storage = Quantity.parse(spec?.resources?.requests?.storage ?? '0');
  const usage: Usage = new Map([
    ['count/persistentvolumeclaims', Quantity.of(1)],
    ['persistentvolumeclaims', Quantity.of(1)],
    ['requests.storage', storage],
  ]);
  const storageClass = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName;
  if (storageClass) {
    const prefix = `${storageClass}.storageclass.storage.k8s.io`;
    usage.set(`${prefix}/persistentvolumeclaims`, Quantity.of(1));
    usage.set(`${prefix}/requests.storage`, storage);
  }
  return usage;
}

function isBestEffort(pod: Pod): boolean {
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].every(({ resources }) => {
    const named = [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})];
    return !named.some((resource) => resource === 'cpu' || resource === 'memory');
  });
}

function matchesScope(pod: Pod, scope: { scopeName: string; operator?: string; values?: readonly string[] }): boolean {
  switch (scope.scopeName) {
    case 'Terminating':
      return pod.spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'CrossNamespacePodAffinity': {
      const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
      return JSON.stringify([podAffinity, podAntiAffinity]).includes('"namespace');
    }
    case 'PriorityClass': {
      const name = pod.spec.priorityClassName;
      if (scope.operator === 'Exists') return Boolean(name);
      if (scope.operator === 'DoesNotExist') return !name;
      const listed = scope.values?.includes(name ?? '') ?? false;
      return scope.operator === 'NotIn' ? !listed : listed;
    }
    default:
      return false;
  }
}

/** Whether a quota counts a pod: all its scopes have to fit. */
export function inScopes({ spec }: ResourceQuota, pod: Pod): boolean {
  const scopes = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
  return scopes.every((scope) => matchesScope(pod, scope));
}

export function hasScopes({ spec }: ResourceQuota): boolean {
  return (spec?.scopes?.length ?? 0) + (spec?.scopeSelector?.matchExpressions?.length ?? 0) > 0;
}

/** Adds up usages, for the resources that a quota limits. */
export function totalUsage(quota: ResourceQuota, usages: Iterable<Usage>): Record<string, string> {
  const hard = Object.keys(quota.spec?.hard ?? {});
  const total: Usage = new Map(hard.map((resource) => [resource, Quantity.zero]));
  for (const usage of usages) {
    for (const resource of hard) {
      const amount = usage.get(resource);
      if (amount) add(total, resource, amount);
    }
  }
  return Object.fromEntries([...total].map(([resource, amount]) => [resource, amount.toString()]));
}
