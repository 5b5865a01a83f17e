import { field, type Infer, list, map, message, string } from '@kubets/core';
import { apiServiceKind } from '../apiregistration/api-service.ts';
import { leaseKind } from '../coordination/lease.ts';
import { ObjectReference } from '../core/reference.ts';
import {
  EndpointConditions,
  EndpointHints,
  type EndpointSlice,
  EndpointSlicePort,
  endpointSliceKind,
} from '../discovery/endpoint-slice.ts';
import { eventFromEventsV1, eventToEventsV1 } from '../events/conversion.ts';
import { type EventsEvent, eventsEventKind } from '../events/event.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { Overhead, type RuntimeClass, runtimeClassKind, Scheduling } from '../runtime/runtime-class.ts';
import { priorityClassKind } from '../scheduling/priority-class.ts';
import { csiDriverKind } from '../storage/csi-driver.ts';
import { csiNodeKind } from '../storage/csi-node.ts';
import { csiStorageCapacityKind } from '../storage/csi-storage-capacity.ts';
import { storageClassKind } from '../storage/storage-class.ts';
import { volumeAttachmentKind } from '../storage/volume-attachment.ts';
import { volumeAttributesClassKind } from '../storage/volume-attributes-class.ts';
import { olderVersion } from './older-version.ts';
import { lessDemanding } from './optional-fields.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';
const HOSTNAME_LABEL = 'kubernetes.io/hostname';

const LegacyEndpoint = message('io.k8s.api.discovery.v1beta1.Endpoint', 'One backend of a service.', {
  addresses: field(1, list(string), 'Addresses of the endpoint; consumers use the first.').required().set(),
  conditions: field(2, EndpointConditions, 'State of the endpoint.').default({}),
  hostname: field(3, string, 'Host name of the endpoint, for its own DNS record.').pointer(),
  targetRef: field(4, ObjectReference, 'Object behind the endpoint, usually a pod.'),
  topology: field(5, map(string), 'Where the endpoint is, as labels of its node.'),
  nodeName: field(6, string, 'Node that the endpoint is on.').pointer(),
  hints: field(7, EndpointHints, 'Who should use the endpoint.'),
});

const LegacyEndpointSlice = message(
  'io.k8s.api.discovery.v1beta1.EndpointSlice',
  'Some of the backends of a service.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    endpoints: field(2, list(LegacyEndpoint), 'The backends, at most 1000.').atomic(),
    ports: field(3, list(EndpointSlicePort), 'Ports that each of them serves.').atomic(),
    addressType: field(4, string, 'Kind of the addresses: IPv4, IPv6 or FQDN; cannot change.').required().default(''),
  },
);

/** An EndpointSlice of discovery.k8s.io/v1beta1, in which zones are labels. */
export interface LegacyEndpointSlice extends Infer<typeof LegacyEndpointSlice> {}

function sliceToCurrent(slice: LegacyEndpointSlice): EndpointSlice {
  const endpoints = slice.endpoints?.map(({ topology, ...endpoint }) => {
    const { [ZONE_LABEL]: zone, [HOSTNAME_LABEL]: hostname, ...labels } = topology ?? {};
    return {
      ...(hostname === undefined ? {} : { nodeName: hostname }),
      ...endpoint,
      ...(zone === undefined ? {} : { zone }),
      ...(Object.keys(labels).length > 0 ? { deprecatedTopology: labels } : {}),
    };
  });
  return { ...slice, ...(endpoints ? { endpoints } : {}) } as EndpointSlice;
}

function sliceFromCurrent(slice: EndpointSlice): LegacyEndpointSlice {
  const endpoints = slice.endpoints?.map(({ zone, deprecatedTopology, ...endpoint }) => {
    const { nodeName } = endpoint;
    const topology = {
      ...deprecatedTopology,
      ...(zone === undefined ? {} : { [ZONE_LABEL]: zone }),
      ...(nodeName === undefined ? {} : { [HOSTNAME_LABEL]: nodeName }),
    };
    return { ...endpoint, ...(Object.keys(topology).length > 0 ? { topology } : {}) };
  });
  return { ...slice, ...(endpoints ? { endpoints } : {}) } as LegacyEndpointSlice;
}

const AlphaRuntimeClassSpec = message('io.k8s.api.node.v1alpha1.RuntimeClassSpec', 'How containers are run.', {
  runtimeHandler: field(1, string, "Name of the runtime's configuration on the node; cannot change.")
    .required()
    .default(''),
  overhead: field(2, Overhead, 'What running a pod costs beside its containers.'),
  scheduling: field(3, Scheduling, 'Which nodes can run such pods; all without it.'),
});

const AlphaRuntimeClass = message(
  'io.k8s.api.node.v1alpha1.RuntimeClass',
  'A way to run containers that pods may choose.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, AlphaRuntimeClassSpec, 'How containers are run.').required().default({}),
  },
);
interface AlphaRuntimeClass extends Infer<typeof AlphaRuntimeClass> {}

const eventsV1beta1 = olderVersion(eventsEventKind, { version: 'v1beta1' });

export const legacyClusterKinds = [
  olderVersion(leaseKind, { version: 'v1beta1' }),
  olderVersion<LegacyEndpointSlice, EndpointSlice>(endpointSliceKind, {
    version: 'v1beta1',
    schema: LegacyEndpointSlice,
    toCurrent: sliceToCurrent,
    fromCurrent: sliceFromCurrent,
  }),
  {
    ...eventsV1beta1,
    // Events of this group are themselves a view: of the core group's.
    storedAs: {
      group: '',
      version: 'v1',
      toStored: eventFromEventsV1,
      fromStored: (event): EventsEvent => ({ ...eventToEventsV1(event), apiVersion: 'events.k8s.io/v1beta1' }),
    },
  } satisfies typeof eventsV1beta1,
  olderVersion(priorityClassKind, { version: 'v1alpha1' }),
  olderVersion(priorityClassKind, { version: 'v1beta1' }),
  olderVersion<AlphaRuntimeClass, RuntimeClass>(runtimeClassKind, {
    version: 'v1alpha1',
    schema: AlphaRuntimeClass,
    toCurrent: ({ spec: { runtimeHandler: handler, ...spec }, ...object }) => ({ ...object, handler, ...spec }),
    fromCurrent: ({ handler, overhead, scheduling, ...object }) => ({
      ...object,
      spec: {
        runtimeHandler: handler,
        ...(overhead ? { overhead } : {}),
        ...(scheduling ? { scheduling } : {}),
      },
    }),
  }),
  olderVersion(runtimeClassKind, { version: 'v1beta1' }),
  olderVersion(storageClassKind, { version: 'v1beta1' }),
  olderVersion(volumeAttachmentKind, { version: 'v1beta1' }),
  olderVersion(csiDriverKind, { version: 'v1beta1' }),
  olderVersion(csiNodeKind, { version: 'v1beta1' }),
  olderVersion(csiStorageCapacityKind, { version: 'v1beta1' }),
  olderVersion(volumeAttributesClassKind, { version: 'v1beta1' }),
  olderVersion(volumeAttachmentKind, { version: 'v1alpha1' }),
  olderVersion(csiStorageCapacityKind, { version: 'v1alpha1' }),
  olderVersion(volumeAttributesClassKind, { version: 'v1alpha1' }),
  olderVersion(apiServiceKind, {
    version: 'v1beta1',
    schema: lessDemanding(apiServiceKind.schema, {
      name: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1beta1.APIService',
    }),
  }),
] as const;
