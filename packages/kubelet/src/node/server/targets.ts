import type { ContainerStatus } from '@kubets/api';
import type { Kubelet } from '../../kubelet.ts';
import type { PodWorker } from '../../pod/worker.ts';
import type { ContainerDetails } from '../../runtime.ts';

/** A request that cannot be served; answered as text with this status. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function findPod(kubelet: Kubelet, namespace: string, name: string, uid?: string): PodWorker {
  const worker = kubelet.pod(namespace, name, uid);
  if (!worker) throw new RequestError(404, `pod does not exist`);
  return worker;
}

/** The running container of a name, for exec and attach. */
export function runningContainer(worker: PodWorker, name: string): ContainerDetails {
  const latest = worker.history.get(name)?.latest;
  if (latest?.state !== 'running') throw new RequestError(404, `container not found (${JSON.stringify(name)})`);
  return latest;
}

/** Whether the container was given a terminal. Whoever attaches to it has to take it as it is. */
export function hasTerminal({ pod }: PodWorker, name: string): boolean {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  return [...containers, ...initContainers, ...ephemeralContainers].some((each) => each.name === name && each.tty);
}

function statusOf(worker: PodWorker, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = worker.status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    (each) => each.name === name,
  );
}

/** The container whose log is meant: the present one, or the one before. Throws with upstream's explanations. */
export function loggedContainer(worker: PodWorker, name: string, isPrevious: boolean): ContainerDetails {
  const { spec, metadata } = worker.pod;
  const all = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  const pod = JSON.stringify(metadata.name);
  const container = JSON.stringify(name);
  if (!all.some((each) => each.name === name))
    throw new RequestError(404, `container ${container} not found in pod ${pod}`);
  const history = worker.history.get(name);
  const waiting = statusOf(worker, name)?.state?.waiting;
  if (isPrevious) {
    // A container that waits for its restart has no successor yet: it is the previous one itself.
    const previous = waiting && history?.latest.state === 'exited' ? history.latest : history?.previous;
    if (!previous) throw new RequestError(400, `previous terminated container ${container} in pod ${pod} not found`);
    return previous;
  }
  if (history && history.latest.state !== 'created') return history.latest;
  if (history?.previous) return history.previous;
  const reason = waiting?.reason ?? 'ContainerCreating';
  const isImage = reason === 'ErrImagePull' || reason === 'ImagePullBackOff';
  const why = isImage ? 'trying and failing to pull image' : reason;
  throw new RequestError(400, `container ${container} in pod ${pod} is waiting to start: ${why}`);
}
