import { type APIService, apiServiceKind, type CustomResourceDefinition } from '@kubets/api';
import type { Client } from '@kubets/client';
import { hasReason, type KindDefinition } from '@kubets/core';

const MANAGED_LABEL = 'kube-aggregator.kubernetes.io/automanaged';
/** Served from the start, or for as long as a definition is. */
const ON_START = 'onstart';
const ALWAYS = 'true';
const OWN_GROUP = 'apiregistration.k8s.io';

/** Priority of each built-in group, and of its versions. */
const GROUP_PRIORITIES: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  extensions: 17_790,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'admissionregistration.k8s.io': 16_700,
  'apiextensions.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'resource.k8s.io': 15_900,
};
const CUSTOM_PRIORITIES = { groupPriorityMinimum: 1_000, versionPriority: 100 };
const FIRST_VERSION_PRIORITY = 15;

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

const nameOf = ({ group, version }: GroupVersion) => `${version}.${group}`;

/** Of versions whose priority does not follow from their name, by `group/version`. */
const VERSION_PRIORITIES: Readonly<Record<string, number>> = {
  '/v1': 1,
  'admissionregistration.k8s.io/v1beta1': 12,
  'admissionregistration.k8s.io/v1alpha1': 9,
  'apps/v1beta1': 1,
  'apps/v1beta2': 1,
  'autoscaling/v2beta2': 1,
  'discovery.k8s.io/v1beta1': 12,
  'events.k8s.io/v1beta1': 5,
  'extensions/v1beta1': 1,
  'flowcontrol.apiserver.k8s.io/v1': 21,
  'flowcontrol.apiserver.k8s.io/v1beta3': 18,
  'flowcontrol.apiserver.k8s.io/v1beta2': 15,
  'flowcontrol.apiserver.k8s.io/v1beta1': 12,
  'flowcontrol.apiserver.k8s.io/v1alpha1': 9,
  'rbac.authorization.k8s.io/v1beta1': 12,
  'rbac.authorization.k8s.io/v1alpha1': 9,
};
const BETA_PRIORITY = 9;

/** The newest of a group's versions is preferred, and none of the retired ones. */
function versionPriorityOf({ group, version }: GroupVersion): number {
  const known = VERSION_PRIORITIES[`${group}/${version}`];
  if (known !== undefined) return known;
  const [, major = '1', stage] = /^v(\d+)(?:(alpha|beta)\d+)?$/.exec(version) ?? [];
  if (!stage) return Number(major) * FIRST_VERSION_PRIORITY;
  return stage === 'beta' ? BETA_PRIORITY : 1;
}

function serviceOf(served: GroupVersion, managed: string): APIService {
  const groupPriorityMinimum = GROUP_PRIORITIES[served.group];
  const priorities =
    groupPriorityMinimum === undefined || managed === ALWAYS
      ? CUSTOM_PRIORITIES
      : { groupPriorityMinimum, versionPriority: versionPriorityOf(served) };
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: nameOf(served), labels: { [MANAGED_LABEL]: managed } },
    spec: { ...(served.group ? { group: served.group } : {}), version: served.version, ...priorities },
  } as APIService;
}

/** The API services that stand for what this server serves itself from its start. */
export function builtInServices(kinds: readonly KindDefinition[]): APIService[] {
  const versions = new Map(kinds.map(({ group, version }) => [nameOf({ group, version }), { group, version }]));
  const listed = [...versions.values()].filter(({ group }) => group !== OWN_GROUP);
  return listed.map((served) => serviceOf(served, ON_START));
}

/** The API services that stand for the versions of established custom resources. */
export function customServices(definitions: Iterable<CustomResourceDefinition>): APIService[] {
  const found = new Map<string, APIService>();
  for (const { spec, status } of definitions) {
    if (!status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True')) continue;
    for (const { name, served } of spec.versions) {
      if (!served) continue;
      const service = serviceOf({ group: spec.group, version: name }, ALWAYS);
      found.set(service.metadata.name!, service);
    }
  }
  return [...found.values()];
}

/**
 * Brings the API services that are managed for this server in step with what it serves. Those that others have made, or have
 * taken over by removing the label, are left alone.
 */
export async function syncLocalServices(
  client: Client,
  { wanted, known }: { wanted: readonly APIService[]; known: ReadonlyMap<string, APIService> },
): Promise<void> {
  const services = client.resource(apiServiceKind);
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  for (const service of wanted) {
    if (known.has(service.metadata.name!)) continue;
    await services.create(service).catch((error) => {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    });
  }
  for (const [name, service] of known) {
    if (names.has(name) || !isManaged(service)) continue;
    await services.delete('', name).catch((error) => {
      if (!hasReason(error, 'NotFound')) throw error;
    });
  }
}

function isManaged({ metadata }: APIService): boolean {
  const label = metadata.labels?.[MANAGED_LABEL];
  return label === ON_START || label === ALWAYS;
}
