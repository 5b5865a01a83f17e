import type { Container, ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from '@kubets/api';
import { formatTime } from '@kubets/client';
import type { ContainerDetails } from '../runtime.ts';
import { ephemeralContainers, initContainers, type PodContainer, regularContainers } from './containers.ts';
import { qosClass } from './resources.ts';
import { restartsAfter, shouldRun } from './restart.ts';
import { isRunning, type PodView } from './view.ts';

export interface StatusOptions {
  readonly view: PodView;
  /** The status that the API server has; conditions keep their transition times from it. */
  readonly old: PodStatus | undefined;
  readonly hostIps: readonly string[];
  /** Text that a container left behind when it ended, by container id. */
  readonly terminationMessages: ReadonlyMap<string, string>;
  /** Nothing of the pod runs any more. */
  readonly isFinished: boolean;
}

const LOST_EXIT_CODE = 137;
const LOST_MESSAGE = 'The container could not be located when the pod was terminated';

// Containers.

function runningState(container: ContainerDetails): ContainerState {
  return { running: { startedAt: formatTime(container.startedAtMs) } };
}

function terminatedState(container: ContainerDetails, messages: StatusOptions['terminationMessages']): ContainerState {
  const { exitCode, finishedAtMs, startedAtMs } = container;
  const text = messages.get(container.id) || container.message;
  return {
    terminated: {
      exitCode,
      reason: container.reason || (exitCode === 0 ? 'Completed' : 'Error'),
      ...(text ? { message: text } : {}),
      startedAt: formatTime(startedAtMs),
      finishedAt: formatTime(finishedAtMs),
      containerID: containerIdOf(container),
    },
  };
}

/** `containerd://ID`; the scheme is the runtime's name. */
const containerIdOf = (container: ContainerDetails) => `containerd://${container.id}`;

function defaultWaiting(pod: Pod, { kind }: PodContainer): ContainerState {
  const isBehindInit = kind === 'regular' && (pod.spec.initContainers?.length ?? 0) > 0;
  const reason = isBehindInit || kind === 'init' || kind === 'sidecar' ? 'PodInitializing' : 'ContainerCreating';
  return { waiting: { reason } };
}

/** A container that is not known to the runtime: not made yet, or lost. */
function unknownContainer(
  options: StatusOptions,
  container: PodContainer,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const { view, isFinished } = options;
  const { name, image = '' } = container.spec;
  const base = { name, ready: false, restartCount: old?.restartCount ?? 0, image, imageID: '' };
  if (old?.state?.terminated)
    return { ...old, ready: container.kind === 'init' && old.state.terminated.exitCode === 0 };
  if (isFinished && (old?.state?.running || view.termination)) {
    const wasRunning = old?.state?.running !== undefined;
    const terminated = { exitCode: LOST_EXIT_CODE, reason: 'ContainerStatusUnknown', message: LOST_MESSAGE };
    if (wasRunning)
      return {
        ...old,
        ...base,
        imageID: old.imageID,
        state: { terminated },
        lastState: old.lastState ?? {},
        started: false,
      };
  }
  const waiting = view.waiting.get(name);
  const state = waiting ? { waiting: { ...waiting } } : defaultWaiting(view.pod, container);
  return {
    ...base,
    state,
    lastState: old?.lastState ?? {},
    ...(container.kind === 'ephemeral' ? {} : { started: false }),
  };
}

function stateOf(options: StatusOptions, container: PodContainer, latest: ContainerDetails): ContainerState {
  const { view } = options;
  if (latest.state === 'running') return runningState(latest);
  if (latest.state === 'exited') {
    const waiting = view.waiting.get(container.spec.name);
    const isHeld = waiting !== undefined && !view.termination && shouldRun(view.pod, container, latest);
    return isHeld ? { waiting: { ...waiting } } : terminatedState(latest, options.terminationMessages);
  }
  const waiting = view.waiting.get(container.spec.name);
  return waiting ? { waiting: { ...waiting } } : defaultWaiting(view.pod, container);
}

function containerStatus(
  options: StatusOptions,
  container: PodContainer,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const { view } = options;
  const { spec, kind } = container;
  const history = view.containers.get(spec.name);
  if (!history) return unknownContainer(options, container, old);
  const { latest, previous } = history;
  const state = stateOf(options, container, latest);
  const past = state.waiting && latest.state === 'exited' ? latest : previous;
  const probes = view.probes.get(latest.id);
  const running = isRunning(latest);
  const started = running && (probes?.isStarted ?? true);
  const ready = kind === 'init' ? state.terminated?.exitCode === 0 : running && started && (probes?.isReady ?? true);
  return {
    name: spec.name,
    state,
    lastState: past ? terminatedState(past, options.terminationMessages) : (old?.lastState ?? {}),
    ready: kind === 'ephemeral' ? false : ready,
    restartCount: latest.attempt,
    image: latest.image || (spec.image ?? ''),
    imageID: latest.imageRef,
    containerID: containerIdOf(latest),
    ...(kind === 'ephemeral' ? {} : { started }),
    ...(running ? resourcesOf(spec, view.resize.applied.get(latest.id)) : {}),
    ...volumeMounts(spec),
  };
}

/** What a container was granted, and what it has while a change of that is not made yet. */
function resourcesOf(
  spec: Container,
  applied = spec.resources ?? {},
): Pick<ContainerStatus, 'allocatedResources' | 'resources'> {
  const { requests, limits } = applied;
  const granted = spec.resources?.requests;
  return {
    ...(granted ? { allocatedResources: granted } : {}),
    resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) },
  };
}

