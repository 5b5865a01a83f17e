import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, kubets, TestCluster } from '../src/cluster.ts';
import { CLUSTER_NAME } from '../src/global-setup.ts';

const NS = 'self-healing';
let cluster: TestCluster;
const k = (args: string | readonly string[], options = {}) => {
  const words = typeof args === 'string' ? args.split(' ') : args;
  return cluster.kubectl(['-n', NS, ...words], options);
};

beforeAll(async () => {
  cluster = await TestCluster.up(CLUSTER_NAME);
  await cluster.kubectl(`create namespace ${NS}`);
});
afterAll(async () => {
  await cluster.kubectl(`delete namespace ${NS} --wait=false`);
});

describe('pods', () => {
  it('are replaced when they are deleted', async () => {
    await k('create deployment httpenv --image=bretfisher/httpenv');
    await k('rollout status deployment/httpenv --timeout=60s');
    const first = (await k('get pods -l app=httpenv -o name')).trim();
    await k(`delete ${first} --grace-period=1`);
    await k('rollout status deployment/httpenv --timeout=60s');
    const second = (await k('get pods -l app=httpenv -o name')).trim();
    expect(second).not.toBe(first);
  });

  it('have a killed container started again', async () => {
    await k(['run', 'mortal', '--image=busybox', '--', 'sh', '-c', 'sleep 3600 & wait']);
    await k('wait --for=condition=Ready pod/mortal --timeout=60s');
    // PID 1 of the container waits for its child: when that is killed, it ends too.
    await cluster.tryKubectl(['-n', NS, 'exec', 'mortal', '--', 'sh', '-c', 'kill -9 $(pidof sleep)']);
    await eventually(
      async () => Number(await k('get pod mortal -o jsonpath={.status.containerStatuses[0].restartCount}')) >= 1,
    );
    await k('wait --for=condition=Ready pod/mortal --timeout=60s');
  });
});

const probed = (name: string, probes: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'web', image: 'nginx', imagePullPolicy: 'IfNotPresent', ...probes }] },
  });

const FILE_PROBE = {
  exec: { command: ['test', '-f', '/usr/share/nginx/html/index.html'] },
  periodSeconds: 1,
  failureThreshold: 2,
};

describe('probes', () => {
  it('a failing liveness probe restarts the container', async () => {
    await k('apply -f -', { input: probed('alive', { livenessProbe: FILE_PROBE }) });
    await k('wait --for=condition=Ready pod/alive --timeout=60s');
    await k('exec alive -- rm /usr/share/nginx/html/index.html');
    await eventually(
      async () => Number(await k('get pod alive -o jsonpath={.status.containerStatuses[0].restartCount}')) >= 1,
    );
    await eventually(async () =>
      /Liveness probe failed/.test(await k('get events --field-selector involvedObject.name=alive')),
    );
  });

  it('a failing readiness probe takes the pod out of the service, and back', async () => {
    await k('apply -f -', { input: probed('ready', { readinessProbe: FILE_PROBE }) });
    await k('expose pod ready --port=80');
    await k('wait --for=condition=Ready pod/ready --timeout=60s');
    const addresses = () => k('get endpoints ready -o jsonpath={.subsets[*].addresses[*].ip}');
    await eventually(async () => (await addresses()) !== '');
    await k('exec ready -- mv /usr/share/nginx/html/index.html /tmp/');
    await eventually(async () => (await addresses()) === '');
    expect(await k('get pod ready')).toMatch(/0\/1 +Running +0/);
    await k('exec ready -- mv /tmp/index.html /usr/share/nginx/html/');
    await eventually(async () => (await addresses()) !== '');
  });
});

interface Status {
  readonly processes: Readonly<Record<string, number | null>>;
}

describe.each(['server', 'agent'])('kill -9 of the %s', (part) => {
  it('loses no acknowledged object, keeps containers running, and the node is Ready within 5 s', async () => {
    const ns = `crash-${part}`;
    await cluster.kubectl(`create namespace ${ns}`);
    await cluster.kubectl(['-n', ns, 'run', 'steady', '--image=busybox', '--', 'sleep', '3600']);
    await cluster.kubectl(`-n ${ns} wait --for=condition=Ready pod/steady --timeout=60s`);
    const containerBefore = await cluster.kubectl(
      `-n ${ns} get pod steady -o jsonpath={.status.containerStatuses[0].containerID}`,
    );

    const acknowledged = new Map<string, string>();
    let stop = false;
    const creating = (async () => {
      for (let i = 0; !stop; i++) {
        const result = await cluster.tryKubectl([
          '-n',
          ns,
          'create',
          'configmap',
          `c${i}`,
          `--from-literal=i=${i}`,
          '-o',
          'jsonpath={.metadata.resourceVersion}',
        ]);
        if (result.code === 0) acknowledged.set(`c${i}`, result.stdout);
      }
    })();
    await eventually(() => acknowledged.size > 5);
    const { stdout } = await kubets(['status', '--name', CLUSTER_NAME, '--output', 'json']);
    const pid = (JSON.parse(stdout) as Status).processes[part];
    expect(pid).toBeTypeOf('number');
    process.kill(pid as number, 'SIGKILL');
    const killedMs = performance.now();
    await eventually(async () => {
      const status = JSON.parse(
        (await kubets(['status', '--name', CLUSTER_NAME, '--output', 'json'])).stdout,
      ) as Status;
      if (!status.processes[part] || status.processes[part] === pid) return false;
      const node = await cluster.tryKubectl(
        'get nodes -o jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
      );
      return node.stdout === 'True';
    });
    const seconds = (performance.now() - killedMs) / 1000;
    console.log(`kill -9 of the ${part}: node Ready after ${seconds.toFixed(1)} s`);
    const before = acknowledged.size;
    await eventually(() => acknowledged.size > before + 3);
    stop = true;
    await creating;

    const list = await cluster.json<{ items: { metadata: { name: string; resourceVersion: string } }[] }>(
      `-n ${ns} get configmaps`,
    );
    const found = new Map(list.items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
    for (const [name, resourceVersion] of acknowledged) expect(found.get(name), name).toBe(resourceVersion);
    const containerAfter = await cluster.kubectl(
      `-n ${ns} get pod steady -o jsonpath={.status.containerStatuses[0].containerID}`,
    );
    expect(containerAfter).toBe(containerBefore);
    expect(await cluster.kubectl(`-n ${ns} get pod steady`)).toMatch(/1\/1 +Running +0/);
    await cluster.kubectl(`delete namespace ${ns} --wait=false`);
  });
});
