import type { Container, Pod } from '@kubets/api';
import type {
  ContainerSecurity,
  NamespaceOptions,
  RuntimeImage,
  SandboxSecurity,
  SecurityProfile,
} from '../runtime.ts';
import { describePod } from './identity.ts';

/** Kernel interfaces that containers must not see, and those that they must not write. */
const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READ_ONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

type Profile = { type?: string; localhostProfile?: string } | undefined;

function runtimeProfile(profile: Profile, fallback: SecurityProfile['type'], localhostRoot: string): SecurityProfile {
  if (profile?.type === 'Localhost')
    return { type: 'Localhost', localhostRef: `${localhostRoot}${profile.localhostProfile ?? ''}` };
  if (profile?.type === 'RuntimeDefault' || profile?.type === 'Unconfined') return { type: profile.type };
  return { type: fallback };
}

export interface SecurityOptions {
  /** Where profiles of type Localhost are, with a trailing slash. */
  readonly seccompProfileRoot: string;
  /** Seccomp for containers that say nothing. */
  readonly seccompDefault: boolean;
  readonly hasAppArmor: boolean;
}

export function podNamespaces(pod: Pod): NamespaceOptions {
  return {
    network: pod.spec.hostNetwork ? 'node' : 'pod',
    pid: pod.spec.hostPID ? 'node' : pod.spec.shareProcessNamespace ? 'pod' : 'container',
    ipc: pod.spec.hostIPC ? 'node' : 'pod',
  };
}

export function isPrivileged(pod: Pod): boolean {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].some(
    (container) => container.securityContext?.privileged ?? false,
  );
}

/** Groups that processes of a pod belong to beside their own. */
function supplementalGroups(pod: Pod): number[] {
  const context = pod.spec.securityContext;
  return [...(context?.fsGroup === undefined ? [] : [context.fsGroup]), ...(context?.supplementalGroups ?? [])];
}

export function sandboxSecurity(pod: Pod, options: SecurityOptions): SandboxSecurity {
  const context = pod.spec.securityContext;
  const seccompFallback = options.seccompDefault ? 'RuntimeDefault' : 'Unconfined';
  return {
    namespaces: podNamespaces(pod),
    privileged: isPrivileged(pod),
    ...(context?.runAsUser === undefined ? {} : { runAsUser: context.runAsUser }),
    ...(context?.runAsGroup === undefined || context.runAsUser === undefined ? {} : { runAsGroup: context.runAsGroup }),
    supplementalGroups: supplementalGroups(pod),
    seccomp: runtimeProfile(
      context?.seccompProfile ?? { type: 'RuntimeDefault' },
      seccompFallback,
      options.seccompProfileRoot,
    ),
    ...(context?.seLinuxOptions ? { seLinux: context.seLinuxOptions } : {}),
  };
}

/** Throws, with the message of a CreateContainerConfigError, when a container that must not would run as root. */
export function verifyNonRoot(pod: Pod, container: Container, image: RuntimeImage | undefined): void {
  const podContext = pod.spec.securityContext;
  const context = container.securityContext;
  if (!(context?.runAsNonRoot ?? podContext?.runAsNonRoot)) return;
  const where = `(pod: ${JSON.stringify(describePod(pod))}, container: ${container.name})`;
  const user = context?.runAsUser ?? podContext?.runAsUser;
  if (user !== undefined) {
    if (user === 0) throw new Error(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (image?.username)
    throw new Error(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    );
  if (!image?.userId) throw new Error(`container has runAsNonRoot and image will run as root ${where}`);
}

function userOf(pod: Pod, container: Container, image: RuntimeImage | undefined) {
  const user = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  if (user !== undefined) return { runAsUser: user };
  if (image?.userId !== undefined) return { runAsUser: image.userId };
  return image?.username ? { runAsUsername: image.username } : {};
}

export function containerSecurity(request: {
  pod: Pod;
  container: Container;
  image: RuntimeImage | undefined;
  options: SecurityOptions;
  targetContainerId?: string;
}): ContainerSecurity {
  const { pod, container, image, options, targetContainerId } = request;
  const context = container.securityContext;
  const podContext = pod.spec.securityContext;
  const privileged = context?.privileged ?? false;
  const isUnmasked = context?.procMount === 'Unmasked' || privileged;
  const group = context?.runAsGroup ?? podContext?.runAsGroup;
  const seLinux = context?.seLinuxOptions ?? podContext?.seLinuxOptions;
  const user = userOf(pod, container, image);
  const namespaces = podNamespaces(pod);
  const seccompFallback = options.seccompDefault ? 'RuntimeDefault' : 'Unconfined';
  const appArmor = context?.appArmorProfile ?? podContext?.appArmorProfile;
  return {
    namespaces: targetContainerId ? { ...namespaces, pid: 'target', targetId: targetContainerId } : namespaces,
    addCapabilities: context?.capabilities?.add ?? [],
    dropCapabilities: context?.capabilities?.drop ?? [],
    privileged,
    readOnlyRootFilesystem: context?.readOnlyRootFilesystem ?? false,
    noNewPrivileges: context?.allowPrivilegeEscalation === false,
    ...user,
    // A group needs a user to go with it, or the runtime refuses the container.
    ...(group === undefined ? {} : { runAsGroup: group, ...(Object.keys(user).length > 0 ? {} : { runAsUser: 0 }) }),
    supplementalGroups: supplementalGroups(pod),
    maskedPaths: isUnmasked ? [] : MASKED_PATHS,
    readOnlyPaths: isUnmasked ? [] : READ_ONLY_PATHS,
    seccomp: privileged
      ? { type: 'Unconfined' }
      : runtimeProfile(
          context?.seccompProfile ?? podContext?.seccompProfile,
          seccompFallback,
          options.seccompProfileRoot,
        ),
    ...(options.hasAppArmor && !privileged ? { appArmor: runtimeProfile(appArmor, 'RuntimeDefault', '') } : {}),
    ...(seLinux ? { seLinux } : {}),
  };
}