function volumeMounts(spec: Container): Pick<ContainerStatus, 'volumeMounts'> {
  const mounts = spec.volumeMounts ?? [];
  if (mounts.length === 0) return {};
  return {
    volumeMounts: mounts.map(({ name, mountPath, readOnly, recursiveReadOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly, recursiveReadOnly: recursiveReadOnly === 'Enabled' ? 'Enabled' : 'Disabled' } : {}),
    })),
  };
}

// The phase.

interface Counts {
  waiting: number;
  running: number;
  stopped: number;
  succeeded: number;
  /** Of those that stopped: they will be started again. */
  restarting: number;
}

function initPhase(pod: Pod, statuses: readonly ContainerStatus[]): 'done' | 'pending' | 'failed' {
  for (const container of initContainers(pod)) {
    const status = statuses.find(({ name }) => name === container.spec.name);
    if (container.kind === 'sidecar') {
      if (!status?.started && !status?.state?.terminated && !status?.lastState?.terminated) return 'pending';
      continue;
    }
    const terminated = status?.state?.terminated;
    if (!terminated) return 'pending';
    if (terminated.exitCode !== 0) return restartsAfter(pod, container, terminated.exitCode) ? 'pending' : 'failed';
  }
  return 'done';
}

function count(pod: Pod, statuses: readonly ContainerStatus[]): Counts {
  const counts: Counts = { waiting: 0, running: 0, stopped: 0, succeeded: 0, restarting: 0 };
  for (const container of regularContainers(pod)) {
    const status = statuses.find(({ name }) => name === container.spec.name);
    if (status?.state?.running) counts.running++;
    else if (status?.state?.terminated) {
      const { exitCode } = status.state.terminated;
      counts.stopped++;
      if (exitCode === 0) counts.succeeded++;
      if (restartsAfter(pod, container, exitCode)) counts.restarting++;
    } else if (status?.lastState?.terminated) {
      // It waits out a back-off.
      counts.stopped++;
      counts.restarting++;
    } else counts.waiting++;
  }
  return counts;
}

