import type { LifecycleHandler } from '@kubets/api';
import type { Clock } from '@kubets/core';
import { httpProbe, type ProbeTarget } from '../probes/handlers.ts';

/** Longest time that an HTTP hook may take. */
const HTTP_TIMEOUT_MS = 30_000;

/** Runs a lifecycle hook to its end. Throws with what went wrong. */
export async function runHook(
  handler: LifecycleHandler,
  target: ProbeTarget,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const { exitCode, stdout, stderr } = await target.runtime.execSync(target.containerId, command, 0);
    if (exitCode === 0) return;
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    throw new Error(`command '${command.join(' ')}' exited with ${exitCode}: ${output}`);
  }
  if (handler.httpGet) {
    const outcome = await target.transport.http(httpProbe(handler.httpGet, target, HTTP_TIMEOUT_MS));
    if (outcome.result === 'failure' || outcome.result === 'unknown') throw new Error(outcome.output);
    return;
  }
  if (handler.sleep) {
    await clock.sleep(handler.sleep.seconds * 1000, signal);
    return;
  }
  throw new Error('invalid handler: a hook has exec, httpGet or sleep');
}
