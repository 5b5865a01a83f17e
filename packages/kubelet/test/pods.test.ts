import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Container, configMapKind, eventKind, type Pod, podKind } from '@kubets/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from './cluster.ts';
import { type RealNode, realNode, whyNoContainers } from './machine.ts';

const why = whyNoContainers();
if (why) console.log(`tests with real containers are left out: ${why}`);

const SLEEP = 'trap "exit 0" TERM; while true; do sleep 0.1; done';
const main = (script: string, more: Partial<Container> = {}): Container => ({
  name: 'main',
  image: 'busybox',
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
  ...more,
});

describe.skipIf(why)('pods on containerd', () => {
  let real: RealNode;
  const manifestDir = join(tmpdir(), `kbt-manifests-${process.pid}`);
  const shared = join(tmpdir(), `kbt-shared-${process.pid}`);
  beforeAll(async () => {
    mkdirSync(shared);
    real = await realNode(4, { manifestDir });
  }, 60_000);
  afterAll(async () => {
    await real?.remove();
    for (const dir of [manifestDir, shared]) rmSync(dir, { recursive: true, force: true });
  }, 60_000);

  const status = async (name: string) => (await real.cluster.pod(name)).status;
  const ready = (name: string) =>
    until(async () => {
      const pod = await real.cluster.pod(name);
      return pod.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') && pod;
    }, `${name} ready`);
  const waiting = (name: string, reason: string) =>
    until(async () => {
      const state = (await status(name))?.containerStatuses?.[0]?.state?.waiting;
      return state?.reason === reason && state;
    }, `${name} ${reason}`);
  const messages = async () =>
    (await real.cluster.client.resource(eventKind).list('default')).items.map(({ message }) => message);
  async function gone(name: string): Promise<void> {
    await real.cluster.client.resource(podKind).delete('default', name);
    await until(
      async () => (await real.cluster.pod(name).catch(() => undefined)) === undefined && true,
      `${name} gone`,
    );
  }
  async function execIn(pod: Pod, script: string, container = 0): Promise<string> {
    const id = (pod.status?.containerStatuses?.[container]?.containerID ?? '').replace(/^.*\/\//, '');
    const { stdout, stderr } = await real.node().runtime.execSync(id, ['sh', '-c', script], 5_000);
    return Buffer.concat([stdout, stderr]).toString();
  }

  test('init containers and sidecars come before, sidecars go after', async () => {
    const volumeMounts = [{ name: 'd', mountPath: '/d' }];
    await real.cluster.createPod('order', {
      restartPolicy: 'Never',
      volumes: [{ name: 'd', hostPath: { path: shared, type: 'Directory' } }],
      initContainers: [
        { ...main('echo init >> /d/order', { volumeMounts }), name: 'init' },
        {
          ...main(
            'trap "echo side-end >> /d/order; exit 0" TERM; echo side >> /d/order; while true; do sleep 0.1; done',
            { volumeMounts, restartPolicy: 'Always' },
          ),
          name: 'side',
        },
      ],
      containers: [
        main('echo main >> /d/order; sleep 0.5; echo main-end >> /d/order; cat /d/order > /dev/termination-log', {
          volumeMounts,
        }),
      ],
    });
    const done = await until(async () => {
      const found = await status('order');
      return found?.phase === 'Succeeded' && found;
    });
    expect(done.containerStatuses?.[0]?.state?.terminated?.message).toBe('init\nside\nmain\nmain-end\n');
    expect(done.initContainerStatuses?.[1]?.state?.terminated?.exitCode).toBe(0);
    await gone('order');
  });

  test('hooks run, and stopping waits for them', async () => {
    const volumeMounts = [{ name: 'd', mountPath: '/d' }];
    await real.cluster.createPod('hooks', {
      volumes: [{ name: 'd', hostPath: { path: shared } }],
      containers: [
        main(SLEEP, {
          volumeMounts,
          lifecycle: {
            postStart: { exec: { command: ['touch', '/d/post'] } },
            preStop: { exec: { command: ['sh', '-c', 'sleep 0.3; touch /d/pre'] } },
          },
        }),
      ],
    });
    await ready('hooks');
    await gone('hooks');
    expect(readdirSync(shared)).toEqual(expect.arrayContaining(['post', 'pre']));
  });

  test("the node's network, and shared processes", async () => {
    await real.cluster.createPod('host', { hostNetwork: true, shareProcessNamespace: true, containers: [main(SLEEP)] });
    const pod = await ready('host');
    expect(pod.status?.podIP).toBe(pod.status?.hostIP);
    expect(await execIn(pod, 'cat /etc/hosts')).toContain('# Kubernetes-managed hosts file (host network).');
    expect(await execIn(pod, 'ps')).toContain('sleep 1000000');
    await gone('host');
  });

  test('resolver settings, security and names', async () => {
    await real.cluster.createPod('secure', {
      hostname: 'me',
      subdomain: 'sub',
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.10'], searches: ['a.b'], options: [{ name: 'ndots', value: '2' }] },
      hostAliases: [{ ip: '1.2.3.4', hostnames: ['foo', 'bar'] }],
      containers: [
        main(SLEEP, {
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            runAsUser: 65534,
          },
        }),
      ],
    });
    const pod = await ready('secure');
    expect(
      await execIn(pod, 'cat /etc/resolv.conf; hostname; touch /x 2>&1; grep -E "NoNewPrivs|CapBnd" /proc/self/status'),
    ).toBe(
      'search a.b\nnameserver 10.0.0.10\noptions ndots:2\nme\ntouch: /x: Read-only file system\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n',
    );
    expect(await execIn(pod, 'cat /etc/hosts')).toContain(
      `${pod.status?.podIP}\tme.sub.default.svc.cluster.local\tme\n\n# Entries added by HostAliases.\n1.2.3.4\tfoo\tbar\n`,
    );
    await gone('secure');
  });

  test('says why a container cannot be made', async () => {
    await real.cluster.createPod('root', { securityContext: { runAsNonRoot: true }, containers: [main(SLEEP)] });
    expect((await waiting('root', 'CreateContainerConfigError')).message).toMatch(
      /^container has runAsNonRoot and image will run as root \(pod: "root_default\(.+\)", container: main\)$/,
    );
    await real.cluster.createPod('noconf', {
      containers: [main(SLEEP, { envFrom: [{ configMapRef: { name: 'nope' } }] })],
    });
    expect((await waiting('noconf', 'CreateContainerConfigError')).message).toBe('configmap "nope" not found');
    await real.cluster.createPod('nocmd', { containers: [main('', { command: ['/no/such'] })] });
    await until(async () => {
      const [container] = (await status('nocmd'))?.containerStatuses ?? [];
      return (
        container?.state?.waiting?.reason === 'RunContainerError' ||
        container?.state?.terminated?.reason === 'StartError' ||
        container?.lastState?.terminated?.reason === 'StartError'
      );
    }, 'a start error');
    await real.cluster.createPod('never', {
      containers: [main(SLEEP, { image: 'nothing/here:1', imagePullPolicy: 'Never' })],
    });
    expect((await waiting('never', 'ErrImageNeverPull')).message).toBe(
      'Container image "nothing/here:1" is not present with pull policy of Never',
    );
    for (const name of ['root', 'noconf', 'nocmd', 'never']) await gone(name);
  });

  test('memory over the limit ends the container', async () => {
    await real.cluster.createPod('oom', {
      restartPolicy: 'Never',
      containers: [main('exec dd if=/dev/zero of=/dev/null bs=200M', { resources: { limits: { memory: '16Mi' } } })],
    });
    const terminated = await until(async () => (await status('oom'))?.containerStatuses?.[0]?.state?.terminated);
    expect(terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    await until(async () => (await status('oom'))?.phase === 'Failed');
    await gone('oom');
  });

  test('exec probes', async () => {
    await real.cluster.createPod('probed', {
      containers: [
        main(`touch /ok; ${SLEEP}`, {
          startupProbe: { exec: { command: ['cat', '/ok'] }, periodSeconds: 1 },
          livenessProbe: { exec: { command: ['cat', '/ok'] }, periodSeconds: 1, failureThreshold: 1 },
        }),
      ],
    });
    await execIn(await ready('probed'), 'rm /ok');
    await until(async () => (await status('probed'))?.containerStatuses?.[0]?.restartCount === 1, 'a restart');
    expect(await messages()).toEqual(
      expect.arrayContaining([
        expect.stringContaining("Liveness probe failed: cat: can't open '/ok'"),
        'Container main failed liveness probe, will be restarted',
      ]),
    );
    await gone('probed');
  });

  test('resources change in place', async () => {
    const limits = (memory: string) => ({
      resources: { limits: { memory, cpu: '100m' }, requests: { memory, cpu: '100m' } },
    });
    await real.cluster.createPod('resized', { containers: [main(SLEEP, limits('32Mi'))] });
    const pod = await ready('resized');
    const patch = { spec: { containers: [{ name: 'main', ...limits('64Mi') }] } };
    const target = { namespace: 'default', name: 'resized', subresource: 'resize' };
    await real.cluster.client.resource(podKind).patch(target, 'strategic', patch);
    const file = existsSync('/sys/fs/cgroup/memory')
      ? '/sys/fs/cgroup/memory/memory.limit_in_bytes'
      : '/sys/fs/cgroup/memory.max';
    await until(async () => (await execIn(pod, `cat ${file}`)).trim() === String(64 * 2 ** 20), 'the new limit');
    const told = async () => (await status('resized'))?.containerStatuses?.[0]?.resources?.limits?.memory === '64Mi';
    await until(told, 'the new limit in the status');
    const tooLow = { spec: { containers: [{ name: 'main', ...limits('8Ki') }] } };
    await real.cluster.client.resource(podKind).patch(target, 'strategic', tooLow);
    const failed = await until(
      async () => (await status('resized'))?.conditions?.find(({ reason }) => reason === 'Error'),
      'a resize that cannot be made',
    );
    expect(failed.type).toBe('PodResizeInProgress');
    expect(failed.message).toMatch(
      /^attempting to set container "main" memory limit \(8192\) below current usage \(\d+\)$/,
    );
    expect((await status('resized'))?.containerStatuses?.[0]?.resources).toEqual(limits('64Mi').resources);
    await real.cluster.client.resource(podKind).patch(target, 'strategic', patch);
    await until(
      async () => !(await status('resized'))?.conditions?.some(({ type }) => type === 'PodResizeInProgress') && true,
      'the end of the resize',
    );
    expect((await status('resized'))?.containerStatuses?.[0]?.restartCount).toBe(0);
    await gone('resized');
  });

  test('static pods have mirrors', async () => {
    writeFileSync(
      join(manifestDir, 'web.yaml'),
      `apiVersion: v1\nkind: Pod\nmetadata: { name: static }\nspec:\n  containers:\n  - { name: main, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, '${SLEEP}'] }\n`,
    );
    const mirror = await until(async () => {
      const pod = await real.cluster.pod('static-node-1').catch(() => undefined);
      return pod?.status?.phase === 'Running' && pod;
    }, 'the mirror running');
    expect(mirror.metadata.annotations?.['kubernetes.io/config.mirror']).toBeDefined();
    rmSync(join(manifestDir, 'web.yaml'));
    await until(
      async () => (await real.cluster.pod('static-node-1').catch(() => undefined)) === undefined && true,
      'the mirror gone',
    );
  });

  test('twenty pods at once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `many${index}`);
    await Promise.all(names.map((name) => real.cluster.createPod(name, { containers: [main(SLEEP)] })));
    await Promise.all(names.map(ready));
    await Promise.all(names.map(gone));
  }, 60_000);

  test('a pod that does not fit is refused, with no trace of it made', async () => {
    await real.cluster.createPod('misfit', { nodeSelector: { disk: 'none' } });
    const refused = await until(async () => {
      const found = await status('misfit');
      return found?.phase === 'Failed' && found;
    }, 'misfit refused');
    expect(refused.reason).toBe('NodeAffinity');
    expect(
      await real.node().runtime.listSandboxes({ podUid: (await real.cluster.pod('misfit')).metadata.uid ?? '' }),
    ).toEqual([]);
    await gone('misfit');
  });

  test('variables come from a file that an init container wrote; one bad volume does not hold up another', async () => {
    const volumeMounts = [{ name: 'e', mountPath: '/e' }];
    const maps = real.cluster.client.resource(configMapKind);
    const map = (name: string, data: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
      data,
    });
    await maps.create(map('shrinking', { gone: '1' }));
    await maps.create(map('changing', { key: 'old' }));
    await real.cluster.createPod('files', {
      volumes: [
        { name: 'e', emptyDir: {} },
        { name: 'bad', configMap: { name: 'shrinking', items: [{ key: 'gone', path: 'gone' }] } },
        { name: 'good', configMap: { name: 'changing' } },
      ],
      initContainers: [{ ...main(`printf "GREETING='hello there'" > /e/env`, { volumeMounts }), name: 'init' }],
      containers: [
        main(SLEEP, {
          env: [{ name: 'SAID', valueFrom: { fileKeyRef: { volumeName: 'e', path: 'env', key: 'GREETING' } } }],
          volumeMounts: [{ name: 'good', mountPath: '/good' }],
        }),
      ],
    });
    const pod = await ready('files');
    expect(await execIn(pod, 'echo $SAID')).toBe('hello there\n');
    await maps.patch({ namespace: 'default', name: 'shrinking' }, 'merge', { data: null });
    await maps.patch({ namespace: 'default', name: 'changing' }, 'merge', { data: { key: 'new' } });
    await until(async () => (await execIn(pod, 'cat /good/key')) === 'new', 'the new content');
    await gone('files');
  });

  test('a resize starts the container anew where its policy says so, and waits where there is no room', async () => {
    const resources = (memory: string) => ({ requests: { memory }, limits: { memory } });
    await real.cluster.createPod('resized', {
      containers: [
        main(SLEEP, {
          resources: resources('32Mi'),
          resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
        }),
      ],
    });
    await ready('resized');
    const resize = (memory: string) =>
      real.cluster.client
        .resource(podKind)
        .patch({ namespace: 'default', name: 'resized', subresource: 'resize' }, 'strategic', {
          spec: { containers: [{ name: 'main', resources: resources(memory) }] },
        });
    await resize('64Mi');
    await until(async () => (await status('resized'))?.containerStatuses?.[0]?.restartCount === 1, 'the restart');
    await resize('100Ti');
    const pending = await until(
      async () => (await status('resized'))?.conditions?.find(({ type }) => type === 'PodResizePending'),
      'a pending resize',
    );
    expect(pending.reason).toBe('Infeasible');
    const granted = await until(async () => (await ready('resized')).status?.containerStatuses?.[0]);
    expect(granted.allocatedResources).toEqual({ memory: '64Mi' });
    await gone('resized');
  });
});
