import { expect, test } from 'vitest';
import { type ContainerConfig, type Runtime, RuntimeError, type SandboxConfig } from '../src/index.ts';
import { until } from './cluster.ts';

const NAMESPACES = { network: 'pod', pid: 'container', ipc: 'pod' } as const;

export interface ContractSubject {
  readonly runtime: Runtime;
  /** An image that is present, and whose containers run until they are stopped. */
  readonly image: string;
  readonly command: readonly string[];
  readonly logDirectory: string;
  readonly cgroupParent: string;
}

function sandboxConfig({ logDirectory, cgroupParent }: ContractSubject, uid: string): SandboxConfig {
  return {
    pod: { name: `pod-${uid}`, namespace: 'default', uid },
    attempt: 0,
    hostname: `pod-${uid}`,
    logDirectory: `${logDirectory}/${uid}`,
    dns: { servers: [], searches: [], options: [] },
    portMappings: [],
    labels: { 'io.kubernetes.pod.uid': uid },
    annotations: { note: 'kept' },
    cgroupParent: `${cgroupParent}/pod${uid}`,
    sysctls: {},
    security: {
      namespaces: NAMESPACES,
      privileged: false,
      supplementalGroups: [],
      seccomp: { type: 'RuntimeDefault' },
    },
    resources: {},
    runtimeHandler: '',
  };
}

function containerConfig({ image, command }: ContractSubject, uid: string, attempt = 0): ContainerConfig {
  return {
    name: 'main',
    attempt,
    image,
    command,
    args: [],
    workingDir: '',
    env: [{ name: 'A', value: '1' }],
    mounts: [],
    devices: [],
    labels: { 'io.kubernetes.pod.uid': uid },
    annotations: { hash: 'x' },
    logPath: `main/${attempt}.log`,
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: {},
    security: {
      namespaces: NAMESPACES,
      addCapabilities: [],
      dropCapabilities: [],
      privileged: false,
      readOnlyRootFilesystem: false,
      noNewPrivileges: false,
      supplementalGroups: [],
      maskedPaths: [],
      readOnlyPaths: [],
      seccomp: { type: 'RuntimeDefault' },
    },
  };
}

/** What every runtime has to do. */
export function runtimeContract(subject: () => ContractSubject): void {
  const runtime = () => subject().runtime;

  test('tells its version and that it is ready', async () => {
    expect((await runtime().version()).name).not.toBe('');
    expect(await runtime().status()).toMatchObject({ runtimeReady: true, networkReady: true });
  });

  test('a sandbox lives and dies', async () => {
    const id = await runtime().runSandbox(sandboxConfig(subject(), 'c1'));
    const sandbox = await runtime().sandbox(id);
    expect(sandbox).toMatchObject({ isReady: true, attempt: 0, hostNetwork: false, annotations: { note: 'kept' } });
    expect(sandbox.ips).toHaveLength(1);
    expect(await runtime().listSandboxes({ podUid: 'c1' })).toHaveLength(1);
    expect(await runtime().listSandboxes({ podUid: 'other' })).toHaveLength(0);
    await runtime().stopSandbox(id);
    expect((await runtime().sandbox(id)).isReady).toBe(false);
    await runtime().stopSandbox(id);
    await runtime().removeSandbox(id);
    await runtime().removeSandbox(id);
    expect(await runtime().listSandboxes({ podUid: 'c1' })).toHaveLength(0);
  });

  test('a container lives and dies', async () => {
    const abort = new AbortController();
    const ends: string[] = [];
    const watching = (async () => {
      for await (const event of runtime().events(abort.signal)) if (event.type === 'exited') ends.push(event.id);
    })();
    const sandbox = sandboxConfig(subject(), 'c2');
    const sandboxId = await runtime().runSandbox(sandbox);
    const id = await runtime().createContainer(sandboxId, containerConfig(subject(), 'c2'), sandbox);
    expect(await runtime().container(id)).toMatchObject({
      state: 'created',
      name: 'main',
      attempt: 0,
      annotations: { hash: 'x' },
    });
    await runtime().startContainer(id);
    expect(await runtime().container(id)).toMatchObject({ state: 'running', finishedAtMs: 0 });
    expect(await runtime().listContainers({ podUid: 'c2' })).toMatchObject([{ id, sandboxId, state: 'running' }]);
    expect((await runtime().stats()).map(({ containerId }) => containerId)).toContain(id);
    await runtime().stopContainer(id, 2);
    const ended = await runtime().container(id);
    expect(ended.state).toBe('exited');
    expect(ended.finishedAtMs).toBeGreaterThanOrEqual(ended.startedAtMs);
    await until(() => ends.includes(id), 'an event of the end');
    abort.abort();
    await watching;
    await Promise.all([runtime().removeContainer(id), runtime().removeContainer(id)]);
    await runtime().removeContainer(id);
    await runtime().removeSandbox(sandboxId);
    await expect(runtime().container(id)).rejects.toMatchObject({ reason: 'NotFound' });
  });

  test('names what is missing', async () => {
    await expect(runtime().sandbox('none')).rejects.toBeInstanceOf(RuntimeError);
    await expect(runtime().container('none')).rejects.toMatchObject({ reason: 'NotFound' });
    expect(await runtime().image('none/none:none')).toBeUndefined();
  });

  test('knows its images', async () => {
    const image = await runtime().image(subject().image);
    expect(image?.id).toMatch(/^sha256:/);
    expect(await runtime().image(image?.id ?? '')).toMatchObject({ id: image?.id });
    expect((await runtime().listImages()).map(({ id }) => id)).toContain(image?.id);
  });
}
