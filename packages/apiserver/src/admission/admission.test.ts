import {
  type LimitRange,
  limitRangeKind,
  type Namespace,
  namespaceKind,
  nodeKind,
  type Pod,
  type PriorityClass,
  persistentVolumeClaimKind,
  podKind,
  priorityClassKind,
  type ResourceQuota,
  resourceQuotaKind,
  type ServiceAccount,
  serviceAccountKind,
} from '@kubets/api';
import { type Client, createClient } from '@kubets/client';
import { seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore } from '@kubets/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from '../server.ts';

let server: ApiServer;
let client: Client;

beforeEach(async () => {
  const clock = new VirtualClock();
  server = await createApiServer({ store: memoryStore({ clock }), clock, random: seededRandom(1) });
  client = createClient(server.localTransport());
});
afterEach(() => server.close());

function pod(name: string, spec: object = {}, namespace = 'default'): Pod {
  const complete = { containers: [{ name: 'main', image: 'nginx' }], ...spec };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: complete } as unknown as Pod;
}

const createNamespace = (name: string, labels: Record<string, string> = {}) =>
  client
    .resource(namespaceKind)
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } } as unknown as Namespace);

async function createAccount(namespace: string): Promise<void> {
  const metadata = { name: 'default', namespace };
  await client
    .resource(serviceAccountKind)
    .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata } as ServiceAccount);
}

describe('NamespaceLifecycle', () => {
  it('creates nothing in namespaces that are missing or ending', async () => {
    const pods = client.resource(podKind);
    await expect(pods.create(pod('a', {}, 'nowhere'))).rejects.toMatchObject({
      code: 404,
      message: 'namespaces "nowhere" not found',
    });
    await createNamespace('x');
    await client.resource(namespaceKind).delete('', 'x');
    await expect(pods.create(pod('a', {}, 'x'))).rejects.toMatchObject({
      code: 403,
      message: 'pods "a" is forbidden: unable to create new content in namespace x because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
    });
  });

  it('keeps the system namespaces', async () => {
    await expect(client.resource(namespaceKind).delete('', 'kube-system')).rejects.toMatchObject({
      message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    });
  });
});

describe('ServiceAccount', () => {
  it('mounts a token', async () => {
    const created = await client.resource(podKind).create(pod('a'));
    expect(created.spec.serviceAccountName).toBe('default');
    const volume = created.spec.volumes![0]!;
    expect(volume.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(created.spec.containers[0]!.volumeMounts).toEqual([
      { name: volume.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ]);
  });

  it('refuses accounts that are missing', async () => {
    await expect(client.resource(podKind).create(pod('a', { serviceAccountName: 'x' }))).rejects.toMatchObject({
      code: 403,
      message: 'pods "a" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
    });
  });
});

describe('pods that are wrong and not allowed', () => {
  it('are told what is wrong before what is not allowed', async () => {
    const pods = client.resource(podKind);
    await expect(pods.create(pod('a', { overhead: { cpu: '1' }, hostname: 'A' }))).rejects.toMatchObject({ code: 422 });
    await expect(pods.create(pod('a', { overhead: { cpu: '1' } }))).rejects.toMatchObject({
      code: 403,
      message:
        'pods "a" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    });
  });

  it('have the preemption policy of their class, or none', async () => {
    await expect(client.resource(podKind).create(pod('a', { preemptionPolicy: '' }))).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining('the string value of PreemptionPolicy () must not be provided in pod spec'),
    });
  });
});

describe('defaults for pods', () => {
  it('adds tolerations and priority', async () => {
    const created = await client.resource(podKind).create(pod('a', { priorityClassName: 'system-node-critical' }));
    expect(created.spec.priority).toBe(2_000_001_000);
    expect(created.spec.preemptionPolicy).toBe('PreemptLowerPriority');
    expect(created.spec.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds])).toEqual([
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ]);
    await expect(client.resource(podKind).create(pod('b', { priorityClassName: 'x' }))).rejects.toMatchObject({
      message: 'pods "b" is forbidden: no PriorityClass with name x was found',
    });
  });

  it('allows one default priority class', async () => {
    const classes = client.resource(priorityClassKind);
    const priorityClass = (name: string) =>
      ({
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name },
        value: 5,
        globalDefault: true,
      }) as unknown as PriorityClass;
    await classes.create(priorityClass('one'));
    await expect(classes.create(priorityClass('two'))).rejects.toMatchObject({ code: 403 });
    expect((await client.resource(podKind).create(pod('a'))).spec).toMatchObject({
      priority: 5,
      priorityClassName: 'one',
    });
  });

  it('protects claims and taints nodes', async () => {
    const claim = await client.resource(persistentVolumeClaimKind).create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    } as never);
    expect(claim.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    const node = await client
      .resource(nodeKind)
      .create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } } as never);
    expect(node.spec?.taints).toMatchObject([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
  });
});

