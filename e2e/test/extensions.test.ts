import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { issueCertificate, type KeyPair } from '@kubets/apiserver/node';
import { hostClock, hostRandom } from '@kubets/core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, TestCluster } from '../src/cluster.ts';
import { CLUSTER_NAME } from '../src/global-setup.ts';

const NS = 'garden';
const SERVICE = 'extension';
const YEAR_MS = 365 * 24 * 3_600_000;
const program = fileURLToPath(new URL('../programs/extension-server.mjs', import.meta.url));
let cluster: TestCluster;
let caBundle: string;

const apply = (...objects: object[]) =>
  cluster.kubectl('apply -f -', { input: JSON.stringify({ kind: 'List', apiVersion: 'v1', items: objects }) });
const base64 = (text: string) => Buffer.from(text).toString('base64');

function certificates(): { authority: KeyPair; serving: KeyPair } {
  const host = { clock: hostClock, random: hostRandom };
  const named = { commonName: SERVICE, validMs: YEAR_MS };
  const authority = issueCertificate({ ...named, usage: 'authority' }, { ...host, issuer: undefined });
  const hosts = [`${SERVICE}.${NS}.svc`];
  return { authority, serving: issueCertificate({ ...named, usage: 'server', hosts }, { ...host, issuer: authority }) };
}

/** The program as a pod with a certificate, behind a service. */
async function deploy(): Promise<void> {
  const { authority, serving } = certificates();
  caBundle = base64(authority.cert);
  const container = {
    name: 'server',
    image: 'bretfisher/httpenv',
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '/program/server.mjs'],
    readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
    volumeMounts: [
      { name: 'program', mountPath: '/program' },
      { name: 'certificates', mountPath: '/certificates' },
    ],
  };
  const volumes = [
    { name: 'program', configMap: { name: SERVICE } },
    { name: 'certificates', secret: { secretName: SERVICE } },
  ];
  const metadata = { name: SERVICE, namespace: NS };
  const labels = { app: SERVICE };
  await apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'server.mjs': readFileSync(program, 'utf8') } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata,
      data: { 'tls.crt': base64(serving.cert), 'tls.key': base64(serving.key) },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container], volumes } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ port: 443, targetPort: 8443 }] },
    },
  );
  await cluster.kubectl(`-n ${NS} rollout status deployment/${SERVICE} --timeout=60s`);
}

const clientConfig = (path: string) => ({ caBundle, service: { namespace: NS, name: SERVICE, path } });

function webhook(path: string, rule: object): object {
  return {
    name: `${path.slice(1)}.${SERVICE}.example.org`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    clientConfig: clientConfig(path),
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NS } },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], ...rule }],
  };
}

