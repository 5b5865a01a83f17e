import { afterEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { ApiServerOptions } from '../server.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';
import { parseAdmissionConfiguration } from './configuration.ts';
import { checkAdmissionPlugins } from './plugins.ts';

let harness: Harness;
afterEach(() => harness?.stop());

async function start(options: Partial<ApiServerOptions> = {}): Promise<void> {
  harness = await Harness.start({}, { disabledAdmission: ['ServiceAccount'], ...options });
}
const enable = (...enabledAdmission: string[]) => start({ enabledAdmission });

const pods = '/api/v1/namespaces/default/pods';
const container = { name: 'c', image: 'i', imagePullPolicy: 'Never' };
const post = (name: string, spec: object = {}, path = pods) =>
  harness.call('POST', path, { body: { metadata: { name }, spec: { containers: [container], ...spec } } });

const reading = (text: string) => ({ readFile: () => text, endpointOf: () => ({ url: 'https://x.example.org/' }) });

describe('plugins that are chosen', () => {
  it.each([
    [{ enabledAdmission: ['Nonsense'] }, 'enable-admission-plugins plugin "Nonsense" is unknown'],
    [{ disabledAdmission: ['Nonsense'] }, 'disable-admission-plugins plugin "Nonsense" is unknown'],
    [{ enabledAdmission: ['Priority'], disabledAdmission: ['Priority'] }, 'overlapped'],
    [{ enabledAdmission: ['ClusterTrustBundleAttest'] }, 'is not implemented'],
    [{ enabledAdmission: ['ImagePolicyWebhook'] }, 'no config specified'],
  ])('%o is refused', async (options, message) => {
    await expect(start(options)).rejects.toThrow(message);
    await start();
  });

  it('may be those that are on anyway', async () => {
    const names = ['CertificateApproval', 'CertificateSigning', 'MutatingAdmissionPolicy', 'MutatingAdmissionWebhook'];
    const enabled = [...names, 'ValidatingAdmissionPolicy', 'ValidatingAdmissionWebhook', 'AlwaysAdmit'];
    checkAdmissionPlugins({ enabled });
    await enable(...enabled);
    expect(() => checkAdmissionPlugins({ disabled: ['Nonsense'] })).toThrow('is unknown');
  });

  it('are off unless asked for', async () => {
    await start();
    expect((await post('a')).json().spec.containers[0].imagePullPolicy).toBe('Never');
  });
});

describe('AlwaysPullImages', () => {
  it('pulls every image, and holds updates that bring a new one to it', async () => {
    await enable('AlwaysPullImages');
    const { spec } = (await post('a', { initContainers: [{ name: 'i', image: 'x' }] })).json();
    expect(spec.containers[0].imagePullPolicy).toBe('Always');
    expect(spec.initContainers[0].imagePullPolicy).toBe('Always');
    const headers = { 'content-type': 'application/merge-patch+json' };
    const labels = await harness.call('PATCH', `${pods}/a`, { headers, body: { metadata: { labels: { a: 'b' } } } });
    expect(labels.code).toBe(200);
  });
});

describe('namespaces', () => {
  it('are made when something is created in them', async () => {
    await enable('NamespaceAutoProvision');
    expect((await post('a', {}, '/api/v1/namespaces/fresh/pods')).code).toBe(201);
    expect((await harness.call('GET', '/api/v1/namespaces/fresh')).json().status.phase).toBe('Active');
    expect((await post('a', {}, '/api/v1/namespaces/dry/pods?dryRun=All')).code).toBe(404);
  });
});

describe('PodNodeSelector', () => {
  const configuration = {
    podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: 'pool=main', limited: 'env=a,pool=main' },
  };

  it('adds the selector of the namespace', async () => {
    await start({
      enabledAdmission: ['PodNodeSelector'],
      admissionConfiguration: parseAdmissionConfiguration(
        JSON.stringify({
          kind: 'AdmissionConfiguration',
          apiVersion: 'apiserver.config.k8s.io/v1',
          plugins: [{ name: 'PodNodeSelector', path: 'selectors.yaml' }],
        }),
        reading(JSON.stringify(configuration)),
      ),
    });
    const annotations = { 'scheduler.alpha.kubernetes.io/node-selector': 'env=b, disk=ssd' };
    for (const metadata of [{ name: 'b', annotations }, { name: 'limited' }])
      await harness.create('/api/v1/namespaces', { metadata });
    const b = '/api/v1/namespaces/b/pods';
    const selected = (await post('a', { nodeSelector: { own: 'x' } }, b)).json().spec.nodeSelector;
    expect(selected).toEqual({ env: 'b', disk: 'ssd', own: 'x' });
    const conflict = await post('c', { nodeSelector: { env: 'other' } }, b);
    expect(conflict.json()).toMatchObject({
      code: 403,
      message: 'pods "c" is forbidden: pod node label selector conflicts with its namespace node label selector',
    });
    expect((await post('d')).json().spec.nodeSelector).toEqual({ pool: 'main' });
    const outside = await post('e', { nodeSelector: { own: 'x' } }, '/api/v1/namespaces/limited/pods');
    expect(outside.json().message).toContain('conflict with its namespace whitelist');
  });
});

