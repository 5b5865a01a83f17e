import { applyClaimSpecDefaults } from '../claim-defaults.ts';
import type { Container, EphemeralContainer, HTTPGetAction, LifecycleHandler, Probe } from '../container.ts';
import type { Pod, PodSpec, PodStatus, PodTemplateSpec } from '../pod.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from '../reference.ts';
import { roundUpResources } from '../resource-list.ts';
import type { DownwardAPIVolumeFile, Volume, VolumeProjection } from '../volume.ts';
import { defaultPullPolicy } from './image.ts';
import { applyPodLevelResourceDefaults } from './resources.ts';

/** Permission bits 0644, which files of projected volumes have unless told otherwise. */
const DEFAULT_FILE_MODE = 0o644;

/** Defaults of a pod itself: those of its spec, and some that templates leave to the pods made from them. */
export function applyPodDefaults(pod: Pod): void {
  const { spec, status } = pod;
  applyPodSpecDefaults(spec);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) requestLimits(container);
  applyPodLevelResourceDefaults(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) defaultHostPorts(spec);
  if (status) alignPodIPs(status);
}

/** Defaults of a template, as workloads embed it. */
export function applyPodTemplateDefaults(template: PodTemplateSpec | undefined): void {
  if (template?.spec) applyPodSpecDefaults(template.spec);
}

/** Defaults of a pod's specification, whether it stands in a pod or in a template. */
export function applyPodSpecDefaults(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  alignServiceAccount(spec);
  roundUpResources(spec.overhead);
  roundUpResources(spec.resources?.limits);
  roundUpResources(spec.resources?.requests);
  for (const volume of spec.volumes ?? []) applyVolumeDefaults(volume);
  for (const container of spec.initContainers ?? []) applyContainerDefaults(container);
  for (const container of spec.containers ?? []) applyContainerDefaults(container);
  for (const container of spec.ephemeralContainers ?? []) applyContainerDefaults(container);
}

/** `serviceAccount` is the old name of `serviceAccountName`; both always say the same. */
function alignServiceAccount(spec: PodSpec): void {
  spec.serviceAccountName ||= spec.serviceAccount ?? '';
  if (spec.serviceAccountName) {
    spec.serviceAccount = spec.serviceAccountName;
  } else {
    delete spec.serviceAccountName;
    delete spec.serviceAccount;
  }
}

/** Status has a pod's first address twice; the older, single field wins. */
function alignPodIPs(status: PodStatus): void {
  const { podIP, podIPs } = status;
  if (podIP && podIPs?.[0]?.ip !== podIP) status.podIPs = [{ ip: podIP }];
  else if (!podIP && podIPs?.[0]) status.podIP = podIPs[0].ip;
}

/** On the host's network a container port is a host port, so that the scheduler sees who would collide. */
function defaultHostPorts(spec: PodSpec): void {
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
}

/** A container that limits a resource and does not say what it requests requests the limit. */
function requestLimits(container: Container): void {
  const { resources } = container;
  if (!resources?.limits || Object.keys(resources.limits).length === 0) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

function applyContainerDefaults(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image);
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  roundUpResources(container.resources?.limits);
  roundUpResources(container.resources?.requests);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) applyProbeDefaults(probe);
  }
  applyHandlerDefaults(container.lifecycle?.postStart);
  applyHandlerDefaults(container.lifecycle?.preStop);
  for (const { valueFrom } of container.env ?? []) {
    applyFieldRefDefaults(valueFrom?.fieldRef);
    applyResourceRefDefaults(valueFrom?.resourceFieldRef);
  }
}

function applyProbeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  applyHttpGetDefaults(probe.httpGet);
}

function applyHandlerDefaults(handler: LifecycleHandler | undefined): void {
  applyHttpGetDefaults(handler?.httpGet);
}

function applyHttpGetDefaults(action: HTTPGetAction | undefined): void {
  if (!action) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function applyFieldRefDefaults(reference: ObjectFieldSelector | undefined): void {
  if (reference) reference.apiVersion ||= 'v1';
}

function applyResourceRefDefaults(reference: ResourceFieldSelector | undefined): void {
  if (reference) reference.divisor ??= '0';
}

function applyVolumeDefaults(volume: Volume): void {
  const { name: _, ...sources } = volume;
  if (Object.values(sources).every((source) => source === undefined || source === null)) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= DEFAULT_FILE_MODE;
  if (volume.configMap) volume.configMap.defaultMode ??= DEFAULT_FILE_MODE;
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference);
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= DEFAULT_FILE_MODE;
    applyDownwardDefaults(volume.downwardAPI.items);
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= DEFAULT_FILE_MODE;
    for (const source of volume.projected.sources ?? []) applyProjectionDefaults(source);
  }
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim) applyClaimSpecDefaults(claim);
}

function applyProjectionDefaults(source: VolumeProjection): void {
  if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
  if (source.podCertificate) source.podCertificate.maxExpirationSeconds ??= 86_400;
  applyDownwardDefaults(source.downwardAPI?.items);
}

function applyDownwardDefaults(items: readonly DownwardAPIVolumeFile[] | undefined): void {
  for (const item of items ?? []) {
    applyFieldRefDefaults(item.fieldRef);
    applyResourceRefDefaults(item.resourceFieldRef);
  }
}
