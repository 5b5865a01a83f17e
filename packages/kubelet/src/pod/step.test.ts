import type { Container, Pod } from '@kubets/api';
import { expect, test } from 'vitest';
import type { ContainerDetails, Sandbox } from '../runtime.ts';
import { containerHash } from './identity.ts';
import { type PodAction, stepPod } from './step.ts';
import type { ContainerHistory, PodView } from './view.ts';

const NOW = Date.UTC(2030, 0, 1);

const sandbox: Sandbox = {
  id: 'box',
  pod: { name: 'p', namespace: 'default', uid: 'u' },
  attempt: 0,
  isReady: true,
  createdAtMs: NOW - 60_000,
  labels: {},
  annotations: {},
  ips: ['10.0.0.2'],
  hostNetwork: false,
};

type State = 'running' | 'created' | { exit: number; agoMs?: number };

function container(name: string, state: State, attempt = 0): ContainerHistory {
  const exited = typeof state === 'object';
  const latest: ContainerDetails = {
    id: `${name}-${attempt}`,
    sandboxId: 'box',
    name,
    attempt,
    imageRef: 'sha256:1',
    state: exited ? 'exited' : state,
    createdAtMs: NOW - 30_000,
    labels: {},
    annotations: { 'io.kubernetes.container.hash': containerHash({ name, image: 'i' }) },
    startedAtMs: NOW - 30_000,
    finishedAtMs: exited ? NOW - (state.agoMs ?? 1_000) : 0,
    exitCode: exited ? state.exit : 0,
    image: 'i',
    reason: '',
    message: '',
    logPath: '',
  };
  return { latest };
}

const spec = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'i', ...more });

interface Case {
  readonly spec?: Partial<Pod['spec']>;
  readonly sandbox?: Sandbox | undefined;
  readonly containers?: Record<string, ContainerHistory>;
  readonly view?: Partial<PodView>;
}

function step(given: Case) {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'u' },
    spec: { containers: [spec('main')], restartPolicy: 'Always', ...given.spec },
  };
  const containers = new Map(Object.entries(given.containers ?? {}));
  const probes = new Map([...containers.values()].map(({ latest }) => [latest.id, { isStarted: true, isReady: true }]));
  return stepPod({
    pod,
    nowMs: NOW,
    sandbox: 'sandbox' in given ? given.sandbox : sandbox,
    containers,
    probes,
    waiting: new Map(),
    backOff: new Map(),
    held: new Map(),
    busy: { sandbox: false, starting: false, stopping: new Set() },
    termination: undefined,
    isRejected: false,
    resize: { isInProgress: false, error: '', applied: new Map() },
    startTimeMs: NOW - 60_000,
    hashOf: containerHash,
    ...given.view,
  });
}

/** Actions in short: what and whom. */
function brief(action: PodAction): string {
  if (action.type === 'start')
    return `start ${action.containers.map((each) => `${each.container.spec.name}#${each.attempt}`).join(' ')}`;
  if (action.type === 'stop')
    return `stop ${action.stop.name} ${action.stop.graceSeconds}s${action.stop.message && ` ${action.stop.message}`}`;
  if (action.type === 'hold') return `hold ${action.container} ${action.delayMs}`;
  if (action.type === 'createSandbox') return `createSandbox ${action.attempt}`;
  if (action.type === 'terminate') return `terminate ${action.cause}${action.reason ? ` ${action.reason}` : ''}`;
  return action.type;
}

const deleted = { cause: 'deleted', graceSeconds: 30, startedAtMs: NOW - 10_000 } as const;
const sidecar = spec('side', { restartPolicy: 'Always' });