/** The phase that the containers' states make; `isTerminal` when nothing will be started any more. */
export function podPhase(
  pod: Pod,
  statuses: { init: readonly ContainerStatus[]; regular: readonly ContainerStatus[] },
  isTerminal: boolean,
): string {
  const counts = count(pod, statuses.regular);
  // A pod whose regular containers ran was initialized, whatever became of its init containers' records.
  const init = counts.running + counts.stopped > 0 ? 'done' : initPhase(pod, statuses.init);
  if (init === 'failed') return 'Failed';
  if (isTerminal) {
    const isSuccess =
      init === 'done' && counts.stopped > 0 && counts.stopped === counts.succeeded && counts.waiting === 0;
    return isSuccess ? 'Succeeded' : 'Failed';
  }
  if (init === 'pending' || counts.waiting > 0) return 'Pending';
  if (counts.running > 0) return 'Running';
  if (counts.restarting > 0 || (pod.spec.restartPolicy ?? 'Always') === 'Always') return 'Running';
  if (counts.stopped === counts.succeeded) return 'Succeeded';
  return pod.spec.restartPolicy === 'Never' ? 'Failed' : 'Running';
}

// Conditions.

type ConditionDraft = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

const list = (names: readonly string[]) => `[${names.join(' ')}]`;

function containersReady(
  pod: Pod,
  regular: readonly ContainerStatus[],
  init: readonly ContainerStatus[],
  phase: string,
): ConditionDraft {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const sidecars = initContainers(pod).filter(({ kind }) => kind === 'sidecar');
  const unready = [...sidecars, ...regularContainers(pod)]
    .map(({ spec }) => spec.name)
    .filter((name) => ![...init, ...regular].find((status) => status.name === name)?.ready);
  if (unready.length === 0) return { type, status: 'True' };
  return {
    type,
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: ${list(unready)}`,
  };
}

function initialized(pod: Pod, init: readonly ContainerStatus[], phase: string, hasRun: boolean): ConditionDraft {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  const incomplete = initContainers(pod)
    .filter(({ spec, kind }) => {
      const status = init.find(({ name }) => name === spec.name);
      return kind === 'sidecar' ? !status?.started : !status?.ready;
    })
    .map(({ spec }) => spec.name);
  if (incomplete.length === 0 || hasRun) return { type, status: 'True' };
  return {
    type,
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: ${list(incomplete)}`,
  };
}

