import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, RunningKubectl, TestCluster } from '../src/cluster.ts';
import { CLUSTER_NAME } from '../src/global-setup.ts';
import { run, upstreamProgram } from '../src/kubectl.ts';

const NS = 'kubectl-walk';
let cluster: TestCluster;
let folder: string;
const k = (args: string | readonly string[], options = {}) => {
  const words = typeof args === 'string' ? args.split(' ') : args;
  return cluster.kubectl(['-n', NS, ...words], options);
};

beforeAll(async () => {
  cluster = await TestCluster.up(CLUSTER_NAME);
  folder = mkdtempSync(join(tmpdir(), 'kubets-e2e-'));
  await cluster.kubectl(`create namespace ${NS}`);
  await k('create deployment web --image=nginx --replicas=2');
  await k('expose deployment web --port=80');
  await k([
    'run',
    'shell',
    '--image=busybox',
    '--labels=role=shell',
    '--env=COLOR=green',
    '--',
    'sh',
    '-c',
    'trap exit TERM; i=0; while true; do echo line $i; i=$((i+1)); sleep 1 & wait $!; done',
  ]);
  await k('rollout status deployment/web --timeout=120s');
  await k('wait --for=condition=Ready pod/shell --timeout=60s');
});

afterAll(async () => {
  await cluster.kubectl(`delete namespace ${NS} --wait=false`);
  rmSync(folder, { recursive: true, force: true });
});

describe('get', () => {
  it.each([
    ['get pods', /NAME +READY +STATUS +RESTARTS +AGE\n/],
    ['get pods -o wide', /shell +1\/1 +Running +0 +\d+s +10\.\d+\.\d+\.\d+ +\S+ +<none> +<none>/],
    ['get deployments', /web +2\/2 +2 +2 +\d+/],
    ['get pods -o name', /^pod\/shell$/m],
    ['get pod shell -o yaml', /^status:\n(.*\n)* {2}phase: Running$/m],
    ['get pod shell -o json', /"phase": "Running"/],
    ['get pod shell -o jsonpath={.status.phase}', /^Running$/],
    ['get pods -o custom-columns=N:.metadata.name,P:.status.phase', /^shell +Running$/m],
    ['get pod shell -o go-template={{.status.phase}}', /^Running$/],
    ['get pods --show-labels', /shell .* role=shell$/m],
    ['get pods -l role=shell -o name', /^pod\/shell\n$/],
    ['get pods --field-selector=metadata.name=shell -o name', /^pod\/shell\n$/],
    ['get pods --field-selector=status.phase=Failed', /^$/],
    ['get pods --sort-by=.metadata.name -o name', /^pod\/shell\n(pod\/web-\S+\n)+$/],
    ['get all', /deployment.apps\/web(.*\n)+.*replicaset.apps\/web-/],
    ['get svc web -o wide', /ClusterIP +10\.\d+\.\d+\.\d+ +<none> +80\/TCP .* app=web/],
    ['get endpoints web', /10\.\d+\.\d+\.\d+:80,10\.\d+\.\d+\.\d+:80/],
    ['get endpointslices -l kubernetes.io/service-name=web', /IPv4 +80 +10\./],
    ['get nodes', /Ready +control-plane +\S+ +v1\.36/],
    ['get events', /Scheduled +pod\/shell +Successfully assigned/],
  ])('kubectl %s', async (command, expected) => expect(await k(command)).toMatch(expected));

  it('-w shows changes as they come', async () => {
    const watch = cluster.start(`-n ${NS} get configmaps -w`);
    await k('create configmap watched --from-literal=a=1');
    await watch.waitFor(/watched +1/);
    await watch.stop();
  });
});

describe('describe, explain and discovery', () => {
  it.each([
    ['describe pod shell', /Status: +Running(.*\n)+Events:(.*\n)+.*Started/],
    ['describe deployment web', /2 desired \| 2 updated \| 2 total \| 2 available/],
    ['describe service web', /Endpoints: +10\.\d+\.\d+\.\d+:80/],
    ['describe node', /Allocatable:(.*\n)+.*cpu:/],
    ['explain pod.spec.containers.image', /FIELD: image <string>/],
    ['explain deployment', /KIND: +Deployment\nVERSION: +v1/],
    ['api-resources', /deployments +deploy +apps\/v1 +true +Deployment/],
    ['api-versions', /^apps\/v1$/m],
    ['cluster-info', /Kubernetes control plane.* is running at/],
    ['version', /Server Version: v1\.36/],
    ['auth can-i create pods', /^yes/],
    ['auth can-i list nodes --as=nobody', /^no/],
    ['auth whoami', /kubernetes-admin/],
  ])('kubectl %s', async (command, expected) => {
    const { stdout } = await cluster.tryKubectl(['-n', NS, ...command.split(' ')]);
    expect(stdout).toMatch(expected);
  });
});

const CONFIG = (color: string) => `apiVersion: v1
kind: ConfigMap
metadata: { name: colors }
data: { color: ${color} }
`;

