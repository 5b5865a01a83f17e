import { existsSync, readFileSync } from 'node:fs';
import type { KindDefinition, KubeObject, Message } from '@kubets/core';
import { describe, expect, test } from 'vitest';
import { builtInKinds } from '../kinds.ts';
import { legacyKinds } from './kinds.ts';

const versionOf = ({ group, version }: { group: string; version: string }) => (group ? `${group}/${version}` : version);
const labelOf = (kind: KindDefinition) => `${versionOf(kind)} ${kind.kind}`;

function legacyKind(apiVersion: string, kind: string): KindDefinition {
  const found = legacyKinds.find((item) => versionOf(item) === apiVersion && item.kind === kind);
  if (!found) throw new Error(`no kind ${apiVersion} ${kind}`);
  return found;
}

/** The object as it would be stored. */
function stored(object: object): KubeObject {
  const draft = structuredClone(object) as KubeObject;
  const kind = legacyKind(draft.apiVersion, draft.kind);
  kind.strategy.applyDefaults?.(draft);
  return kind.storedAs!.toStored(draft);
}

test('every retired version is a view of a kind that is served, and no two are the same', () => {
  const served = new Set(builtInKinds.map(labelOf));
  const ownStored = legacyKinds.filter(({ storedAs }) => !storedAs).map(labelOf);
  expect(ownStored).toEqual(['policy/v1beta1 PodSecurityPolicy']);
  for (const kind of legacyKinds) {
    const { storedAs } = kind;
    if (storedAs) expect([...served, ...ownStored], labelOf(kind)).toContain(`${versionOf(storedAs)} ${kind.kind}`);
    expect(served).not.toContain(labelOf(kind));
  }
  expect(new Set(legacyKinds.map(labelOf)).size).toBe(legacyKinds.length);
});

test('every retired version says since when, and what took its place', () => {
  const warningOf = (apiVersion: string, kind: string) => legacyKind(apiVersion, kind).deprecationWarning;
  expect(legacyKinds.filter((kind) => !kind.deprecationWarning).map(labelOf)).toEqual([
    'admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicy',
    'admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicyBinding',
  ]);
  expect(warningOf('policy/v1beta1', 'PodSecurityPolicy')).toBe(
    'policy/v1beta1 PodSecurityPolicy is deprecated in v1.21+, unavailable in v1.25+',
  );
  expect(warningOf('extensions/v1beta1', 'Ingress')).toBe(
    'extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress',
  );
  expect(warningOf('batch/v1beta1', 'CronJob')).toBe(
    'batch/v1beta1 CronJob is deprecated in v1.21+, unavailable in v1.25+; use batch/v1 CronJob',
  );
});

test.each([
  ['extensions/v1beta1', 'Deployment', false],
  ['extensions/v1beta1', 'DaemonSet', false],
  ['extensions/v1beta1', 'ReplicaSet', false],
  ['apps/v1beta1', 'Deployment', false],
  ['apps/v1beta1', 'StatefulSet', false],
  ['apps/v1beta2', 'Deployment', true],
])('whether clients are told to require the selector of %s %s: %s', (apiVersion, kind, isRequired) => {
  const { fields } = legacyKind(apiVersion, kind).schema;
  const spec = fields.spec!.of as Message;
  expect(spec.fields.selector!.isRequired).toBe(isRequired);
});

test('requests need no signer, and webhooks need not say what they do', () => {
  const { fields: request } = legacyKind('certificates.k8s.io/v1beta1', 'CertificateSigningRequest').schema;
  expect((request.spec!.of as Message).fields.signerName!.isRequired).toBe(false);
  const { fields } = legacyKind('admissionregistration.k8s.io/v1beta1', 'MutatingWebhookConfiguration').schema;
  const webhook = (fields.webhooks!.of as unknown as { item: Message }).item.fields;
  const required = Object.keys(webhook).filter((name) => webhook[name]!.isRequired);
  expect(required).toEqual(['name', 'clientConfig']);
  expect(fields.webhooks).toMatchObject({ patchMergeKey: 'name', listType: 'map' });
});

test('short names mean the kinds of today', () => {
  expect(legacyKind('extensions/v1beta1', 'Deployment').shortNames).toEqual([]);
  expect(legacyKind('apps/v1beta1', 'Deployment').shortNames).toEqual(['deploy']);
});

const golden = new URL('../../../../../shared/reference/api/golden/', import.meta.url);

