import { endpointsKind, matchesLabels, podKind, serviceKind } from '@kubets/api';
import { keyOf, splitKey } from '@kubets/client';
import { hasReason, messageOf } from '@kubets/core';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';
import { servicesOfPod } from './backends.ts';
import { planEndpoints } from './plan.ts';

/** Keeps the Endpoints object of every service with a selector in line with its pods. */
export function endpointsController(context: ControllerContext): Controller {
  const services = context.informers.informer(serviceKind);
  const pods = context.informers.informer(podKind);
  const endpoints = context.informers.informer(endpointsKind);
  const client = context.client.resource(endpointsKind);
  const recorder = context.recorder('endpoint-controller');

  return {
    name: 'endpoints',
    watches: [
      watch(services, ({ object }) => [keyOf(object)]),
      watch(pods, (change) => servicesOfPod(services, change)),
      watch(endpoints, ({ type, object }) => (type === 'deleted' ? [keyOf(object)] : [])),
    ],
    async reconcile(key) {
      const { namespace, name } = splitKey(key);
      const service = services.store.get(key);
      const existing = endpoints.store.get(key);
      if (!service) {
        if (existing) await remove(namespace, name);
        return;
      }
      const selector = service.spec?.selector;
      if (!selector || Object.keys(selector).length === 0 || service.metadata.deletionTimestamp) return;
      const selected = pods.store.list(namespace).filter(({ metadata }) => matchesLabels(selector, metadata.labels));
      const wanted = planEndpoints(service, selected, existing);
      if (!wanted) return;
      try {
        await (existing ? client.update(wanted) : client.create(wanted));
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        const [verb, reason] = existing ? ['update', 'FailedToUpdateEndpoint'] : ['create', 'FailedToCreateEndpoint'];
        const message = `Failed to ${verb} endpoint for service ${key}: ${messageOf(error)}`;
        if (!hasReason(error, 'Conflict')) recorder.event(existing ?? service, 'Warning', reason, message);
        throw error;
      }
    },
  };

  async function remove(namespace: string, name: string): Promise<void> {
    await ignoring(client.delete(namespace, name), 'NotFound');
  }
}
