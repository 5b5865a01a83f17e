import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCluster } from '../src/cluster.ts';
import { CLUSTER_NAME } from '../src/global-setup.ts';

// The oldest that is promised to work, releases that users have, and the newest.
const MINORS = [20, 29, 31, 33, 36];
/** When kubectl learnt commands that older ones do not have. */
const SINCE: Readonly<Record<string, number>> = { 'create token default': 24 };

const manifest = (replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { tier: front } }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - { name: nginx, image: nginx, ports: [{ containerPort: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: shell }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: shell, image: busybox, stdin: true, command: [sh, -c, 'echo started; while read line; do echo got $line; done'] }
`;

/** Commands in the order in which they are typed, and what each one prints. */
const COMMANDS: readonly (readonly [string, RegExp])[] = [
  ['version', /Server Version: .*v1\.36/],
  ['api-resources', /deployments +deploy +apps\/v1 +true +Deployment/],
  ['explain deployment.spec.replicas', /replicas.*<integer>/],
  ['apply -f FILE', /deployment.apps\/web created\nservice\/web created\npod\/shell created/],
  ['apply -f FILE', /deployment.apps\/web unchanged\nservice\/web unchanged\npod\/shell unchanged/],
  ['rollout status deployment/web --timeout=60s', /successfully rolled out/],
  ['wait --for=condition=Ready pod/shell --timeout=30s', /pod\/shell condition met/],
  ['get deployments,services,pods', /web +1\/1 +1 +1/],
  ['get deployment web -o jsonpath={.status.readyReplicas}', /^1$/],
  ['describe deployment web', /1 desired \| 1 updated \| 1 total \| 1 available/],
  ['describe pod shell', /Events:(.*\n)+.*Started/],
  ['exec shell -- echo hello', /^hello\n$/],
  ['logs shell', /^started\n$/],
  ['cp FILE shell:/tmp/file', /^$/],
  ['exec shell -- cat /tmp/file', /kind: Deployment/],
  ['diff -f CHANGED', /-\s+replicas: 1\n\+\s+replicas: 2/],
  ['apply --server-side --force-conflicts -f CHANGED', /deployment.apps\/web serverside-applied/],
  ['label pod shell color=blue', /labeled/],
  ['patch deployment web -p {"metadata":{"annotations":{"a":"b"}}}', /patched/],
  ['scale deployment web --replicas=1', /scaled/],
  ['set image deployment/web nginx=nginx:1.17', /image updated/],
  ['rollout undo deployment/web', /rolled back/],
  ['rollout history deployment/web', /\n2 +<none>\n3 +<none>/],
  ['create token default', /^ey/],
  ['auth can-i create pods', /^yes\n$/],
  ['delete -f FILE', /pod "shell" deleted/],
];

let cluster: TestCluster;
const files: Record<string, string> = {};

beforeAll(async () => {
  cluster = await TestCluster.up(CLUSTER_NAME);
  for (const [name, replicas] of [
    ['FILE', 1],
    ['CHANGED', 2],
  ] as const) {
    files[name] = join(tmpdir(), `kubets-matrix-${process.pid}-${name}`);
    writeFileSync(files[name], manifest(replicas));
  }
});

describe.each(MINORS)('kubectl 1.%i', (minor) => {
  const namespace = `kubectl-${minor}`;

  beforeAll(() => cluster.kubectl(`create namespace ${namespace}`, { minor }));
  afterAll(() => cluster.kubectl(`delete namespace ${namespace} --wait=false`, { minor }));

  it.each(COMMANDS.filter(([command]) => minor >= (SINCE[command] ?? 0)))('%s', async (command, expected) => {
    const words = command.split(' ').map((word) => files[word] ?? word);
    const { stdout, stderr, code } = await cluster.tryKubectl(['-n', namespace, ...words], { minor });
    expect(stdout, stderr).toMatch(expected);
    // A difference is what diff was asked for.
    expect(code, stderr).toBe(command.startsWith('diff') ? 1 : 0);
  });

  it('attach reaches the standard input of the container', async () => {
    const args = ['-n', namespace, 'run', 'reader', '--image=busybox', '--restart=Never', '--rm', '-i', '--quiet'];
    const { stdout } = await cluster.tryKubectl([...args, '--', 'cat'], { minor, input: 'typed\n' });
    expect(stdout).toContain('typed');
  });
});
