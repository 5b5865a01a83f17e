import { type EndpointSlice, type Endpoints, endpointSliceKind, endpointsKind, serviceKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { hasReason, type KindDefinition } from '@kubets/core';
import { MANAGED_BY_LABEL as ENDPOINTS_MANAGED_BY, MANAGER as ENDPOINTS_MANAGER } from '../endpoints/plan.ts';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../endpointslice/plan.ts';
import { deepEqual } from '../equality.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';

export const MIRROR_MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP_LABEL = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
/** Addresses mirrored of one subset. */
const MAX_PER_SUBSET = 1000;
const INDEX = 'mirrored';

/** The slices that say what hand-made endpoints say, one a subset and address family. */
export function planMirror(endpoints: Endpoints): EndpointSlice[] {
  const { name = '', namespace = '', labels = {}, annotations = {} } = endpoints.metadata;
  const {
    'kubectl.kubernetes.io/last-applied-configuration': _applied,
    'endpoints.kubernetes.io/last-change-trigger-time': _time,
    ...copied
  } = annotations;
  const metadata = {
    generateName: `${name}-`,
    namespace,
    labels: { ...labels, [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: MIRROR_MANAGER },
    ...(Object.keys(copied).length > 0 ? { annotations: copied } : {}),
    ownerReferences: [newControllerRef(endpoints, endpointsKind as unknown as KindDefinition<never>)],
  };
  return (endpoints.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const all = [
      ...addresses.map((address) => ({ ...address, ready: true })),
      ...notReadyAddresses.map((address) => ({ ...address, ready: false })),
    ].slice(0, MAX_PER_SUBSET);
    return (['IPv4', 'IPv6'] as const).flatMap((addressType) => {
      const own = all.filter(({ ip }) => ip.includes(':') === (addressType === 'IPv6'));
      if (own.length === 0) return [];
      const slice: EndpointSlice = {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata,
        addressType,
        ports: ports.map(({ name: portName = '', port, protocol = 'TCP', appProtocol }) => ({
          name: portName,
          port,
          protocol,
          ...(appProtocol ? { appProtocol } : {}),
        })),
        endpoints: own.map(({ ip, ready, hostname, nodeName, targetRef }) => ({
          addresses: [ip],
          conditions: { ready },
          ...(hostname ? { hostname } : {}),
          ...(nodeName ? { nodeName } : {}),
          ...(targetRef ? { targetRef } : {}),
        })),
      };
      return [slice];
    });
  });
}

/** Mirrors Endpoints that users have made for services without a selector into slices, which is what proxies read. */
export function endpointSliceMirroringController(context: ControllerContext): Controller {
  const services = context.informers.informer(serviceKind);
  const endpoints = context.informers.informer(endpointsKind);
  const slices = context.informers.informer(endpointSliceKind);
  const client = context.client.resource(endpointSliceKind);
  slices.addIndex(INDEX, ({ metadata }) => {
    const mirrored = metadata.labels?.[MANAGED_BY_LABEL] === MIRROR_MANAGER;
    return mirrored ? [`${metadata.namespace}/${metadata.labels?.[SERVICE_NAME_LABEL]}`] : [];
  });

  return {
    name: 'endpointslicemirroring',
    watches: [
      watch(services, ({ object }) => [keyOf(object)]),
      watch(endpoints, ({ object }) => [keyOf(object)]),
      watch(slices, ({ type, object }) => {
        const mirrored = object.metadata.labels?.[MANAGED_BY_LABEL] === MIRROR_MANAGER;
        return mirrored && type !== 'added'
          ? [`${object.metadata.namespace}/${object.metadata.labels?.[SERVICE_NAME_LABEL]}`]
          : [];
      }),
    ],
    async reconcile(key) {
      const source = endpoints.store.get(key);
      const service = services.store.get(key);
      const existing = slices.store.byIndex(INDEX, key).filter(({ metadata }) => !metadata.deletionTimestamp);
      const mirrors = source && service && isMirrored(source) && !Object.keys(service.spec?.selector ?? {}).length;
      const wanted = mirrors ? planMirror(source) : [];
      try {
        await apply(wanted, existing);
      } catch (error) {
        if (!isNamespaceTerminating(error)) throw error;
      }
    },
  };

  function isMirrored({ metadata }: Endpoints): boolean {
    if (metadata.labels?.[SKIP_LABEL] === 'true' || metadata.labels?.[ENDPOINTS_MANAGED_BY] === ENDPOINTS_MANAGER)
      return false;
    return metadata.annotations?.[LEADER_ANNOTATION] === undefined && !metadata.deletionTimestamp;
  }

  async function apply(wanted: readonly EndpointSlice[], existing: readonly EndpointSlice[]): Promise<void> {
    const left = new Set(existing);
    for (const slice of wanted) {
      const match = [...left].find(
        (known) => known.addressType === slice.addressType && deepEqual(known.ports ?? [], slice.ports ?? []),
      );
      if (!match) {
        await client.create(slice);
        continue;
      }
      left.delete(match);
      const metadata = { ...match.metadata, labels: slice.metadata.labels ?? {} };
      const next: EndpointSlice = { ...match, metadata, endpoints: slice.endpoints ?? [] };
      if (!deepEqual(next, match)) await client.update(next);
    }
    for (const { metadata } of left) {
      try {
        await client.delete(metadata.namespace ?? '', metadata.name ?? '');
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
  }
}