describe('placement of pods', () => {
  it('tolerates what is set aside for an extended resource', async () => {
    await enable('ExtendedResourceToleration');
    const resources = { requests: { cpu: '1', 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } };
    const { spec } = (await post('a', { containers: [{ ...container, resources }] })).json();
    expect(spec.tolerations).toContainEqual({ key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' });
    expect(spec.tolerations.map(({ key }: { key: string }) => key)).not.toContain('cpu');
  });

  it('is kept apart by node only', async () => {
    await enable('LimitPodHardAntiAffinityTopology');
    const term = (topologyKey: string) => ({
      affinity: {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: {} }] },
      },
    });
    expect((await post('a', term('kubernetes.io/hostname'))).code).toBe(201);
    const refused = await post('b', term('zone'));
    expect(refused.json().message).toBe(
      'pods "b" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed',
    );
  });

  it('is told in labels', async () => {
    await start();
    const labels = { 'topology.kubernetes.io/zone': 'z1', 'topology.kubernetes.io/region': 'r1', other: 'o' };
    await harness.create('/api/v1/nodes', { metadata: { name: 'n', labels } });
    await post('a');
    const binding = { metadata: { name: 'a' }, target: { kind: 'Node', name: 'n' } };
    expect((await harness.call('POST', `${pods}/a/binding`, { body: binding })).code).toBe(201);
    const bound = (await harness.call('GET', `${pods}/a`)).json();
    expect(bound.metadata.labels).toEqual({
      'topology.kubernetes.io/zone': 'z1',
      'topology.kubernetes.io/region': 'r1',
    });
  });
});

describe('PodTolerationRestriction', () => {
  it('adds the tolerations of the namespace, and allows no others', async () => {
    await enable('PodTolerationRestriction');
    const dedicated = { key: 'dedicated', operator: 'Equal', value: 'a', effect: 'NoSchedule' };
    const system = { key: 'node.kubernetes.io', operator: 'Exists' };
    const annotations = {
      'scheduler.alpha.kubernetes.io/defaultTolerations': JSON.stringify([dedicated]),
      'scheduler.alpha.kubernetes.io/tolerationsWhitelist': JSON.stringify([
        { key: 'dedicated', operator: 'Exists' },
        ...['not-ready', 'unreachable', 'memory-pressure'].map((name) => ({ ...system, key: `${system.key}/${name}` })),
      ]),
    };
    await harness.create('/api/v1/namespaces', { metadata: { name: 'own', annotations } });
    const own = '/api/v1/namespaces/own/pods';
    const resources = { requests: { cpu: '1' } };
    const { spec } = (await post('a', { containers: [{ ...container, resources }] }, own)).json();
    const keys = spec.tolerations.map(({ key }: { key: string }) => key);
    expect(keys).toContain('dedicated');
    expect(keys).toContain('node.kubernetes.io/memory-pressure');
    const refused = await post('b', { tolerations: [{ key: 'other', operator: 'Exists' }] }, own);
    expect(refused.json().message).toContain('conflict with its namespace whitelist');
  });
});

