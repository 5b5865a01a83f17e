import { messageOf } from '@kubets/core';
import type { PodServices } from '../context.ts';
import type { ContainerConfig, RuntimeImage, RuntimeMount } from '../runtime.ts';
import type { PodContainer } from './containers.ts';
import { hostsFile, podHostname } from './dns.ts';
import { containerEnvironment } from './environment.ts';
import { expand } from './expansion.ts';
import { ANNOTATION, containerHash, LABEL, nameOf, namespaceOf, uidOf } from './identity.ts';
import { containerResources } from './resources.ts';
import { containerSecurity, verifyNonRoot } from './security.ts';
import type { PodView } from './view.ts';

export interface ContainerRequest {
  readonly view: PodView;
  readonly container: PodContainer;
  readonly attempt: number;
  readonly image: RuntimeImage;
  readonly podIps: readonly string[];
}

/** A container that cannot be made as its pod describes it: CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

function annotations(request: ContainerRequest, terminationMessageHostPath: string): Record<string, string> {
  const { container, attempt, view } = request;
  const { spec } = container;
  return {
    [ANNOTATION.hash]: containerHash(spec),
    [ANNOTATION.restartCount]: String(attempt),
    [ANNOTATION.terminationMessagePath]: spec.terminationMessagePath ?? '/dev/termination-log',
    [ANNOTATION.terminationMessagePolicy]: spec.terminationMessagePolicy ?? 'File',
    [ANNOTATION.terminationMessageHostPath]: terminationMessageHostPath,
    [ANNOTATION.podGracePeriod]: String(view.pod.spec.terminationGracePeriodSeconds ?? 30),
    ...(spec.lifecycle?.preStop ? { [ANNOTATION.preStopHandler]: JSON.stringify(spec.lifecycle.preStop) } : {}),
  };
}

function labels({ view, container }: ContainerRequest): Record<string, string> {
  return {
    [LABEL.podName]: nameOf(view.pod),
    [LABEL.podNamespace]: namespaceOf(view.pod),
    [LABEL.podUid]: uidOf(view.pod),
    [LABEL.containerName]: container.spec.name,
  };
}

function hosts(request: ContainerRequest, services: PodServices): string {
  const { pod } = request.view;
  const names = podHostname(pod, services.config.clusterDomain);
  return hostsFile({ pod, podIps: request.podIps, ...names, nodeHosts: services.nodeHosts() });
}

function imageReference(image: RuntimeImage): string {
  return image.id;
}

/** Everything the runtime needs to make one container. Throws `ContainerConfigError`. */
export async function containerConfig(request: ContainerRequest, services: PodServices): Promise<ContainerConfig> {
  try {
    return await build(request, services);
  } catch (error) {
    throw new ContainerConfigError(messageOf(error), { cause: error });
  }
}

async function build(request: ContainerRequest, services: PodServices): Promise<ContainerConfig> {
  const { view, container, attempt, image, podIps } = request;
  const { pod } = view;
  const { spec } = container;
  if (spec.volumeDevices?.length) throw new Error('raw block volumes (volumeDevices) are not implemented on this node');
  verifyNonRoot(pod, spec, image);
  const environment = await containerEnvironment({
    pod,
    container: spec,
    services: services.services(),
    sources: services.sources.forPod(uidOf(pod)),
    readVolumeFile: (volume, path) => services.volumes.readFile({ pod, volume, path }),
    context: { podIps, hostIps: services.hostIps(), allocatable: services.allocatable() },
  });
  const managesHosts = !(spec.volumeMounts ?? []).some(({ mountPath }) => mountPath === '/etc/hosts');
  const files = await services.volumes.containerFiles({
    pod,
    container: spec,
    attempt,
    environment,
    hosts: managesHosts ? hosts(request, services) : undefined,
  });
  const target = container.targetContainerName && view.containers.get(container.targetContainerName)?.latest.id;
  return {
    name: spec.name,
    attempt,
    image: imageReference(image),
    command: (spec.command ?? []).map((word) => expand(word, environment)),
    args: (spec.args ?? []).map((word) => expand(word, environment)),
    workingDir: spec.workingDir ?? '',
    env: [...environment].map(([name, value]) => ({ name, value })),
    mounts: sortedMounts(files.mounts),
    devices: [],
    labels: labels(request),
    annotations: annotations(request, files.terminationMessageHostPath),
    logPath: `${spec.name}/${attempt}.log`,
    stdin: spec.stdin ?? false,
    stdinOnce: spec.stdinOnce ?? false,
    tty: spec.tty ?? false,
    resources: containerResources(pod, spec, services.memoryCapacityBytes()),
    security: containerSecurity({
      pod,
      container: spec,
      image,
      options: services.security,
      ...(target ? { targetContainerId: target } : {}),
    }),
  };
}

/** Outer directories are mounted before what is inside them. */
function sortedMounts(mounts: readonly RuntimeMount[]): RuntimeMount[] {
  const depth = ({ containerPath }: RuntimeMount) => containerPath.split('/').filter(Boolean).length;
  return [...mounts].sort((a, b) => depth(a) - depth(b));
}
