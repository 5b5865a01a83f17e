import type { Container, Pod } from '@kubets/api';
import type { ContainerDetails } from '../runtime.ts';
import type { PodContainer } from './containers.ts';

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** The policy that holds for one container: its own where it has one, else the pod's; init containers retry unless Never. */
export function restartPolicyOf(pod: Pod, { kind, spec }: PodContainer): RestartPolicy {
  if (kind === 'ephemeral') return 'Never';
  if (kind === 'sidecar') return 'Always';
  const policy = (spec.restartPolicy ?? pod.spec.restartPolicy ?? 'Always') as RestartPolicy;
  return kind === 'init' && policy === 'Always' ? 'OnFailure' : policy;
}

/** True when one of the container's own rules asks for a restart after this exit code. */
function isRestartedByRule(container: Container, exitCode: number): boolean {
  return (container.restartPolicyRules ?? []).some(({ action, exitCodes }) => {
    if (action !== 'Restart' || !exitCodes) return false;
    const isListed = (exitCodes.values ?? []).includes(exitCode);
    return exitCodes.operator === 'In' ? isListed : !isListed;
  });
}

/** True when a container in this state is to run again (or for the first time). */
export function shouldRun(pod: Pod, container: PodContainer, last: ContainerDetails | undefined): boolean {
  if (!last) return true;
  if (last.state === 'running') return false;
  return last.state !== 'exited' || restartsAfter(pod, container, last.exitCode);
}

/** True when a container that ended with this code is to run again. */
export function restartsAfter(pod: Pod, container: PodContainer, exitCode: number): boolean {
  if (isRestartedByRule(container.spec, exitCode)) return true;
  const policy = restartPolicyOf(pod, container);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