describe('LimitRanger', () => {
  it('fills in defaults and holds to bounds', async () => {
    await client.resource(limitRangeKind).create({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l', namespace: 'default' },
      spec: {
        limits: [{ type: 'Container', max: { cpu: '1' }, default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } }],
      },
    } as unknown as LimitRange);
    const created = await client.resource(podKind).create(pod('a'));
    expect(created.spec.containers[0]!.resources).toEqual({ requests: { cpu: '100m' }, limits: { cpu: '500m' } });
    const greedy = { containers: [{ name: 'main', image: 'x', resources: { limits: { cpu: '2' } } }] };
    await expect(client.resource(podKind).create(pod('b', greedy))).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining('maximum cpu usage per Container is 1, but limit is 2'),
    });
  });
});

describe('ResourceQuota', () => {
  it('charges what is created and refuses what exceeds', async () => {
    const quotas = client.resource(resourceQuotaKind);
    const quota = await quotas.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q', namespace: 'default' },
      spec: { hard: { pods: '1', 'requests.cpu': '1' } },
    } as unknown as ResourceQuota);
    await quotas.updateStatus({
      ...quota,
      status: { hard: quota.spec.hard!, used: { pods: '0', 'requests.cpu': '0' } },
    });
    await expect(client.resource(podKind).create(pod('a'))).rejects.toMatchObject({
      message: 'pods "a" is forbidden: failed quota: q: must specify requests.cpu for: main',
    });
    const sized = { containers: [{ name: 'main', image: 'x', resources: { requests: { cpu: '300m' } } }] };
    await client.resource(podKind).create(pod('a', sized));
    expect((await quotas.get('default', 'q')).status?.used).toEqual({ pods: '1', 'requests.cpu': '300m' });
    await expect(client.resource(podKind).create(pod('b', sized))).rejects.toMatchObject({
      code: 403,
      message: 'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    });
  });
});

describe('PodSecurity', () => {
  it('enforces the level of the namespace', async () => {
    await createNamespace('safe', { 'pod-security.kubernetes.io/enforce': 'restricted' });
    await createAccount('safe');
    await expect(client.resource(podKind).create(pod('a', {}, 'safe'))).rejects.toMatchObject({
      code: 403,
      message:
        'pods "a" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    });
    await createNamespace('base', { 'pod-security.kubernetes.io/enforce': 'baseline' });
    await createAccount('base');
    await client.resource(podKind).create(pod('a', {}, 'base'));
    await expect(client.resource(podKind).create(pod('b', { hostNetwork: true }, 'base'))).rejects.toMatchObject({
      message: expect.stringContaining('host namespaces (hostNetwork=true)'),
    });
  });

  it('refuses unknown levels and warns of pods that a new level would not let in', async () => {
    await expect(createNamespace('odd', { 'pod-security.kubernetes.io/enforce': 'nope' })).rejects.toMatchObject({
      code: 422,
      message:
        'Namespace "odd" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "nope": must be one of privileged, baseline, restricted',
    });
    await createNamespace('rises');
    await createAccount('rises');
    await client.resource(podKind).create(pod('a', {}, 'rises'));
    await client.resource(podKind).create(pod('b', {}, 'rises'));
    await client.resource(podKind).create(pod('c', { hostPID: true }, 'rises'));
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    const { warnings } = await client.transport.request({
      verb: 'patch',
      resource: { group: '', version: 'v1', resource: 'namespaces' },
      namespace: '',
      name: 'rises',
      subresource: '',
      options: {},
      patchType: 'merge',
      body: { metadata: { labels } },
    });
    const rules = 'allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile';
    expect(warnings).toEqual([
      'existing pods in namespace "rises" violate the new PodSecurity enforce level "restricted:latest"',
      `a (and 1 other pod): ${rules}`,
      `c: host namespaces, ${rules}`,
    ]);
    await expect(
      client.resource(namespaceKind).patch({ namespace: '', name: 'rises' }, 'merge', {
        metadata: { labels: { 'pod-security.kubernetes.io/enforce-version': '1.30' } },
      }),
    ).rejects.toMatchObject({ message: expect.stringContaining('must be "latest" or "v1.x"') });
  });
});

describe('NodeRestriction', () => {
  it('keeps a kubelet to its own node', async () => {
    const user = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
    const nodes = createClient(server.localTransport(user)).resource(nodeKind);
    await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } } as never);
    await expect(
      nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' } } as never),
    ).rejects.toMatchObject({
      code: 403,
    });
    const pods = createClient(server.localTransport(user)).resource(podKind);
    await expect(pods.create(pod('a', { nodeName: 'n1' }))).rejects.toMatchObject({ code: 403 });
  });
});