const configuration = (type: string, ...webhooks: object[]) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${type}WebhookConfiguration`,
  metadata: { name: SERVICE },
  webhooks,
});

const OWNED = [
  `mutatingwebhookconfiguration/${SERVICE}`,
  `validatingwebhookconfiguration/${SERVICE}`,
  'apiservice/v1.flowers.example.org',
  'crd/endpoints.net.example.org',
  `namespace/${NS}`,
];

beforeAll(async () => {
  cluster = await TestCluster.up(CLUSTER_NAME);
  await cluster.kubectl(`create namespace ${NS}`);
  await deploy();
});
afterAll(async () => {
  await cluster.kubectl(['delete', '--ignore-not-found', '--wait=false', ...OWNED]);
});

describe('admission webhooks behind a service', () => {
  beforeAll(async () => {
    const maps = { operations: ['CREATE'], resources: ['configmaps'] };
    const attach = { operations: ['CONNECT'], resources: ['pods/attach'] };
    await apply(
      configuration('Mutating', webhook('/mutate', maps)),
      configuration('Validating', webhook('/validate', maps), webhook('/attach', attach)),
    );
  });
  afterAll(async () => {
    await cluster.kubectl(['delete', ...OWNED.slice(0, 2)]);
  });

  it('change objects, warn and refuse', async () => {
    const made = await cluster.tryKubectl(`-n ${NS} create configmap good --from-literal=a=b`);
    expect(made).toMatchObject({ code: 0 });
    expect(made.stderr).toContain('Warning: looked at');
    expect(await cluster.kubectl(`-n ${NS} get configmap good -o jsonpath={.data}`)).toBe('{"a":"b","seen":"yes"}');
    const refused = await cluster.tryKubectl(`-n ${NS} create configmap wrong --from-literal=bad=1`);
    expect(refused.stderr).toContain(
      `admission webhook "validate.${SERVICE}.example.org" denied the request: it is bad`,
    );
  });

  it('deny attaching to a pod', async () => {
    await cluster.kubectl(
      `-n ${NS} run to-be-attached-pod --image=busybox --image-pull-policy=IfNotPresent -- sleep 3600`,
    );
    await cluster.kubectl(`-n ${NS} wait --for=condition=Ready pod/to-be-attached-pod --timeout=60s`);
    const attached = await cluster.tryKubectl(`-n ${NS} attach to-be-attached-pod -i -c to-be-attached-pod`);
    expect(attached.code).not.toBe(0);
    expect(attached.stderr).toContain(`attaching to pod 'to-be-attached-pod' is not allowed`);
    expect(await cluster.kubectl(`-n ${NS} exec to-be-attached-pod -- echo through`)).toBe('through\n');
  });
});

describe('a conversion webhook behind a service', () => {
  it('shows custom resources in the version asked for', async () => {
    const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const version = (name: string, storage: boolean) => ({
      name,
      served: true,
      storage,
      schema: { openAPIV3Schema: open },
    });
    await apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'endpoints.net.example.org' },
      spec: {
        group: 'net.example.org',
        scope: 'Namespaced',
        names: { plural: 'endpoints', kind: 'Endpoint', singular: 'endpoint' },
        versions: [version('v1', true), version('v2', false)],
        conversion: {
          strategy: 'Webhook',
          webhook: { conversionReviewVersions: ['v1'], clientConfig: clientConfig('/convert') },
        },
      },
    });
    await cluster.kubectl('wait --for=condition=Established crd/endpoints.net.example.org --timeout=30s');
    await apply({
      apiVersion: 'net.example.org/v1',
      kind: 'Endpoint',
      metadata: { name: 'e', namespace: NS },
      hostPort: 'localhost:80',
    });
    const seen = await cluster.json<{ apiVersion: string; host: string; port: string }>(
      `-n ${NS} get endpoints.v2.net.example.org e`,
    );
    expect(seen).toMatchObject({ apiVersion: 'net.example.org/v2', host: 'localhost', port: '80' });
  });
});

describe('an aggregated API server behind a service', () => {
  it('is available, listed, read and explained, and forgotten when it goes', async () => {
    await apply({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.flowers.example.org' },
      spec: {
        group: 'flowers.example.org',
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        caBundle,
        service: { namespace: NS, name: SERVICE },
      },
    });
    await cluster.kubectl('wait --for=condition=Available apiservice/v1.flowers.example.org --timeout=30s');
    expect(await cluster.kubectl('api-resources --api-group=flowers.example.org')).toMatch(
      /roses +flowers\.example\.org\/v1 +true +Rose/,
    );
    expect(await cluster.kubectl(`-n ${NS} get roses -o name`)).toBe(
      'rose.flowers.example.org/gallica\nrose.flowers.example.org/rugosa\n',
    );
    expect(await cluster.kubectl('explain roses.color')).toContain('What it looks like.');
    const v2 = () => cluster.kubectl('get --raw /openapi/v2');
    expect(await v2()).toContain('A rose of the garden.');
    await cluster.kubectl('delete apiservice v1.flowers.example.org');
    await eventually(async () => !(await v2()).includes('A rose of the garden.'));
  });
});