describe('apply, diff, replace, patch, edit', () => {
  it('apply creates, leaves alone, and changes', async () => {
    expect(await k('apply -f -', { input: CONFIG('red') })).toBe('configmap/colors created\n');
    expect(await k('apply -f -', { input: CONFIG('red') })).toBe('configmap/colors unchanged\n');
    expect(await k('apply -f -', { input: CONFIG('blue') })).toBe('configmap/colors configured\n');
    expect(await k('apply --server-side --force-conflicts -f -', { input: CONFIG('green') })).toBe(
      'configmap/colors serverside-applied\n',
    );
  });

  it('diff shows what apply would change, and dry run changes nothing', async () => {
    const { code, stdout } = await cluster.tryKubectl(['-n', NS, 'diff', '-f', '-'], { input: CONFIG('pink') });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^-.*color: green$/m);
    expect(stdout).toMatch(/^\+.*color: pink$/m);
    await k('apply --dry-run=server -f -', { input: CONFIG('pink') });
    expect(await k('get configmap colors -o jsonpath={.data.color}')).toBe('green');
  });

  it('replace', async () => {
    expect(await k('replace -f -', { input: CONFIG('white') })).toBe('configmap/colors replaced\n');
  });

  it.each([
    ['strategic', '{"data":{"strategic":"1"}}'],
    ['merge', '{"data":{"merge":"1"}}'],
    ['json', '[{"op":"add","path":"/data/json","value":"1"}]'],
  ])('patch --type=%s', async (type, patch) => {
    await k(['patch', 'configmap', 'colors', `--type=${type}`, '-p', patch]);
    expect(await k(`get configmap colors -o jsonpath={.data.${type}}`)).toBe('1');
  });

  it('edit', async () => {
    await k('edit configmap colors', { env: { KUBE_EDITOR: 'sed -i s/white/black/' } });
    expect(await k('get configmap colors -o jsonpath={.data.color}')).toBe('black');
  });

  it('label and annotate', async () => {
    await k('label configmap colors tier=front');
    await k('annotate configmap colors note=kept');
    expect(await k('get configmap colors -o jsonpath={.metadata.labels.tier}{.metadata.annotations.note}')).toBe(
      'frontkept',
    );
    await k('label configmap colors tier-');
    expect(await k('get configmap colors -o jsonpath={.metadata.labels.tier}')).toBe('');
  });

  it('refuses what is wrong, naming field and reason', async () => {
    const wrongType = await cluster.tryKubectl(['-n', NS, 'apply', '-f', '-'], { input: CONFIG('[1]') });
    expect(wrongType.code).not.toBe(0);
    const unknown = await cluster.tryKubectl(['-n', NS, 'apply', '-f', '-'], {
      input: `${CONFIG('red')}colour: blue\n`,
    });
    expect(unknown.stderr).toMatch(/unknown field "colour"/);
    const invalid = await cluster.tryKubectl(['-n', NS, 'create', 'configmap', 'Not_A_Name']);
    expect(invalid.stderr).toMatch(
      /metadata.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of/,
    );
    const yaml = await cluster.tryKubectl(['-n', NS, 'apply', '-f', '-'], { input: 'a: [b\n' });
    expect(yaml.stderr).toMatch(/error (parsing|converting)/);
  });
});

describe('rollouts', () => {
  it('scale, set image, status, history, undo, restart', async () => {
    await k('scale deployment web --replicas=3');
    await k('rollout status deployment/web --timeout=60s');
    await k('set image deployment/web nginx=nginx:alpine');
    expect(await k('rollout status deployment/web --timeout=120s')).toMatch(/successfully rolled out/);
    expect(await k('rollout history deployment/web')).toMatch(/REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>/);
    await k('rollout undo deployment/web');
    await k('rollout status deployment/web --timeout=120s');
    expect(await k('get deployment web -o jsonpath={.spec.template.spec.containers[0].image}')).toBe('nginx');
    await k('rollout restart deployment/web');
    expect(await k('rollout status deployment/web --timeout=120s')).toMatch(/successfully rolled out/);
  });

  it('reports an image that does not exist, and recovers', async () => {
    await k('set image deployment/web nginx=nginx:no-such-version');
    await eventually(async () => /ErrImagePull|ImagePullBackOff/.test(await k('get pods -l app=web')));
    await k('rollout undo deployment/web');
    await k('rollout status deployment/web --timeout=120s');
  });
});

