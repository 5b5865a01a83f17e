import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../test/harness.ts';
import { servedKinds } from './served-kinds.ts';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };

/** Old manifests as course decks print them: path, manifest, where the object is found today and what it looks like there. */
const MANIFESTS: [string, string, object, string, object][] = [
  [
    'apps/v1beta2 Deployment',
    '/apis/apps/v1beta2/namespaces/default/deployments',
    { kind: 'Deployment', metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } }, template } },
    '/apis/apps/v1/namespaces/default/deployments/web',
    { apiVersion: 'apps/v1', spec: { replicas: 1, selector: { matchLabels: { app: 'web' } } } },
  ],
  [
    'extensions/v1beta1 Ingress',
    '/apis/extensions/v1beta1/namespaces/default/ingresses',
    {
      kind: 'Ingress',
      metadata: { name: 'cheddar' },
      spec: {
        rules: [
          {
            host: 'cheddar.test',
            http: { paths: [{ path: '/', backend: { serviceName: 'cheddar', servicePort: 80 } }] },
          },
        ],
      },
    },
    '/apis/networking.k8s.io/v1/namespaces/default/ingresses/cheddar',
    {
      spec: {
        rules: [
          {
            http: {
              paths: [
                { pathType: 'ImplementationSpecific', backend: { service: { name: 'cheddar', port: { number: 80 } } } },
              ],
            },
          },
        ],
      },
    },
  ],
  [
    'batch/v1beta1 CronJob',
    '/apis/batch/v1beta1/namespaces/default/cronjobs',
    {
      kind: 'CronJob',
      metadata: { name: 'tick' },
      spec: {
        schedule: '* * * * *',
        jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'OnFailure' } } } },
      },
    },
    '/apis/batch/v1/namespaces/default/cronjobs/tick',
    { spec: { concurrencyPolicy: 'Allow' } },
  ],
  [
    'policy/v1beta1 PodDisruptionBudget',
    '/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets',
    {
      kind: 'PodDisruptionBudget',
      metadata: { name: 'rng' },
      spec: { minAvailable: 2, selector: { matchLabels: { app: 'rng' } } },
    },
    '/apis/policy/v1/namespaces/default/poddisruptionbudgets/rng',
    { spec: { minAvailable: 2 } },
  ],
  [
    'autoscaling/v2beta2 HorizontalPodAutoscaler',
    '/apis/autoscaling/v2beta2/namespaces/default/horizontalpodautoscalers',
    {
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
      },
    },
    '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web',
    { spec: { minReplicas: 1 } },
  ],
  [
    'rbac.authorization.k8s.io/v1beta1 ClusterRole',
    '/apis/rbac.authorization.k8s.io/v1beta1/clusterroles',
    { kind: 'ClusterRole', metadata: { name: 'r' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/r',
    { rules: [{ verbs: ['get'] }] },
  ],
  [
    'storage.k8s.io/v1beta1 StorageClass',
    '/apis/storage.k8s.io/v1beta1/storageclasses',
    { kind: 'StorageClass', metadata: { name: 's' }, provisioner: 'x.example' },
    '/apis/storage.k8s.io/v1/storageclasses/s',
    { reclaimPolicy: 'Delete' },
  ],
  [
    'rbac.authorization.k8s.io/v1alpha1 ClusterRoleBinding',
    '/apis/rbac.authorization.k8s.io/v1alpha1/clusterrolebindings',
    {
      kind: 'ClusterRoleBinding',
      metadata: { name: 'b' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'Group', name: 'devs' }],
    },
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/b',
    { subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'devs' }] },
  ],
  [
    'scheduling.k8s.io/v1alpha1 PriorityClass',
    '/apis/scheduling.k8s.io/v1alpha1/priorityclasses',
    { kind: 'PriorityClass', metadata: { name: 'p' }, value: 7 },
    '/apis/scheduling.k8s.io/v1/priorityclasses/p',
    { value: 7, preemptionPolicy: 'PreemptLowerPriority' },
  ],
  [
    'node.k8s.io/v1alpha1 RuntimeClass',
    '/apis/node.k8s.io/v1alpha1/runtimeclasses',
    { kind: 'RuntimeClass', metadata: { name: 'r' }, spec: { runtimeHandler: 'runsc' } },
    '/apis/node.k8s.io/v1/runtimeclasses/r',
    { handler: 'runsc' },
  ],
  [
    'storage.k8s.io/v1alpha1 VolumeAttachment',
    '/apis/storage.k8s.io/v1alpha1/volumeattachments',
    {
      kind: 'VolumeAttachment',
      metadata: { name: 'a' },
      spec: { attacher: 'd.example.org', nodeName: 'n', source: { persistentVolumeName: 'v' } },
    },
    '/apis/storage.k8s.io/v1/volumeattachments/a',
    { spec: { nodeName: 'n' } },
  ],
  [
    'apiregistration.k8s.io/v1beta1 APIService',
    '/apis/apiregistration.k8s.io/v1beta1/apiservices',
    {
      kind: 'APIService',
      metadata: { name: 'v1.example.org' },
      spec: {
        group: 'example.org',
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        service: { namespace: 'n', name: 's' },
      },
    },
    '/apis/apiregistration.k8s.io/v1/apiservices/v1.example.org',
    { spec: { service: { namespace: 'n', name: 's', port: 443 } } },
  ],
  [
    'flowcontrol.apiserver.k8s.io/v1beta1 PriorityLevelConfiguration',
    '/apis/flowcontrol.apiserver.k8s.io/v1beta1/prioritylevelconfigurations',
    {
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'l' },
      spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
    },
    '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/l',
    { spec: { limited: { nominalConcurrencyShares: 30 } } },
  ],
  [
    'extensions/v1beta1 PodSecurityPolicy',
    '/apis/extensions/v1beta1/podsecuritypolicies',
    {
      kind: 'PodSecurityPolicy',
      metadata: { name: 'p' },
      spec: {
        seLinux: { rule: 'RunAsAny' },
        runAsUser: { rule: 'MustRunAs', ranges: [{ min: 1, max: 65_535 }] },
        supplementalGroups: { rule: 'RunAsAny' },
        fsGroup: { rule: 'RunAsAny' },
        volumes: ['*'],
      },
    },
    '/apis/policy/v1beta1/podsecuritypolicies/p',
    { spec: { allowPrivilegeEscalation: true, runAsUser: { ranges: [{ min: 1, max: 65_535 }] } } },
  ],
];