describe('OwnerReferencesPermissionEnforcement', () => {
  it('asks for rights to the object and to its owner', async () => {
    await enable('OwnerReferencesPermissionEnforcement');
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'update', 'patch', 'get'] }];
    await harness.create(`${rbac}/clusterroles`, { metadata: { name: 'r' }, rules });
    await harness.create(`${rbac}/clusterrolebindings`, {
      metadata: { name: 'r' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
      subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    const maps = '/api/v1/namespaces/default/configmaps';
    const headers = { 'impersonate-user': 'jane' };
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' };
    const create = (name: string, more: object = {}) =>
      harness.call('POST', maps, { headers, body: { metadata: { name, ownerReferences: [{ ...ref, ...more }] } } });
    expect((await create('a')).code).toBe(201);
    const blocked = await create('b', { blockOwnerDeletion: true });
    expect(blocked.json().message).toBe(
      `configmaps "b" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>`,
    );
    const body = { metadata: { ownerReferences: null } };
    const patch = { headers: { ...headers, 'content-type': 'application/merge-patch+json' }, body };
    const changed = await harness.call('PATCH', `${maps}/a`, patch);
    expect(changed.json().message).toContain("cannot set an ownerRef on a resource you can't delete: ");
  });
});

describe('DenyServiceExternalIPs', () => {
  it('lets services only give addresses up', async () => {
    await enable('DenyServiceExternalIPs');
    const body = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }], externalIPs: ['192.0.2.1'] } };
    const refused = await harness.call('POST', '/api/v1/namespaces/default/services', { body });
    expect(refused.json().message).toBe(
      'services "s" is forbidden: Use of external IPs is denied by admission control.',
    );
  });
});

describe('EventRateLimit', () => {
  it('holds back those who write too many', async () => {
    const limits = [{ type: 'User', qps: 0.001, burst: 2 }];
    await start({ enabledAdmission: ['EventRateLimit'], admissionConfiguration: { eventLimits: limits as never } });
    const write = (name: string) =>
      harness.call('POST', '/api/v1/namespaces/default/events', {
        body: { metadata: { name }, involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' } },
      });
    expect((await write('a')).code).toBe(201);
    expect((await write('b')).code).toBe(201);
    expect((await write('c')).json()).toMatchObject({
      code: 429,
      message: 'Too many requests: limit reached on type User for key admin',
    });
  });

  it.each([
    ['limits: []', 'must not be empty'],
    ['limits: [{type: All, qps: 1, burst: 1}]', 'limits[0].type: Unsupported value: "All"'],
    ['limits: [{type: User, qps: 0, burst: 1}]', 'limits[0].qps: Invalid value: 0: must be positive'],
  ])('refuses %s', (text, message) => {
    const file = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n';
    const parse = () => parseAdmissionConfiguration(`${file}- {name: EventRateLimit, path: x}`, reading(text));
    expect(parse).toThrow(message);
  });
});

describe('PodSecurity', () => {
  it('has defaults and exemptions', async () => {
    const podSecurity = { defaults: { enforce: 'baseline' }, exemptions: { namespaces: ['free'] } };
    await start({ admissionConfiguration: { podSecurity } });
    await harness.create('/api/v1/namespaces', { metadata: { name: 'free' } });
    const privileged = { hostNetwork: true };
    expect((await post('a', privileged)).json().message).toContain('violates PodSecurity "baseline:latest"');
    expect((await post('a', privileged, '/api/v1/namespaces/free/pods')).code).toBe(201);
  });
});

describe('what is created and not stored', () => {
  it('passes admission too', async () => {
    const seen: AdmissionRequest[] = [];
    const watching: AdmissionPlugin = {
      name: 'Watching',
      handles: () => true,
      validate: (admission) => void seen.push(admission),
    };
    await start({ admission: [watching] });
    await post('a');
    await harness.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'builder' } });
    seen.length = 0;
    await harness.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
    });
    await harness.create('/api/v1/namespaces/default/serviceaccounts/builder/token', { spec: {} });
    const body = { metadata: { name: 'a' }, deleteOptions: { gracePeriodSeconds: 0 } };
    expect((await harness.call('POST', `${pods}/a/eviction`, { body })).code).toBe(201);
    expect(
      seen.map(({ operation, subresource, object, name }) => [operation, subresource, object?.kind, name]),
    ).toEqual([
      ['CREATE', '', 'SelfSubjectAccessReview', ''],
      ['CREATE', 'token', 'TokenRequest', 'builder'],
      ['CREATE', 'eviction', 'Eviction', 'a'],
    ]);
  });
});
