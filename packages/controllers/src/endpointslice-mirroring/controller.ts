import {
  type EndpointSlice,
  type Endpoints,
  endpointSliceKind,
  endpointsKind,
  type Service,
  serviceKind,
} from '@kubets/api';
import { type Informer, keyOf, type ResourceClient } from '@kubets/client';
import { MANAGED_BY_LABEL as ENDPOINTS_MANAGED_BY, MANAGER as ENDPOINTS_MANAGER } from '../endpoints/plan.ts';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../endpointslice/plan.ts';
import { deepEqual } from '../equality.ts';
import { newControllerRef } from '../ownership/controller-ref.ts';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, type Watch, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';

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
    ownerReferences: [newControllerRef(endpoints, endpointsKind)],
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
export class EndpointSliceMirroringController implements Controller {
  readonly name = 'endpointslicemirroring';
  readonly watches: readonly Watch[];
  readonly #services: Informer<Service>;
  readonly #endpoints: Informer<Endpoints>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #client: ResourceClient<EndpointSlice>;

  constructor(context: ControllerContext) {
    this.#services = context.informers.informer(serviceKind);
    this.#endpoints = context.informers.informer(endpointsKind);
    this.#slices = context.informers.informer(endpointSliceKind);
    this.#client = context.client.resource(endpointSliceKind);
    this.#slices.addIndex(INDEX, endpointsKeys);
    this.watches = [
      watch(this.#services, ({ object }) => [keyOf(object)]),
      watch(this.#endpoints, ({ object }) => [keyOf(object)]),
      watch(this.#slices, ({ type, object }) => (type === 'added' ? [] : endpointsKeys(object))),
    ];
  }

  async reconcile(key: string) {
    const source = this.#endpoints.store.get(key);
    const service = this.#services.store.get(key);
    const existing = this.#slices.store.byIndex(INDEX, key).filter(({ metadata }) => !metadata.deletionTimestamp);
    const mirrors = source && service && isMirrored(source) && !Object.keys(service.spec?.selector ?? {}).length;
    const wanted = mirrors ? planMirror(source) : [];
    try {
      await this.#apply(wanted, existing);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  }

  async #apply(wanted: readonly EndpointSlice[], existing: readonly EndpointSlice[]): Promise<void> {
    const left = new Set(existing);
    for (const slice of wanted) {
      const match = [...left].find(
        (known) => known.addressType === slice.addressType && deepEqual(known.ports ?? [], slice.ports ?? []),
      );
      if (!match) {
        await this.#client.create(slice);
        continue;
      }
      left.delete(match);
      const metadata = { ...match.metadata, labels: slice.metadata.labels ?? {} };
      const next: EndpointSlice = { ...match, metadata, endpoints: slice.endpoints ?? [] };
      if (!deepEqual(next, match)) await this.#client.update(next);
    }
    for (const { metadata } of left) {
      await ignoring(this.#client.delete(metadata.namespace ?? '', metadata.name ?? ''), 'NotFound');
    }
  }
}

function isMirrored({ metadata }: Endpoints): boolean {
  if (metadata.labels?.[SKIP_LABEL] === 'true' || metadata.labels?.[ENDPOINTS_MANAGED_BY] === ENDPOINTS_MANAGER)
    return false;
  return metadata.annotations?.[LEADER_ANNOTATION] === undefined && !metadata.deletionTimestamp;
}

/** The key of the endpoints that a slice made here is a mirror of. */
function endpointsKeys({ metadata }: EndpointSlice): string[] {
  if (metadata.labels?.[MANAGED_BY_LABEL] !== MIRROR_MANAGER) return [];
  return [`${metadata.namespace}/${metadata.labels[SERVICE_NAME_LABEL]}`];
}
