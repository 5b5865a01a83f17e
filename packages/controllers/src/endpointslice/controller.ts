import { type EndpointSlice, endpointSliceKind, type Node, nodeKind, podKind, serviceKind } from '@kubets/api';
import { keyOf, matchesLabels, splitKey } from '@kubets/client';
import { hasReason } from '@kubets/core';
import { servicesOfPod } from '../endpoints/backends.ts';
import { isNamespaceTerminating, messageOf } from '../pods/pod-control.ts';
import { type Change, type Controller, type ControllerContext, watch } from '../runner/controller.ts';
import { MANAGED_BY_LABEL, MANAGER, planSlices, SERVICE_NAME_LABEL, type SlicePlan } from './plan.ts';

const SERVICE_INDEX = 'service';
const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Keeps the endpoint slices of every service with a selector in line with its pods. */
export function endpointSliceController(context: ControllerContext): Controller {
  const services = context.informers.informer(serviceKind);
  const pods = context.informers.informer(podKind);
  const nodes = context.informers.informer(nodeKind);
  const slices = context.informers.informer(endpointSliceKind);
  const client = context.client.resource(endpointSliceKind);
  const recorder = context.recorder('endpoint-slice-controller');
  slices.addIndex(SERVICE_INDEX, (slice) => {
    const labels = slice.metadata.labels;
    if (labels?.[MANAGED_BY_LABEL] !== MANAGER || !labels[SERVICE_NAME_LABEL]) return [];
    return [`${slice.metadata.namespace}/${labels[SERVICE_NAME_LABEL]}`];
  });

  return {
    name: 'endpointslice',
    watches: [
      watch(services, ({ object }) => [keyOf(object)]),
      watch(pods, (change) => servicesOfPod(services, change)),
      watch(slices, sliceKeys),
      watch(nodes, nodeKeys),
    ],
    async reconcile(key) {
      const { namespace } = splitKey(key);
      const service = services.store.get(key);
      const existing = slices.store.byIndex(SERVICE_INDEX, key).filter(({ metadata }) => !metadata.deletionTimestamp);
      if (!service) return;
      const selector = service.spec?.selector;
      if (!selector || Object.keys(selector).length === 0 || service.metadata.deletionTimestamp) return;
      if (service.spec?.type === 'ExternalName') {
        await Promise.all(existing.map(remove));
        return;
      }
      const selected = pods.store.list(namespace).filter(({ metadata }) => matchesLabels(selector, metadata.labels));
      const plan = planSlices({ service, pods: selected, existing, node: (name) => nodes.store.get(name) });
      try {
        await apply(plan);
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        const message = `Error updating Endpoint Slices for Service ${key}: ${messageOf(error)}`;
        if (!hasReason(error, 'Conflict')) recorder.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
        throw error;
      }
    },
  };

  function sliceKeys({ type, object, old }: Change<EndpointSlice>): string[] {
    if (type === 'added') return [];
    const keyOfSlice = ({ metadata }: EndpointSlice) => {
      const { labels, namespace } = metadata;
      if (labels?.[MANAGED_BY_LABEL] !== MANAGER || !labels[SERVICE_NAME_LABEL]) return [];
      return [`${namespace}/${labels[SERVICE_NAME_LABEL]}`];
    };
    return [...keyOfSlice(object), ...(old ? keyOfSlice(old) : [])];
  }

  /** A node that moves to another zone, or comes to be known, changes what slices say of every pod on it. */
  function nodeKeys({ type, object, old }: Change<Node>): string[] {
    const zone = (node: Node | undefined) => node?.metadata.labels?.[ZONE_LABEL];
    if (type === 'deleted' || zone(object) === zone(old)) return [];
    return services.store.list().map(keyOf);
  }

  async function apply(plan: SlicePlan): Promise<void> {
    await Promise.all(plan.creates.map((slice) => client.create(slice)));
    await Promise.all(plan.updates.map((slice) => client.update(slice)));
    await Promise.all(plan.deletes.map(remove));
  }

  async function remove({ metadata }: EndpointSlice): Promise<void> {
    try {
      await client.delete(metadata.namespace ?? '', metadata.name ?? '');
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
