import {
  type EndpointSlice,
  endpointSliceKind,
  matchesLabels,
  type Node,
  nodeKind,
  type Pod,
  podKind,
  type Service,
  serviceKind,
} from '@kubets/api';
import { type EventRecorder, type Informer, keyOf, type ResourceClient, splitKey } from '@kubets/client';
import { hasReason, messageOf } from '@kubets/core';
import { servicesOfPod } from '../endpoints/backends.ts';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import { type Change, type Controller, type ControllerContext, type Watch, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';
import { MANAGED_BY_LABEL, MANAGER, planSlices, SERVICE_NAME_LABEL, type SlicePlan } from './plan.ts';

const SERVICE_INDEX = 'service';
const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Keeps the endpoint slices of every service with a selector in line with its pods. */
export class EndpointSliceController implements Controller {
  readonly name = 'endpointslice';
  readonly watches: readonly Watch[];
  readonly #services: Informer<Service>;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #client: ResourceClient<EndpointSlice>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#services = context.informers.informer(serviceKind);
    this.#pods = context.informers.informer(podKind);
    this.#nodes = context.informers.informer(nodeKind);
    this.#slices = context.informers.informer(endpointSliceKind);
    this.#client = context.client.resource(endpointSliceKind);
    this.#recorder = context.recorder('endpoint-slice-controller');
    this.#slices.addIndex(SERVICE_INDEX, serviceKeys);
    this.watches = [
      watch(this.#services, ({ object }) => [keyOf(object)]),
      watch(this.#pods, (change) => servicesOfPod(this.#services, change)),
      watch(this.#slices, sliceKeys),
      watch(this.#nodes, (change) => this.#nodeKeys(change)),
    ];
  }

  async reconcile(key: string) {
    const { namespace } = splitKey(key);
    const service = this.#services.store.get(key);
    const existing = this.#slices.store
      .byIndex(SERVICE_INDEX, key)
      .filter(({ metadata }) => !metadata.deletionTimestamp);
    if (!service) return;
    const selector = service.spec?.selector;
    if (!selector || Object.keys(selector).length === 0 || service.metadata.deletionTimestamp) return;
    if (service.spec?.type === 'ExternalName') {
      await Promise.all(existing.map((slice) => this.#remove(slice)));
      return;
    }
    const selected = this.#pods.store
      .list(namespace)
      .filter(({ metadata }) => matchesLabels(selector, metadata.labels));
    const plan = planSlices({ service, pods: selected, existing, node: (name) => this.#nodes.store.get(name) });
    try {
      await this.#apply(plan);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      const message = `Error updating Endpoint Slices for Service ${key}: ${messageOf(error)}`;
      if (!hasReason(error, 'Conflict'))
        this.#recorder.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
      throw error;
    }
  }

  /** A node that moves to another zone, or comes to be known, changes what slices say of every pod on it. */
  #nodeKeys({ type, object, old }: Change<Node>): string[] {
    const zone = (node: Node | undefined) => node?.metadata.labels?.[ZONE_LABEL];
    if (type === 'deleted' || zone(object) === zone(old)) return [];
    return this.#services.store.list().map(keyOf);
  }

  async #apply(plan: SlicePlan): Promise<void> {
    await Promise.all(plan.creates.map((slice) => this.#client.create(slice)));
    await Promise.all(plan.updates.map((slice) => this.#client.update(slice)));
    await Promise.all(plan.deletes.map((slice) => this.#remove(slice)));
  }

  async #remove({ metadata }: EndpointSlice): Promise<void> {
    await ignoring(this.#client.delete(metadata.namespace ?? '', metadata.name ?? ''), 'NotFound');
  }
}

/** The key of the service that a slice made here is of. */
function serviceKeys({ metadata }: EndpointSlice): string[] {
  const { labels, namespace } = metadata;
  if (labels?.[MANAGED_BY_LABEL] !== MANAGER || !labels[SERVICE_NAME_LABEL]) return [];
  return [`${namespace}/${labels[SERVICE_NAME_LABEL]}`];
}

function sliceKeys({ type, object, old }: Change<EndpointSlice>): string[] {
  return type === 'added' ? [] : [...serviceKeys(object), ...(old ? serviceKeys(old) : [])];
}