describe.skipIf(!existsSync(golden))('an object seen through a retired version is the same object', () => {
  /** Which have no golden objects, or whose have fields that exclude each other or that the retired version lacks. */
  const INCOMPARABLE = new Set([
    'apiextensions.k8s.io/v1beta1 CustomResourceDefinition',
    'apiregistration.k8s.io/v1beta1 APIService',
    'autoscaling/v2beta1 HorizontalPodAutoscaler',
    'extensions/v1beta1 Ingress',
    'extensions/v1beta1 PodSecurityPolicy',
    'networking.k8s.io/v1beta1 Ingress',
    'policy/v1beta1 PodSecurityPolicy',
  ]);
  const kinds = legacyKinds.filter((kind) => kind.listKind !== '' && !INCOMPARABLE.has(labelOf(kind)));

  test.each(kinds.map((kind) => [labelOf(kind), kind] as const))('%s', (_label, kind) => {
    const { group, version } = kind.storedAs!;
    const file = new URL(`${group || 'core'}.${version}.${kind.kind}.json`, golden);
    const object = JSON.parse(readFileSync(file, 'utf8')) as KubeObject;
    const current = builtInKinds.find(
      (item) => versionOf(item) === versionOf(kind.storedAs!) && item.kind === kind.kind,
    );
    current?.strategy.applyDefaults?.(object);
    const again = kind.storedAs!.toStored(kind.storedAs!.fromStored(object));
    expect(again).toEqual(object);
  });
});

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };

describe('old manifests', () => {
  test.each<[string, object, object]>([
    [
      'a deployment takes its selector from the template',
      { apiVersion: 'extensions/v1beta1', kind: 'Deployment', metadata: { name: 'web' }, spec: { template } },
      {
        apiVersion: 'apps/v1',
        metadata: { labels: { app: 'web' } },
        spec: {
          selector: { matchLabels: { app: 'web' } },
          progressDeadlineSeconds: 2_147_483_647,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } },
        },
      },
    ],
    [
      'one of the first apps version keeps two revisions',
      { apiVersion: 'apps/v1beta1', kind: 'Deployment', metadata: { name: 'web' }, spec: { template } },
      { spec: { revisionHistoryLimit: 2, progressDeadlineSeconds: 600 } },
    ],
    [
      'a daemon set waits for pods to be deleted',
      { apiVersion: 'extensions/v1beta1', kind: 'DaemonSet', metadata: { name: 'web' }, spec: { template } },
      { spec: { updateStrategy: { type: 'OnDelete' } } },
    ],
    [
      'an ingress names service and port',
      {
        apiVersion: 'networking.k8s.io/v1beta1',
        kind: 'Ingress',
        metadata: { name: 'web' },
        spec: {
          backend: { serviceName: 'other', servicePort: 'http' },
          rules: [
            { host: 'a.example', http: { paths: [{ path: '/', backend: { serviceName: 'web', servicePort: 80 } }] } },
          ],
        },
      },
      {
        apiVersion: 'networking.k8s.io/v1',
        spec: {
          defaultBackend: { service: { name: 'other', port: { name: 'http' } } },
          rules: [
            {
              http: {
                paths: [
                  { pathType: 'ImplementationSpecific', backend: { service: { name: 'web', port: { number: 80 } } } },
                ],
              },
            },
          ],
        },
      },
    ],
    [
      'an autoscaler with a target of its own shape',
      {
        apiVersion: 'autoscaling/v2beta1',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'web' },
        spec: {
          scaleTargetRef: { kind: 'Deployment', name: 'web' },
          maxReplicas: 3,
          metrics: [{ type: 'Resource', resource: { name: 'cpu', targetAverageUtilization: 50 } }],
        },
      },
      {
        spec: {
          minReplicas: 1,
          metrics: [{ resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
        },
      },
    ],
    [
      'a budget whose empty selector selects nothing',
      { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: { name: 'b' }, spec: { selector: {} } },
      { spec: { selector: { matchExpressions: [{ operator: 'Exists' }] } } },
    ],
    [
      'a definition with one version and no schema',
      {
        apiVersion: 'apiextensions.k8s.io/v1beta1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'foos.example.com' },
        spec: {
          group: 'example.com',
          version: 'v1',
          names: { plural: 'foos', kind: 'Foo' },
          additionalPrinterColumns: [{ name: 'Age', type: 'date', JSONPath: '.metadata.creationTimestamp' }],
        },
      },
      {
        spec: {
          scope: 'Namespaced',
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
              additionalPrinterColumns: [{ jsonPath: '.metadata.creationTimestamp' }],
            },
          ],
        },
      },
    ],
    [
      'a webhook that does not say what it does',
      {
        apiVersion: 'admissionregistration.k8s.io/v1beta1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'w' },
        webhooks: [{ name: 'a.b.c', clientConfig: { url: 'https://a.example' } }],
      },
      { webhooks: [{ failurePolicy: 'Ignore', sideEffects: 'Unknown', timeoutSeconds: 30, matchPolicy: 'Exact' }] },
    ],
    [
      'a binding whose subjects say their version',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1alpha1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'b' },
        roleRef: { kind: 'ClusterRole', name: 'r' },
        subjects: [
          { kind: 'User', name: 'jane' },
          { kind: 'User', name: '*' },
          { kind: 'ServiceAccount', name: 'a', namespace: 'n' },
        ],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
        subjects: [
          { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'jane' },
          { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated' },
          { kind: 'ServiceAccount', name: 'a', namespace: 'n' },
        ],
      },
    ],
    [
      'a claim whose requests say what they want',
      {
        apiVersion: 'resource.k8s.io/v1beta1',
        kind: 'ResourceClaim',
        metadata: { name: 'c' },
        spec: {
          devices: {
            requests: [
              { name: 'gpu', deviceClassName: 'gpu.example.org', count: 2 },
              { name: 'any', firstAvailable: [{ name: 'a', deviceClassName: 'x' }] },
            ],
          },
        },
      },
      {
        apiVersion: 'resource.k8s.io/v1',
        spec: {
          devices: {
            requests: [
              { name: 'gpu', exactly: { deviceClassName: 'gpu.example.org', allocationMode: 'ExactCount', count: 2 } },
              { name: 'any', firstAvailable: [{ name: 'a', deviceClassName: 'x' }] },
            ],
          },
        },
      },
    ],
    [
      'a slice whose devices are basic',
      {
        apiVersion: 'resource.k8s.io/v1beta1',
        kind: 'ResourceSlice',
        metadata: { name: 's' },
        spec: {
          driver: 'd',
          pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
          nodeName: 'n',
          devices: [{ name: 'd0', basic: { attributes: { model: { string: 'x' } } } }],
        },
      },
      { spec: { devices: [{ name: 'd0', attributes: { model: { string: 'x' } } }] } },
    ],
    [
      'a runtime class with a spec',
      {
        apiVersion: 'node.k8s.io/v1alpha1',
        kind: 'RuntimeClass',
        metadata: { name: 'r' },
        spec: { runtimeHandler: 'runsc' },
      },
      { apiVersion: 'node.k8s.io/v1', handler: 'runsc' },
    ],
    [
      'a priority level with assured shares',
      {
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1beta2',
        kind: 'PriorityLevelConfiguration',
        metadata: { name: 'l' },
        spec: { type: 'Limited', limited: { assuredConcurrencyShares: 5, limitResponse: { type: 'Reject' } } },
      },
      { spec: { limited: { nominalConcurrencyShares: 5, lendablePercent: 0 } } },
    ],
    [
      'a priority level without shares',
      {
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1beta3',
        kind: 'PriorityLevelConfiguration',
        metadata: { name: 'l' },
        spec: { type: 'Limited', limited: { nominalConcurrencyShares: 0, limitResponse: { type: 'Reject' } } },
      },
      { spec: { limited: { nominalConcurrencyShares: 30 } } },
    ],
  ])('%s', (_name, manifest, expected) => {
    expect(stored(manifest)).toMatchObject(expected);
  });

  test('a level that has no shares keeps none', () => {
    const kind = legacyKind('flowcontrol.apiserver.k8s.io/v1beta3', 'PriorityLevelConfiguration');
    const limited = { nominalConcurrencyShares: 0, lendablePercent: 0, limitResponse: { type: 'Reject' } };
    const object = {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'l' },
      spec: { type: 'Limited', limited },
    };
    const old = kind.storedAs!.fromStored(structuredClone(object) as KubeObject);
    expect(old.metadata.annotations).toEqual({
      'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares': '',
    });
    expect(stored(old)).toEqual(object);
  });

  test('behavior survives a version that has no field for it', () => {
    const kind = legacyKind('autoscaling/v2beta1', 'HorizontalPodAutoscaler');
    const object = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
          { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '1' } } },
        ],
        behavior: {
          scaleUp: { selectPolicy: 'Max', stabilizationWindowSeconds: 0, policies: [] },
          scaleDown: { selectPolicy: 'Disabled', policies: [] },
        },
      },
      status: { desiredReplicas: 1 },
    };
    expect(kind.storedAs!.toStored(kind.storedAs!.fromStored(object))).toEqual(object);
  });
});