const CASES: Record<string, [Case, string[]]> = {
  'a new pod gets a sandbox': [{ sandbox: undefined }, ['createSandbox 0']],
  'a sandbox under way is not made twice': [
    { sandbox: undefined, view: { busy: { sandbox: true, starting: false, stopping: new Set() } } },
    [],
  ],
  'containers start in a ready sandbox': [{ spec: { containers: [spec('a'), spec('b')] } }, ['start a#0 b#0']],
  'a running pod needs nothing': [{ containers: { main: container('main', 'running') } }, []],
  'a lost sandbox is made again': [{ sandbox: { ...sandbox, isReady: false } }, ['createSandbox 1']],
  'what runs in a lost sandbox is stopped first': [
    { sandbox: { ...sandbox, isReady: false }, containers: { main: container('main', 'running') } },
    ['stopSandbox'],
  ],
  'a pod that never restarts does not get a second sandbox': [
    {
      spec: { restartPolicy: 'Never' },
      sandbox: { ...sandbox, isReady: false },
      containers: { main: container('main', 'created') },
    },
    ['terminate completed'],
  ],
  'an exited container restarts at once the first time': [
    { containers: { main: container('main', { exit: 1 }) } },
    ['start main#1'],
  ],
  'later it waits': [
    {
      containers: { main: container('main', { exit: 1, agoMs: 3_000 }, 1) },
      view: { backOff: new Map([['main', { delayMs: 10_000, updatedMs: NOW - 4_000 }]]) },
    },
    ['hold main 10000'],
  ],
  'until its time has come': [
    {
      containers: { main: container('main', { exit: 1, agoMs: 11_000 }, 1) },
      view: { backOff: new Map([['main', { delayMs: 10_000, updatedMs: NOW - 12_000 }]]) },
    },
    ['start main#2'],
  ],
  'a start that failed is not tried again too soon': [{ view: { held: new Map([['main', NOW + 1]]) } }, []],
  'on failure only failures restart': [
    {
      spec: { restartPolicy: 'OnFailure', containers: [spec('a'), spec('b')] },
      containers: { a: container('a', { exit: 0 }), b: container('b', { exit: 2 }) },
    },
    ['start b#1'],
  ],
  'a pod whose containers are all done is over': [
    { spec: { restartPolicy: 'OnFailure' }, containers: { main: container('main', { exit: 0 }) } },
    ['terminate completed'],
  ],
  'a container rule restarts what the pod would not': [
    {
      spec: {
        restartPolicy: 'Never',
        containers: [
          spec('main', { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] }),
        ],
      },
      containers: { main: container('main', { exit: 42 }) },
    },
    ['start main#1'],
  ],
  'init containers run one by one': [{ spec: { initContainers: [spec('i1'), spec('i2')] } }, ['start i1#0']],
  'the next waits for the first': [
    { spec: { initContainers: [spec('i1'), spec('i2')] }, containers: { i1: container('i1', 'running') } },
    [],
  ],
  'and starts after it': [
    { spec: { initContainers: [spec('i1'), spec('i2')] }, containers: { i1: container('i1', { exit: 0 }) } },
    ['start i2#0'],
  ],
  'after all of them the others start': [
    { spec: { initContainers: [spec('i1')] }, containers: { i1: container('i1', { exit: 0 }) } },
    ['start main#0'],
  ],
  'an init container that fails in a pod that never restarts ends it': [
    {
      spec: { restartPolicy: 'Never', initContainers: [spec('i1')] },
      containers: { i1: container('i1', { exit: 1 }) },
    },
    ['terminate completed'],
  ],
  'a sidecar starts first': [{ spec: { initContainers: [sidecar] } }, ['start side#0']],
  'the others follow once it has started': [
    { spec: { initContainers: [sidecar] }, containers: { side: container('side', 'running') } },
    ['start main#0'],
  ],
  'they wait for its startup probe': [
    {
      spec: { initContainers: [sidecar] },
      containers: { side: container('side', 'running') },
      view: { probes: new Map([['side-0', { isStarted: false, isReady: false }]]) },
    },
    [],
  ],
  'a sidecar that ends restarts': [
    {
      spec: { initContainers: [sidecar] },
      containers: { side: container('side', { exit: 0 }), main: container('main', 'running') },
    },
    ['start side#1'],
  ],
  'a sidecar does not keep a finished pod alive': [
    {
      spec: { restartPolicy: 'Never', initContainers: [sidecar] },
      containers: { side: container('side', 'running'), main: container('main', { exit: 0 }) },
    },
    ['terminate completed'],
  ],
  'a failed liveness probe stops the container': [
    {
      containers: { main: container('main', 'running') },
      view: { probes: new Map([['main-0', { isStarted: true, isReady: false, failed: 'liveness' }]]) },
    },
    ['stop main 30s Container main failed liveness probe, will be restarted'],
  ],
  'a probe has a grace period of its own': [
    {
      spec: { containers: [spec('main', { startupProbe: { terminationGracePeriodSeconds: 5 } })] },
      containers: { main: container('main', 'running') },
      view: { probes: new Map([['main-0', { isStarted: false, isReady: false, failed: 'startup' }]]) },
    },
    ['stop main 5s Container main failed startup probe, will be restarted'],
  ],
  'another image replaces the container': [
    { spec: { containers: [spec('main', { image: 'other' })] }, containers: { main: container('main', 'running') } },
    ['stop main 30s Container main definition changed, will be restarted'],
  ],
  'ephemeral containers start once': [
    {
      spec: { ephemeralContainers: [{ name: 'debug', image: 'i' }] },
      containers: { main: container('main', 'running') },
    },
    ['start debug#0'],
  ],
  'and never again': [
    {
      spec: { ephemeralContainers: [{ name: 'debug', image: 'i' }] },
      containers: { main: container('main', 'running'), debug: container('debug', { exit: 1 }) },
    },
    [],
  ],
  'the deadline ends the pod': [
    { spec: { activeDeadlineSeconds: 60 }, containers: { main: container('main', 'running') } },
    ['terminate evicted DeadlineExceeded'],
  ],
  'a deleted pod stops its containers': [
    { containers: { main: container('main', 'running') }, view: { termination: deleted } },
    ['stop main 30s'],
  ],
  'but not twice': [
    {
      containers: { main: container('main', 'running') },
      view: { termination: deleted, busy: { sandbox: false, starting: false, stopping: new Set(['main-0']) } },
    },
    [],
  ],
  'sidecars stop after the others': [
    {
      spec: { initContainers: [sidecar] },
      containers: { side: container('side', 'running'), main: container('main', 'running') },
      view: { termination: deleted },
    },
    ['stop main 30s'],
  ],
  'in what is left of the time': [
    {
      spec: { initContainers: [sidecar] },
      containers: { side: container('side', 'running'), main: container('main', { exit: 0 }) },
      view: { termination: deleted },
    },
    ['stop side 20s'],
  ],
  'then the sandbox stops': [
    { containers: { main: container('main', { exit: 0 }) }, view: { termination: deleted } },
    ['stopSandbox'],
  ],
  'then nothing is left': [
    {
      sandbox: { ...sandbox, isReady: false },
      containers: { main: container('main', { exit: 0 }) },
      view: { termination: deleted },
    },
    ['finish'],
  ],
};

test.each(Object.entries(CASES))('%s', (_name, [given, expected]) => {
  expect(step(given).actions.map(brief)).toEqual(expected);
});

test('says when to look again', () => {
  const held = step({
    containers: { main: container('main', { exit: 1, agoMs: 3_000 }, 1) },
    view: { backOff: new Map([['main', { delayMs: 10_000, updatedMs: NOW - 4_000 }]]) },
  });
  expect(held.wakeAtMs).toBe(NOW + 7_000);
  const deadline = step({ spec: { activeDeadlineSeconds: 100 }, containers: { main: container('main', 'running') } });
  expect(deadline.wakeAtMs).toBe(NOW + 40_000);
});