describe('logs, exec, attach, cp', () => {
  it('logs with --tail, --since, -f, -l and -p', async () => {
    expect((await k('logs shell --tail=2')).trim().split('\n')).toHaveLength(2);
    expect(await k('logs shell --since=1h')).toMatch(/^line 0$/m);
    expect(await k('logs -l role=shell --tail=1')).toMatch(/^line \d+\n$/);
    expect(await k('logs shell --timestamps --tail=1')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z line \d+\n$/);
    const follow = cluster.start(`-n ${NS} logs -f --tail=1 shell`);
    await follow.waitFor(/line \d+\nline \d+\n/);
    await follow.stop();
  });

  it.each([29, 32, 36])('exec with kubectl 1.%i, its output and exit code', async (minor) => {
    expect(await k('exec shell -- sh -c env', { minor })).toMatch(/^COLOR=green$/m);
    const failed = await cluster.tryKubectl(
      ['-n', NS, 'exec', 'shell', '--', 'sh', '-c', 'echo to stderr >&2; exit 7'],
      { minor },
    );
    expect(failed.code).toBe(7);
    expect(failed.stderr).toMatch(/to stderr/);
    expect(await k('exec -i shell -- cat', { minor, input: 'through stdin\n' })).toBe('through stdin\n');
  });

  it('exec -it gives a terminal that resizes', async () => {
    // The size arrives a moment after the terminal itself.
    const inPod = 'until stty size | grep "31 97"; do sleep 0.1; done';
    const scriptPath = join(folder, 'terminal.sh');
    const exec = `${upstreamProgram('kubectl')} -n ${NS} exec -it shell -- sh -c '${inPod}'`;
    writeFileSync(scriptPath, `stty rows 31 cols 97\n${exec}\n`);
    const env = { KUBECONFIG: cluster.kubeconfig };
    const result = await run('script', ['-qec', `sh ${scriptPath}`, '/dev/null'], { env, timeoutMs: 30_000 });
    expect(result.stdout).toMatch(/31 97/);
  });

  it('attach shows the running output', async () => {
    const attach = cluster.start(`-n ${NS} attach shell`);
    await attach.waitFor(/line \d+/);
    await attach.stop();
  });

  it('cp there and back', async () => {
    const path = join(folder, 'sent.txt');
    writeFileSync(path, 'copied\n');
    await k(['cp', path, 'shell:/tmp/arrived.txt']);
    expect(await k('exec shell -- cat /tmp/arrived.txt')).toBe('copied\n');
    await k(['cp', 'shell:/tmp/arrived.txt', join(folder, 'back.txt')]);
    expect(readFileSync(join(folder, 'back.txt'), 'utf8')).toBe('copied\n');
  });
});

describe('port-forward, proxy, services', () => {
  it.each([29, 36])('port-forward with kubectl 1.%i', async (minor) => {
    const child = spawn(upstreamProgram('kubectl', minor), ['-n', NS, 'port-forward', 'service/web', ':80'], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    });
    const forward = new RunningKubectl(child);
    const [, port] = await forward.waitFor(/Forwarding from 127\.0\.0\.1:(\d+)/);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toMatch(/Welcome to nginx/);
    await forward.stop();
  });

  it('proxy gives the API and services without credentials', async () => {
    const proxy = cluster.start('proxy --port=0');
    const [, address] = await proxy.waitFor(/Starting to serve on (\S+)/);
    expect(await (await fetch(`http://${address}/api/v1/namespaces/${NS}/services/web/proxy/`)).text()).toMatch(
      /Welcome to nginx/,
    );
    expect(await (await fetch(`http://${address}/version`)).json()).toMatchObject({ major: '1', minor: '36' });
    await proxy.stop();
  });

  it('a service answers by name from a pod', async () => {
    expect(await k('exec shell -- wget -qO- http://web')).toMatch(/Welcome to nginx/);
    expect(await k(`exec shell -- nslookup web.${NS}.svc.cluster.local`)).toMatch(/Address.*10\./);
    expect(await k('exec shell -- cat /etc/resolv.conf')).toMatch(
      new RegExp(`search ${NS}.svc.cluster.local svc.cluster.local cluster.local`),
    );
  });
});

describe('create token, events, wait, delete', () => {
  it('create token gives one that the API server takes', async () => {
    const token = (await k('create token default')).trim();
    expect(token.split('.')).toHaveLength(3);
    const anonymous = ['--kubeconfig=/dev/null', `--server=${cluster.server}`, '--insecure-skip-tls-verify'];
    const who = await cluster.kubectl(['auth', 'whoami', ...anonymous, `--token=${token}`]);
    expect(who).toMatch(`system:serviceaccount:${NS}:default`);
  });

  it('events', async () => expect(await k('events --for pod/shell')).toMatch(/Started/));

  it('delete waits for the end; cascades and orphans', async () => {
    await k('create deployment short --image=busybox --replicas=1 -- sleep 3600');
    await k('rollout status deployment/short --timeout=60s');
    await k('delete deployment short --cascade=orphan');
    const orphan = (await k('get replicasets -l app=short -o name')).trim();
    expect(orphan).toMatch(/^replicaset.apps\/short-/);
    await k(`delete ${orphan} --cascade=foreground --timeout=60s`);
    expect(await k('get pods -l app=short -o name')).toBe('');
    await k('create deployment short --image=busybox -- sleep 3600');
    await k('delete deployment short');
    await k('wait --for=delete pod -l app=short --timeout=60s');
  });
});