test('the host name of an endpoint in version v1beta1 is the node that it is on', () => {
  const slice = {
    apiVersion: 'discovery.k8s.io/v1beta1',
    kind: 'EndpointSlice',
    metadata: { name: 'a' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], topology: { 'kubernetes.io/hostname': 'n1', rack: 'r' } }],
  };
  const current = stored(slice) as unknown as typeof slice;
  expect(current.endpoints).toEqual([{ addresses: ['10.0.0.1'], nodeName: 'n1', deprecatedTopology: { rack: 'r' } }]);
  const kind = legacyKind('discovery.k8s.io/v1beta1', 'EndpointSlice');
  expect(kind.storedAs!.fromStored(current as unknown as KubeObject)).toMatchObject({
    endpoints: [{ nodeName: 'n1', topology: { 'kubernetes.io/hostname': 'n1', rack: 'r' } }],
  });
});

test('older versions of a group are in the categories of the current one', () => {
  expect(legacyKind('autoscaling/v2beta2', 'HorizontalPodAutoscaler').categories).toEqual(['all']);
  expect(legacyKind('extensions/v1beta1', 'Deployment').categories ?? []).toEqual([]);
});

test('a backend in version v1beta1 always has a port', () => {
  const backend = { resource: { kind: 'Bucket', name: 'b' } };
  const current = stored({
    apiVersion: 'networking.k8s.io/v1beta1',
    kind: 'Ingress',
    metadata: { name: 'a' },
    spec: { backend },
  });
  expect(legacyKind('networking.k8s.io/v1beta1', 'Ingress').storedAs!.fromStored(current)).toMatchObject({
    spec: { backend: { ...backend, servicePort: 0 } },
  });
});
