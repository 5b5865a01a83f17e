import { CRASH_LOOP, heldUntil } from './back-off.ts';
import { ephemeralContainers, initContainers, type PodContainer, regularContainers } from './containers.ts';
import { shouldRun } from './restart.ts';
import { currentContainer, isRunning, type PodView } from './view.ts';

/** One thing to do next for a pod. The worker carries actions out and looks again when they are done. */
export type PodAction =
  | { readonly type: 'createSandbox'; readonly attempt: number }
  /** Stops a sandbox, and with it whatever runs inside. */
  | { readonly type: 'stopSandbox'; readonly sandboxId: string; readonly isReplaced: boolean }
  /** Starts containers one after the other. */
  | { readonly type: 'start'; readonly containers: readonly ContainerStart[] }
  | { readonly type: 'stop'; readonly stop: ContainerStop }
  | { readonly type: 'hold'; readonly container: string; readonly delayMs: number }
  | {
      readonly type: 'terminate';
      readonly cause: 'completed' | 'evicted';
      readonly reason?: string;
      readonly message?: string;
    }
  /** Nothing of the pod runs any more. */
  | { readonly type: 'finish' };

export interface ContainerStart {
  readonly container: PodContainer;
  /** The restart count. */
  readonly attempt: number;
  /** When the one before ended; undefined for the first. */
  readonly lastFinishedMs?: number;
}

export interface ContainerStop {
  readonly containerId: string;
  readonly name: string;
  /** Why, for the event; '' for the end of the pod. */
  readonly message: string;
  readonly graceSeconds: number;
}

export interface PodStep {
  readonly actions: readonly PodAction[];
  /** When to look again though nothing happened. */
  readonly wakeAtMs: number | undefined;
}

const DEADLINE_MESSAGE = 'Pod was active on the node longer than the specified deadline';
/** Containers get at least this long between the stop signal and the kill. */
export const MIN_GRACE_SECONDS = 2;

class Plan {
  readonly actions: PodAction[] = [];
  readonly starts: ContainerStart[] = [];
  wakeAtMs: number | undefined;

  wakeAt(ms: number): void {
    this.wakeAtMs = Math.min(this.wakeAtMs ?? Number.POSITIVE_INFINITY, ms);
  }

  finish(): PodStep {
    if (this.starts.length > 0) this.actions.push({ type: 'start', containers: this.starts });
    return { actions: this.actions, wakeAtMs: this.wakeAtMs };
  }
}

/** The next step of a pod: a pure function of what is known of it. */
export function stepPod(view: PodView): PodStep {
  const plan = new Plan();
  if (view.termination) planTermination(view, plan);
  else if (!planDeadline(view, plan)) planRun(view, plan);
  return plan.finish();
}

// The end of a pod.

function planTermination(view: PodView, plan: Plan): void {
  const running = (containers: PodContainer[]) =>
    containers.flatMap(({ spec }) => {
      const latest = view.containers.get(spec.name)?.latest;
      return latest && isRunning(latest) ? [latest] : [];
    });
  const elapsedSeconds = (view.nowMs - (view.termination?.startedAtMs ?? view.nowMs)) / 1000;
  const left = (view.termination?.graceSeconds ?? 0) - elapsedSeconds;
  const stop = (containers: ReturnType<typeof running>, graceSeconds: number) => {
    for (const { id, name } of containers)
      if (!view.busy.stopping.has(id))
        plan.actions.push({ type: 'stop', stop: { containerId: id, name, message: '', graceSeconds } });
  };
  const { pod } = view;
  const main = running([...regularContainers(pod), ...ephemeralContainers(pod)]);
  const plainInit = running(initContainers(pod).filter(({ kind }) => kind === 'init'));
  const first = [...main, ...plainInit];
  const sidecars = running(initContainers(pod).filter(({ kind }) => kind === 'sidecar'));
  if (first.length > 0) stop(first, view.termination?.graceSeconds ?? 0);
  // Sidecars end after everything else, the last started first, in what is left of the time.
  else if (sidecars.length > 0) stop(sidecars.slice(-1), Math.max(MIN_GRACE_SECONDS, Math.ceil(left)));
  else if (view.busy.starting || view.busy.sandbox || view.busy.stopping.size > 0) return;
  else if (view.sandbox?.isReady)
    plan.actions.push({ type: 'stopSandbox', sandboxId: view.sandbox.id, isReplaced: false });
  else plan.actions.push({ type: 'finish' });
}

function planDeadline(view: PodView, plan: Plan): boolean {
  const seconds = view.pod.spec.activeDeadlineSeconds;
  if (seconds === undefined) return false;
  const deadlineMs = view.startTimeMs + seconds * 1000;
  if (view.nowMs < deadlineMs) {
    plan.wakeAt(deadlineMs);
    return false;
  }
  plan.actions.push({ type: 'terminate', cause: 'evicted', reason: 'DeadlineExceeded', message: DEADLINE_MESSAGE });
  return true;
}

// A pod that is to run.

function isOver(view: PodView): boolean {
  return regularContainers(view.pod).every((container) => {
    const latest = view.containers.get(container.spec.name)?.latest;
    return latest !== undefined && latest.state === 'exited' && !shouldRun(view.pod, container, latest);
  });
}

/** An init container ended badly and is not tried again. */
function hasInitFailed(view: PodView): boolean {
  return initContainers(view.pod).some((container) => {
    if (container.kind === 'sidecar') return false;
    const latest = view.containers.get(container.spec.name)?.latest;
    return latest?.state === 'exited' && latest.exitCode !== 0 && !shouldRun(view.pod, container, latest);
  });
}