describe('with legacy/all=true', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start({}, { runtimeConfig: { 'legacy/all': true } });
  });
  afterAll(() => harness.stop());

  it.each(MANIFESTS)('%s is stored as what took its place', async (_what, path, body, current, shape) => {
    const created = await harness.create(path, body);
    const name = (body as { metadata: { name: string } }).metadata.name;
    expect(created.json().apiVersion).toBe(path.split('/').slice(2, 4).join('/'));
    expect((await harness.call('GET', current)).json()).toMatchObject(shape);
    const again = (await harness.call('GET', `${path}/${name}`)).json();
    expect(again).toMatchObject({ kind: created.json().kind, apiVersion: created.json().apiVersion });
    const listed = (await harness.call('GET', path)).json();
    expect(listed.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toContain(name);
    expect(listed.apiVersion).toBe(created.json().apiVersion);
  });

  it('answers reviews in the versions that the decks use', async () => {
    const access = await harness.create('/apis/authorization.k8s.io/v1beta1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1beta1',
      kind: 'SubjectAccessReview',
      spec: { user: 'jane', group: ['system:masters'], resourceAttributes: { verb: 'get', resource: 'pods' } },
    });
    expect(access.json()).toMatchObject({
      apiVersion: 'authorization.k8s.io/v1beta1',
      spec: { user: 'jane', group: ['system:masters'] },
      status: { allowed: true },
    });
    const token = await harness.create('/apis/authentication.k8s.io/v1beta1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1beta1',
      kind: 'TokenReview',
      spec: { token: 'admin-token' },
    });
    expect(token.json()).toMatchObject({
      apiVersion: 'authentication.k8s.io/v1beta1',
      status: { authenticated: true, user: { username: 'admin' } },
    });
  });

  it('is made known by discovery and OpenAPI', async () => {
    const groups = (await harness.call('GET', '/apis')).json().groups as { name: string; versions: object[] }[];
    const apps = groups.find(({ name }) => name === 'apps');
    expect(apps).toMatchObject({
      versions: [{ version: 'v1' }, { version: 'v1beta2' }, { version: 'v1beta1' }],
      preferredVersion: { version: 'v1' },
    });
    expect(groups.map(({ name }) => name)).toContain('extensions');
    const document = (await harness.call('GET', '/openapi/v3/apis/extensions/v1beta1')).json();
    expect(Object.keys(document.components.schemas)).toContain('io.k8s.api.extensions.v1beta1.Ingress');
    expect((await harness.call('GET', '/openapi/v2')).code).toBe(200);
  });

  it('checks pod security policies', async () => {
    const body = { metadata: { name: 'wrong' }, spec: { seLinux: { rule: 'MustRunAs' }, runAsUser: { rule: 'Any' } } };
    const refused = await harness.call('POST', '/apis/policy/v1beta1/podsecuritypolicies', { body });
    expect(refused.code).toBe(422);
    expect(refused.json().message).toContain(
      'spec.runAsUser.rule: Unsupported value: "Any": supported values: "MustRunAs", "MustRunAsNonRoot", "RunAsAny"',
    );
  });

  it('evicts in the version that old clients use', async () => {
    const pod = { metadata: { name: 'e' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await harness.create('/api/v1/namespaces/default/pods', pod);
    const evicted = await harness.call('POST', '/api/v1/namespaces/default/pods/e/eviction', {
      body: { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name: 'e' } },
    });
    expect(evicted.code).toBe(201);
  });

  it('has what every cluster has', async () => {
    expect((await harness.call('GET', '/api/v1/namespaces/default/services/kubernetes')).code).toBe(200);
  });
});

