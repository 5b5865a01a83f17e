import type { Pod } from '@kubets/api';
import type { PodServices } from '../context.ts';
import type { ProbeTarget } from '../probes/handlers.ts';
import type { PodContainer } from './containers.ts';
import type { PodView } from './view.ts';

/** What the parts of a pod's worker know of the whole. */
export interface WorkerScope {
  readonly uid: string;
  readonly services: PodServices;
  /** Aborts when the worker is disposed, or the pod has left the node. */
  readonly signal: AbortSignal;
  /** The pod, with the resources that the node granted. */
  pod(): Pod;
  view(): PodView;
  podIps(): readonly string[];
  /** The pod is to end: nothing more is started for it. */
  isEnding(): boolean;
  event(type: 'Normal' | 'Warning', reason: string, message: string, container?: PodContainer): void;
  /** Runs work in the background; when it ends, the pod is looked at again. */
  background(work: Promise<unknown>): void;
  /** Something happened to the pod's containers, or may have: the runtime is asked again. */
  stale(): void;
  /** Something else changed: the next step is worked out again. */
  wake(): void;
}

/** Where the probes and hooks of a container find it. */
export function probeTarget(scope: WorkerScope, container: PodContainer, containerId: string): ProbeTarget {
  const { runtime, transport } = scope.services;
  const podIp = scope.podIps()[0] ?? '';
  return { pod: scope.pod(), container: container.spec, containerId, podIp, runtime, transport };
}