function planRun(view: PodView, plan: Plan): void {
  if (isOver(view) || hasInitFailed(view)) {
    plan.actions.push({ type: 'terminate', cause: 'completed' });
    return;
  }
  if (view.busy.sandbox) return;
  const { sandbox } = view;
  if (!sandbox || !isUsable(view)) {
    planSandbox(view, plan);
    return;
  }
  planReplacements(view, plan);
  if (view.busy.starting) return;
  planEphemeral(view, plan);
  if (planInit(view, plan)) planRegular(view, plan);
}

function isUsable(view: PodView): boolean {
  const { sandbox, pod } = view;
  if (!sandbox?.isReady) return false;
  const wantsHost = pod.spec.hostNetwork ?? false;
  return sandbox.hostNetwork === wantsHost && (wantsHost || sandbox.ips.length > 0);
}

/** Makes a sandbox, after everything that still runs in an unusable one was stopped. */
function planSandbox(view: PodView, plan: Plan): void {
  const { sandbox, pod } = view;
  if (sandbox && view.containers.size > 0 && restartPolicyOfPod(pod) === 'Never') {
    plan.actions.push({ type: 'terminate', cause: 'completed' });
    return;
  }
  const stillRunning = [...view.containers.values()].some(({ latest }) => isRunning(latest));
  if (sandbox && (sandbox.isReady || stillRunning))
    plan.actions.push({ type: 'stopSandbox', sandboxId: sandbox.id, isReplaced: true });
  else plan.actions.push({ type: 'createSandbox', attempt: sandbox ? sandbox.attempt + 1 : 0 });
}

const restartPolicyOfPod = (pod: PodView['pod']) => pod.spec.restartPolicy ?? 'Always';

/** Stops running containers that a probe or a change of their image condemns. */
function planReplacements(view: PodView, plan: Plan): void {
  const { pod } = view;
  for (const { spec, kind } of [...initContainers(pod), ...regularContainers(pod)]) {
    const current = currentContainer(view, spec.name);
    if (!current || !isRunning(current) || view.busy.stopping.has(current.id)) continue;
    const message = whyReplaced(view, spec, kind, current.id);
    if (!message) continue;
    const failed = view.probes.get(current.id)?.failed;
    const probe = failed === 'liveness' ? spec.livenessProbe : failed === 'startup' ? spec.startupProbe : undefined;
    const graceSeconds = probe?.terminationGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    plan.actions.push({ type: 'stop', stop: { containerId: current.id, name: spec.name, message, graceSeconds } });
  }
}

function whyReplaced(view: PodView, spec: PodContainer['spec'], kind: string, containerId: string): string | undefined {
  const current = view.containers.get(spec.name)?.latest;
  const hash = current?.annotations['io.kubernetes.container.hash'];
  if (kind !== 'init' && hash !== undefined && hash !== view.hashOf(spec))
    return `Container ${spec.name} definition changed, will be restarted`;
  const failed = view.probes.get(containerId)?.failed;
  return failed && `Container ${spec.name} failed ${failed} probe, will be restarted`;
}

function planEphemeral(view: PodView, plan: Plan): void {
  for (const container of ephemeralContainers(view.pod))
    if (!view.containers.has(container.spec.name)) plan.starts.push({ container, attempt: 0 });
}

/** Plans a container that should run; true when it does run. */
function planContainer(view: PodView, plan: Plan, container: PodContainer): boolean {
  const { name } = container.spec;
  const latest = view.containers.get(name)?.latest;
  const current = currentContainer(view, name);
  if (current && isRunning(current)) return true;
  if (latest && view.busy.stopping.has(latest.id)) return false;
  const heldMs = view.held.get(name) ?? 0;
  if (heldMs > view.nowMs) {
    plan.wakeAt(heldMs);
    return false;
  }
  const last = current ?? (latest?.state === 'exited' ? latest : undefined);
  if (current && !shouldRun(view.pod, container, current)) return false;
  const finishedMs = last?.state === 'exited' ? last.finishedAtMs || last.createdAtMs : undefined;
  if (finishedMs !== undefined) {
    const entry = view.backOff.get(name);
    const untilMs = heldUntil(entry, finishedMs, CRASH_LOOP);
    if (untilMs > view.nowMs) {
      plan.actions.push({ type: 'hold', container: name, delayMs: entry?.delayMs ?? 0 });
      plan.wakeAt(untilMs);
      return false;
    }
  }
  const attempt = latest ? latest.attempt + 1 : 0;
  plan.starts.push({ container, attempt, ...(finishedMs === undefined ? {} : { lastFinishedMs: finishedMs }) });
  return false;
}

/** Plans init containers in their order; true when the regular ones may start. */
function planInit(view: PodView, plan: Plan): boolean {
  const isInitialized = regularContainers(view.pod).some(({ spec }) => currentContainer(view, spec.name) !== undefined);
  for (const container of initContainers(view.pod)) {
    const { name } = container.spec;
    const current = currentContainer(view, name);
    if (container.kind === 'sidecar') {
      const runs = planContainer(view, plan, container);
      if (isInitialized) continue;
      if (!runs || !current || !(view.probes.get(current.id)?.isStarted ?? false)) return false;
    } else if (!isInitialized) {
      if (current?.state === 'exited' && current.exitCode === 0) continue;
      if (!isRunning(current)) planContainer(view, plan, container);
      return false;
    }
  }
  return true;
}

function planRegular(view: PodView, plan: Plan): void {
  for (const container of regularContainers(view.pod)) {
    const latest = view.containers.get(container.spec.name)?.latest;
    // What ended well before its sandbox was replaced does not run again.
    if (latest?.state === 'exited' && !shouldRun(view.pod, container, latest)) continue;
    planContainer(view, plan, container);
  }
}
