import {
  type EndpointSlice,
  type Endpoints,
  endpointSliceKind,
  endpointsKind,
  type Namespace,
  namespaceKind,
  type PriorityClass,
  priorityClassKind,
  type Service,
  type ServiceAccount,
  type ServiceCIDR,
  serviceAccountKind,
  serviceCIDRKind,
  serviceKind,
} from '@kubets/api';
import { createClient, type ResourceClient, type Transport } from '@kubets/client';
import { hasReason, type KindDefinition, type KubeObject, sameJson } from '@kubets/core';
import { timestamp } from './registry/metadata.ts';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
/** Priorities of what the cluster or a node cannot do without. */
const SYSTEM_PRIORITIES = [
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
] as const;
const SERVICE = { namespace: 'default', name: 'kubernetes' };
const SERVICE_PORT = 443;

export interface BootstrapOptions {
  readonly serviceCidrs: readonly string[];
  /** The address of the service `kubernetes`. */
  readonly serviceIp: string;
  readonly nowMs: number;
}

/** Creates what every cluster has from its first moment, where it is missing: namespaces, the service CIDR, the API's service. */
export async function createBootstrapObjects(transport: Transport, options: BootstrapOptions): Promise<void> {
  const client = createClient(transport);
  const ensure = async <T extends KubeObject>(kind: KindDefinition<T>, object: T) => {
    await ensureObject(client.resource(kind), object);
  };
  for (const name of SYSTEM_NAMESPACES) {
    await ensure(namespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} } as Namespace);
  }
  for (const namespace of SYSTEM_NAMESPACES) {
    const metadata = { name: 'default', namespace };
    await ensure(serviceAccountKind, { apiVersion: 'v1', kind: 'ServiceAccount', metadata } as ServiceAccount);
  }
  for (const [name, value] of SYSTEM_PRIORITIES) await ensure(priorityClassKind, systemPriorityClass(name, value));
  await ensureServiceCidr(client.resource(serviceCIDRKind), options);
  await ensure(serviceKind, kubernetesService(options.serviceIp));
}

/** Tells the cluster under which address the API server listens. */
export async function advertise(transport: Transport, address: string, port: number): Promise<void> {
  const client = createClient(transport);
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...SERVICE, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports }],
  } as Endpoints;
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...SERVICE, labels: { 'kubernetes.io/service-name': SERVICE.name } },
    addressType: address.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  } as EndpointSlice;
  await replaceObject(client.resource(endpointsKind), endpoints, ({ subsets }) => subsets);
  await replaceObject(client.resource(endpointSliceKind), slice, (each) => [each.endpoints, each.ports]);
}

async function ensureObject<T extends KubeObject>(client: ResourceClient<T>, object: T): Promise<T> {
  const { namespace = '', name = '' } = object.metadata;
  try {
    return await client.get(namespace, name);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
  try {
    return await client.create(object);
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
    return client.get(namespace, name);
  }
}

async function replaceObject<T extends KubeObject>(
  client: ResourceClient<T>,
  object: T,
  essence: (object: T) => unknown,
): Promise<void> {
  const current = await ensureObject(client, object);
  if (sameJson(essence(current), essence(object))) return;
  const { resourceVersion: _, ...metadata } = current.metadata;
  await client.update({ ...object, metadata });
}

async function ensureServiceCidr(client: ResourceClient<ServiceCIDR>, options: BootstrapOptions): Promise<void> {
  const current = await ensureObject(client, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [...options.serviceCidrs] },
  } as ServiceCIDR);
  if (current.status?.conditions?.some(({ type }) => type === 'Ready')) return;
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: timestamp(options.nowMs),
  };
  await client.updateStatus({ ...current, status: { conditions: [condition] } } as ServiceCIDR);
}

function systemPriorityClass(name: string, value: number): PriorityClass {
  const scope =
    name === 'system-node-critical'
      ? ' that must not be moved from their current node'
      : ' that must run in the cluster, but can be moved to another node if necessary';
  const description = `Used for system critical pods${scope}.`;
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
  } as PriorityClass;
}

function kubernetesService(ip: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...SERVICE, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP: ip,
      clusterIPs: [ip],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', port: SERVICE_PORT, protocol: 'TCP', targetPort: 6443 }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  } as Service;
}
