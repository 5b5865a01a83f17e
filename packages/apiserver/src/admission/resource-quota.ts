import {
  type PersistentVolumeClaim,
  type Pod,
  podResources,
  qosClassOf,
  type ResourceQuota,
  type Service,
} from '@kubets/api';
import { type KubeObject, Quantity, sameJson } from '@kubets/core';
import { rewriteObject } from '../registry/rewrite-object.ts';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';
import { isResize } from './service-account.ts';

const QUOTAS = { group: '', resource: 'resourcequotas' };
/** Resources of the core group that a quota may count by their plain name. */
const PLAIN_COUNTS = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
]);
const COMPUTE = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** How much of each counted resource something uses. */
export type Usage = ReadonlyMap<string, Quantity>;

/** Keeps what a namespace uses within its quotas. The quota controller corrects the figures, this plugin raises them. */
export function resourceQuota(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'ResourceQuota',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    validate(admission) {
      const { namespace, subresource } = admission;
      // A pod that is resized uses more or less; no other subresource changes what is counted.
      if (!namespace || (subresource && !isResize(admission))) return;
      if (lookup.hasNone(QUOTAS.group, QUOTAS.resource)) return;
      return chargeAll(lookup, admission);
    },
  };
}

async function chargeAll(lookup: Lookup, admission: AdmissionRequest): Promise<void> {
  const { namespace, dryRun } = admission;
  const quotas = await lookup.list<ResourceQuota>({ ...QUOTAS, namespace });
  if (quotas.length === 0) return;
  const added = addedUsage(admission);
  for (const quota of quotas) {
    if (!isInScope(quota, admission)) continue;
    checkSpecified(quota, admission);
    if (added.size === 0) continue;
    await charge(lookup, { quota, added, admission, dryRun });
  }
}

async function charge(
  lookup: Lookup,
  {
    quota,
    added,
    admission,
    dryRun,
  }: { quota: ResourceQuota; added: Usage; admission: AdmissionRequest; dryRun: boolean },
): Promise<void> {
  const resource = lookup.server.registry.get('', 'resourcequotas');
  const { namespace = '', name = '' } = quota.metadata;
  await rewriteObject<ResourceQuota>(lookup.server, { resource, namespace, name, dryRun }, (newest) => {
    const { hard = {}, used = {} } = newest.status ?? {};
    const charged = Object.keys(hard).filter((key) => added.get(key) && !added.get(key)!.isZero());
    if (charged.length === 0) return newest;
    const total = (key: string) => Quantity.parse(used[key] ?? '0').add(added.get(key)!);
    const exceeded = charged
      .filter((key) => added.get(key)!.sign() > 0 && total(key).compare(Quantity.parse(hard[key]!)) > 0)
      .sort();
    if (exceeded.length > 0) throw refused(admission, exceededText(name, { exceeded, added, used, hard }));
    const raised = Object.fromEntries(charged.map((key) => [key, total(key).toString()]));
    return { ...newest, status: { ...newest.status, used: { ...used, ...raised } } };
  });
}

function exceededText(
  name: string,
  figures: {
    exceeded: readonly string[];
    added: Usage;
    used: Readonly<Record<string, string>>;
    hard: Readonly<Record<string, string>>;
  },
): string {
  const { exceeded, added, used, hard } = figures;
  const list = (amount: (key: string) => string) => exceeded.map((key) => `${key}=${amount(key)}`).join(',');
  const requested = list((key) => added.get(key)!.toString());
  return `exceeded quota: ${name}, requested: ${requested}, used: ${list((key) => used[key] ?? '0')}, limited: ${list((key) => hard[key]!)}`;
}

function addedUsage({ object, old, resource, operation }: AdmissionRequest): Usage {
  const after = usageOf(object!, resource.name);
  if (operation === 'CREATE') return after;
  const before = usageOf(old!, resource.name);
  const names = new Set([...after.keys(), ...before.keys()]);
  const added = new Map<string, Quantity>();
  for (const name of names) {
    const difference = (after.get(name) ?? Quantity.zero).sub(before.get(name) ?? Quantity.zero);
    if (!difference.isZero()) added.set(name, difference);
  }
  return added;
}

/** What one object uses, under every name that a quota may have for it. */
export function usageOf(object: KubeObject, { group, resource }: { group: string; resource: string }): Usage {
  const usage = new Map<string, Quantity>();
  const one = Quantity.of(1);
  usage.set(`count/${group ? `${resource}.${group}` : resource}`, one);
  if (group !== '') return usage;
  if (PLAIN_COUNTS.has(resource) && (resource !== 'pods' || isCounted(object as Pod))) usage.set(resource, one);
  if (resource === 'pods' && isCounted(object as Pod)) addPod(usage, object as Pod);
  if (resource === 'services') addService(usage, object as Service);
  if (resource === 'persistentvolumeclaims') addClaim(usage, object as PersistentVolumeClaim);
  return usage;
}

