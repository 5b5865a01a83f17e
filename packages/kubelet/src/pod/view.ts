import type { Container, Pod, ResourceRequirements } from '@kubets/api';
import type { ContainerDetails, Sandbox } from '../runtime.ts';
import type { BackOffEntry } from './back-off.ts';
import type { PendingResize } from './resize.ts';

/** What is known of one container name in a pod, over all of its restarts. */
export interface ContainerHistory {
  readonly latest: ContainerDetails;
  /** The one before, if it still exists. */
  readonly previous?: ContainerDetails;
}

/** What the probes say of a running container. */
export interface ProbeState {
  /** The startup probe, if any, has succeeded. */
  readonly isStarted: boolean;
  readonly isReady: boolean;
  /** The probe that wants the container killed. */
  readonly failed?: 'liveness' | 'startup';
}

/** Why a container is not running, as its status shows it. */
export interface WaitingReason {
  readonly reason: string;
  readonly message?: string;
}

/** The pod is to end. */
export interface Termination {
  /** `deleted`: by request; `completed`: it ran to its end; `evicted`: the node or a deadline ends it. */
  readonly cause: 'deleted' | 'completed' | 'evicted';
  readonly graceSeconds: number;
  /** For evictions, `status.reason` and `status.message`. */
  readonly reason?: string;
  readonly message?: string;
  /** The node ends the pod for its own sake: the condition DisruptionTarget says so. */
  readonly isDisruption?: boolean;
  readonly startedAtMs: number;
}

/** Long-running work already under way, which must not be started twice. */
export interface BusyState {
  readonly sandbox: boolean;
  readonly starting: boolean;
  /** Ids of containers being stopped. */
  readonly stopping: ReadonlySet<string>;
}

/** How far a change of resources in place is. */
export interface ResizeState {
  readonly pending?: PendingResize;
  readonly isInProgress: boolean;
  /** Why it failed; '' when it did not. */
  readonly error: string;
  /** What running containers have meanwhile, by id. */
  readonly applied: ReadonlyMap<string, ResourceRequirements>;
}

/** Everything that the next step of a pod depends on. */
export interface PodView {
  readonly pod: Pod;
  readonly nowMs: number;
  /** The newest sandbox, ready or not. */
  readonly sandbox: Sandbox | undefined;
  readonly containers: ReadonlyMap<string, ContainerHistory>;
  readonly probes: ReadonlyMap<string, ProbeState>;
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly backOff: ReadonlyMap<string, BackOffEntry>;
  /** Containers whose last start failed, and when the next may be tried. */
  readonly held: ReadonlyMap<string, number>;
  readonly busy: BusyState;
  readonly termination: Termination | undefined;
  /** The node did not take the pod: nothing of it was ever made. */
  readonly isRejected: boolean;
  /** A change of resources in place that is wanted, or under way. */
  readonly resize: ResizeState;
  /** When the kubelet accepted the pod. */
  readonly startTimeMs: number;
  /** What a running container's hash annotation must equal; where it differs the container is replaced. */
  readonly hashOf: (container: Pick<Container, 'name' | 'image'>) => string;
}

/** The newest container of a name, if it belongs to the pod's present sandbox. */
export function currentContainer(view: PodView, name: string): ContainerDetails | undefined {
  const latest = view.containers.get(name)?.latest;
  return latest && latest.sandboxId === view.sandbox?.id ? latest : undefined;
}

export const isRunning = (container: ContainerDetails | undefined): boolean => container?.state === 'running';