function ready(pod: Pod, containers: ConditionDraft, old: readonly PodCondition[]): ConditionDraft {
  if (containers.status !== 'True') return { ...containers, type: 'Ready' };
  const problems = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = old.find(({ type }) => type === conditionType);
    if (!gate) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (gate.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  if (problems.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}

function dated(
  pod: Pod,
  drafts: readonly ConditionDraft[],
  old: readonly PodCondition[],
  nowMs: number,
): PodCondition[] {
  const generation = pod.metadata.generation;
  return drafts.map((draft) => {
    const before = old.find(({ type }) => type === draft.type);
    const isSame = before?.status === draft.status && before.lastTransitionTime;
    return {
      ...draft,
      lastTransitionTime: isSame ? before.lastTransitionTime : formatTime(nowMs),
      ...(generation ? { observedGeneration: generation } : {}),
    };
  });
}

/** Conditions of the kubelet's own that are there only while they hold. */
export const PASSING_CONDITIONS: readonly string[] = ['PodResizePending', 'PodResizeInProgress'];

function resizing({ resize }: PodView): ConditionDraft[] {
  const { pending, isInProgress, error } = resize;
  const failed = error ? { reason: 'Error', message: error } : {};
  return [
    ...(pending ? [{ type: 'PodResizePending', status: 'True', ...pending }] : []),
    ...(isInProgress || error ? [{ type: 'PodResizeInProgress', status: 'True', ...failed }] : []),
  ];
}

function disruption(termination: PodView['termination']): ConditionDraft[] {
  if (!termination?.isDisruption) return [];
  const { message = '' } = termination;
  return [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message }];
}

// All together.

const isTerminalPhase = (phase: string) => phase === 'Succeeded' || phase === 'Failed';
const hasRunning = (view: PodView) => [...view.containers.values()].some(({ latest }) => isRunning(latest));

/** A pod that its node did not take has a phase and a reason, and nothing else. */
function rejectedStatus({ view, old }: StatusOptions): PodStatus {
  const { pod, termination, startTimeMs, nowMs } = view;
  const drafts: ConditionDraft[] = [{ type: 'PodScheduled', status: 'True' }];
  const message = termination?.message ?? old?.message;
  const reason = termination?.reason ?? old?.reason;
  return {
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
    phase: 'Failed',
    conditions: dated(pod, drafts, old?.conditions ?? [], nowMs),
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
    startTime: old?.startTime ?? formatTime(startTimeMs),
    qosClass: qosClass(pod),
  };
}

/** A pod's status as the API shows it. Conditions of others are left for the writer to keep. */
export function podStatus(options: StatusOptions): PodStatus {
  const isOldRejection = options.old?.phase === 'Failed' && !options.old.containerStatuses?.length;
  if (options.view.isRejected || isOldRejection) return rejectedStatus(options);
  const { view, old, hostIps } = options;
  const { pod, termination, sandbox } = view;
  const statusesOf = (containers: PodContainer[], before: readonly ContainerStatus[] = []) =>
    containers.map((each) =>
      containerStatus(
        options,
        each,
        before.find(({ name }) => name === each.spec.name),
      ),
    );
  const init = statusesOf(initContainers(pod), old?.initContainerStatuses);
  const regular = statusesOf(regularContainers(pod), old?.containerStatuses).sort((a, b) => (a.name < b.name ? -1 : 1));
  const ephemeral = statusesOf(ephemeralContainers(pod), old?.ephemeralContainerStatuses);
  const isTerminal = options.isFinished;
  const computed = podPhase(pod, { init, regular }, isTerminal);
  const isSettled = old?.phase === 'Failed' || old?.phase === 'Succeeded';
  const target = isSettled ? (old.phase as string) : termination?.cause === 'evicted' ? 'Failed' : computed;
  // A pod is not called over while anything of it still runs.
  const isHeldBack = !isSettled && isTerminalPhase(target) && hasRunning(view) && !options.isFinished;
  const phase = isHeldBack ? (old?.phase ?? 'Running') : target;
  const why = isHeldBack ? undefined : termination;
  const hasSandbox = sandbox?.isReady === true && (sandbox.ips.length > 0 || pod.spec.hostNetwork === true);
  const hasRun = regular.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
  const known = old?.conditions ?? [];
  const containers = containersReady(pod, regular, init, phase);
  const drafts: ConditionDraft[] = [
    { type: 'PodReadyToStartContainers', status: hasSandbox ? 'True' : 'False' },
    initialized(pod, init, phase, hasRun !== undefined && hasRun !== false),
    ready(pod, containers, known),
    containers,
    { type: 'PodScheduled', status: 'True' },
    ...resizing(view),
    ...disruption(termination),
  ];
  const ips = podIps(options);
  return {
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
    phase,
    conditions: dated(pod, drafts, known, view.nowMs),
    ...((why?.message ?? old?.message) ? { message: why?.message ?? old?.message } : {}),
    ...((why?.reason ?? old?.reason) ? { reason: why?.reason ?? old?.reason } : {}),
    ...(hostIps[0] ? { hostIP: hostIps[0], hostIPs: hostIps.map((ip) => ({ ip })) } : {}),
    ...(ips[0] ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: old?.startTime ?? formatTime(view.startTimeMs),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: regular,
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: qosClass(pod),
  };
}

/** The pod's addresses: those of its sandbox, or the node's for pods in its network; kept once known. */
export function podIps({ view, old, hostIps }: Pick<StatusOptions, 'view' | 'old' | 'hostIps'>): readonly string[] {
  const { pod, sandbox } = view;
  if (pod.spec.hostNetwork) return sandbox ? hostIps : [];
  if (sandbox && sandbox.ips.length > 0) return sandbox.ips;
  return (old?.podIPs ?? []).map(({ ip }) => ip);
}

/** True when no container can ever be started again. */
export function hasEnded(status: PodStatus | undefined): boolean {
  return isTerminalPhase(status?.phase ?? '');
}