/** Pods that have ended use nothing. */
function isCounted({ status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function addPod(usage: Map<string, Quantity>, { spec }: Pod): void {
  for (const [name, amount] of Object.entries(podResources(spec, 'requests'))) {
    usage.set(`requests.${name}`, Quantity.parse(amount));
    if (COMPUTE.has(name) || name.startsWith('hugepages-')) usage.set(name, Quantity.parse(amount));
  }
  for (const [name, amount] of Object.entries(podResources(spec, 'limits')))
    usage.set(`limits.${name}`, Quantity.parse(amount));
}

function addService(usage: Map<string, Quantity>, { spec }: Service): void {
  const ports = Quantity.of(spec.ports?.length ?? 0);
  if (spec.type === 'NodePort') usage.set('services.nodeports', ports);
  if (spec.type !== 'LoadBalancer') return;
  usage.set('services.loadbalancers', Quantity.of(1));
  if (spec.allocateLoadBalancerNodePorts !== false) usage.set('services.nodeports', ports);
}

function addClaim(usage: Map<string, Quantity>, { spec }: PersistentVolumeClaim): void {
  const storage = Quantity.parse(spec.resources?.requests?.storage ?? '0');
  usage.set('requests.storage', storage);
  if (!spec.storageClassName) return;
  const prefix = `${spec.storageClassName}.storageclass.storage.k8s.io`;
  usage.set(`${prefix}/requests.storage`, storage);
  usage.set(`${prefix}/persistentvolumeclaims`, Quantity.of(1));
}

/** Containers must say what they use of whatever a quota limits. */
function checkSpecified(quota: ResourceQuota, admission: AdmissionRequest): void {
  const { resource, object, operation } = admission;
  if (operation !== 'CREATE' || resource.name.group !== '' || resource.name.resource !== 'pods') return;
  const { spec } = object as Pod;
  const missing = new Map<string, string[]>();
  for (const name of Object.keys(quota.spec.hard ?? {}).sort()) {
    const [kind, plain] = computeName(name);
    if (!plain) continue;
    for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
      if (container.resources?.[kind]?.[plain] === undefined && spec.resources?.[kind]?.[plain] === undefined) {
        missing.set(name, [...(missing.get(name) ?? []), container.name]);
      }
    }
  }
  if (missing.size === 0) return;
  const text = [...missing].map(([name, containers]) => `${name} for: ${containers.sort().join(',')}`).join('; ');
  throw refused(admission, `failed quota: ${quota.metadata.name}: must specify ${text}`);
}

function computeName(name: string): ['requests' | 'limits', string | undefined] {
  if (name.startsWith('limits.')) return ['limits', COMPUTE.has(name.slice(7)) ? name.slice(7) : undefined];
  const plain = name.startsWith('requests.') ? name.slice(9) : name;
  return ['requests', COMPUTE.has(plain) && plain !== 'ephemeral-storage' ? plain : undefined];
}

/** Quotas with scopes count only pods, and only those within all of the scopes. */
function isInScope({ spec }: ResourceQuota, { resource, object }: AdmissionRequest): boolean {
  const scopes = [
    ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] as string[] })),
    ...(spec.scopeSelector?.matchExpressions ?? []).map((each) => ({ ...each, values: each.values ?? [] })),
  ];
  if (scopes.length === 0) return true;
  if (resource.name.group !== '' || resource.name.resource !== 'pods') return false;
  return scopes.every((scope) => isPodIn(object as Pod, scope));
}

function isPodIn({ spec }: Pod, scope: { scopeName: string; operator: string; values: string[] }): boolean {
  const isTerminating = (spec.activeDeadlineSeconds ?? -1) >= 0;
  const isBestEffort = qosClassOf(spec) === 'BestEffort';
  switch (scope.scopeName) {
    case 'Terminating':
      return isTerminating;
    case 'NotTerminating':
      return !isTerminating;
    case 'BestEffort':
      return isBestEffort;
    case 'NotBestEffort':
      return !isBestEffort;
    case 'PriorityClass':
      return matchesClass(spec.priorityClassName ?? '', scope);
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(spec);
    default:
      return false;
  }
}

function matchesClass(name: string, { operator, values }: { operator: string; values: string[] }): boolean {
  if (operator === 'In') return values.includes(name);
  if (operator === 'NotIn') return !values.includes(name);
  return (operator === 'Exists') === (name !== '');
}

function reachesOtherNamespaces({ affinity }: Pod['spec']): boolean {
  const terms = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((each) => [
    ...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  return terms.some((term) => !sameJson(term.namespaces, undefined) || term.namespaceSelector !== undefined);
}