describe('without it', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start();
  });
  afterAll(() => harness.stop());

  it('answers as any server that has never heard of it, with a warning', async () => {
    const answer = await harness.call('GET', '/apis/extensions/v1beta1/namespaces/default/ingresses');
    expect(answer.code).toBe(404);
    expect(answer.text()).toBe('404 page not found\n');
    expect(answer.headers.warning).toEqual([
      '299 - "extensions/v1beta1 Ingress is not served; use networking.k8s.io/v1 Ingress"',
    ]);
    const policies = await harness.call('GET', '/apis/policy/v1beta1/podsecuritypolicies');
    expect(policies.headers.warning).toEqual([
      '299 - "policy/v1beta1 PodSecurityPolicy is not served; Pod Security admission took its place"',
    ]);
    const unknown = await harness.call('GET', '/apis/example.org/v1/things');
    expect(unknown.headers.warning).toBeUndefined();
  });
});

it('single versions count more than sets', () => {
  const versions = (config: Record<string, boolean>) =>
    new Set(servedKinds(config).map(({ group, version }) => `${group}/${version}`));
  expect(versions({ 'extensions/v1beta1': true })).toContain('extensions/v1beta1');
  expect(versions({ 'extensions/v1beta1': true })).not.toContain('apps/v1beta1');
  expect(versions({ 'legacy/all': true, 'extensions/v1beta1': false })).not.toContain('extensions/v1beta1');
  expect(versions({ 'resource.k8s.io/v1': false })).not.toContain('resource.k8s.io/v1');
  expect(() => servedKinds({ 'example.org/v1': true })).toThrow('unknown API versions');
  expect(() => servedKinds({ v1: false })).toThrow('cannot turn v1 off');
  expect(() => servedKinds({ 'apps/v1': false, 'apps/v1beta1': true })).toThrow('is stored as apps/v1');
});
