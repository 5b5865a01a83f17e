import type { KindDefinition, KubeObject } from '@kubets/core';
import { describe, expect, test } from 'vitest';
import {
  builtInKinds,
  eventFromEventsV1,
  eventToEventsV1,
  horizontalPodAutoscalerFromV1,
  horizontalPodAutoscalerToV1,
} from '../src/index.ts';

const context = { subresource: '', nowMs: Date.parse('2026-01-01T00:00:00Z') };

function kindOf(apiVersion: string, kind: string): KindDefinition {
  const found = builtInKinds.find(
    (item) => (item.group ? `${item.group}/${item.version}` : item.version) === apiVersion && item.kind === kind,
  );
  if (!found) throw new Error(`no kind ${apiVersion} ${kind}`);
  return found;
}

function prepared(object: object): { kind: KindDefinition; draft: KubeObject } {
  const draft = structuredClone(object) as KubeObject;
  const kind = kindOf(draft.apiVersion, draft.kind);
  kind.strategy.applyDefaults?.(draft);
  return { kind, draft };
}

function complaints(object: object): string[] {
  const { kind, draft } = prepared(object);
  return (kind.strategy.validate?.(draft, context) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

function updateComplaints(object: object, old: object): string[] {
  const { kind, draft } = prepared(object);
  const errors = kind.strategy.validateUpdate?.(draft, prepared(old).draft, context) ?? [];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const object = (apiVersion: string, kind: string, rest: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'a' },
  ...rest,
});

describe('defaults', () => {
  test.each<[object, object]>([
    [
      object('storage.k8s.io/v1', 'StorageClass', { provisioner: 'x' }),
      { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
    ],
    [
      object('rbac.authorization.k8s.io/v1', 'RoleBinding', {
        roleRef: { kind: 'Role', name: 'r', apiGroup: '' },
        subjects: [
          { kind: 'User', name: 'u' },
          { kind: 'ServiceAccount', name: 's' },
        ],
      }),
      {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io' },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io' }, { kind: 'ServiceAccount' }],
      },
    ],
    [
      object('networking.k8s.io/v1', 'NetworkPolicy', {
        spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] },
      }),
      { spec: { policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ protocol: 'TCP' }] }] } },
    ],
    [
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
        spec: { group: 'x.io', scope: 'Cluster', names: { plural: 'foos', kind: 'Foo' }, versions: [] },
      }),
      { spec: { names: { singular: 'foo', listKind: 'FooList' }, conversion: { strategy: 'None' } } },
    ],
    [
      object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', {
        webhooks: [{ name: 'a.b.c', clientConfig: {}, rules: [{}] }],
      }),
      {
        webhooks: [
          {
            failurePolicy: 'Fail',
            matchPolicy: 'Equivalent',
            timeoutSeconds: 10,
            reinvocationPolicy: 'Never',
            rules: [{ scope: '*' }],
          },
        ],
      },
    ],
    [
      object('flowcontrol.apiserver.k8s.io/v1', 'PriorityLevelConfiguration', {
        spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } },
      }),
      {
        spec: {
          limited: {
            nominalConcurrencyShares: 30,
            limitResponse: { queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
          },
        },
      },
    ],
    [
      object('apps/v1', 'StatefulSet', { spec: { selector: {}, template: {}, volumeClaimTemplates: [{ spec: {} }] } }),
      {
        spec: {
          podManagementPolicy: 'OrderedReady',
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
          volumeClaimTemplates: [
            { kind: 'PersistentVolumeClaim', spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } },
          ],
        },
      },
    ],
  ])('of %j', (input, expected) => {
    expect(prepared(input).draft).toMatchObject(expected);
  });
});

describe('rules', () => {
  const binding = { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' } };
  const ingressPath = (path: object) =>
    object('networking.k8s.io/v1', 'Ingress', { spec: { rules: [{ host: 'a.example', http: { paths: [path] } }] } });
  const backend = { service: { name: 'web', port: { number: 80 } } };

  test.each<[string, object, string[]]>([
    [
      'a cluster role binding cannot grant a role',
      object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', binding),
      ['roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'],
    ],
    [
      'a rule needs verbs',
      object('rbac.authorization.k8s.io/v1', 'Role', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }] }),
      ['rules[0].verbs: Required value: verbs must contain at least one value'],
    ],
    ['an ingress', ingressPath({ path: '/', pathType: 'Prefix', backend }), []],
    [
      'an ingress path without a type',
      ingressPath({ path: '/', backend }),
      ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'],
    ],
    [
      'an ingress with nothing to do',
      object('networking.k8s.io/v1', 'Ingress', { spec: {} }),
      ['spec: Invalid value: []: either `defaultBackend` or `rules` must be specified'],
    ],
    [
      'an exception outside its block',
      object('networking.k8s.io/v1', 'NetworkPolicy', {
        spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }] }] },
      }),
      ['spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`'],
    ],
    [
      'a budget with both limits',
      object('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 1, maxUnavailable: 1 } }),
      [
        'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    [
      'a user priority that is too high',
      object('scheduling.k8s.io/v1', 'PriorityClass', { value: 1_000_000_001 }),
      ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    ],
    [
      'a cron job with four fields',
      object('batch/v1', 'CronJob', {
        spec: {
          schedule: '* * * *',
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
          },
        },
      }),
      ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
    ],
    [
      'a definition under another name',
      {
        ...object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
          spec: {
            group: 'example.com',
            scope: 'Namespaced',
            names: { plural: 'foos', kind: 'Foo' },
            versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
          },
          status: { storedVersions: ['v1'] },
        }),
      },
      ['metadata.name: Invalid value: "a": must be spec.names.plural+"."+spec.group'],
    ],
    [
      'an endpoint on the loopback',
      object('discovery.k8s.io/v1', 'EndpointSlice', {
        addressType: 'IPv4',
        endpoints: [{ addresses: ['127.0.0.1'] }],
      }),
      [
        'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'a lease without length',
      object('coordination.k8s.io/v1', 'Lease', { spec: { leaseDurationSeconds: 0 } }),
      ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    ],
  ])('%s', (_name, input, expected) => {
    expect(complaints(input)).toEqual(expected);
  });
});

describe('what cannot change', () => {
  const roleBinding = (name: string) =>
    object('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: { apiGroup: '', kind: 'Role', name } });
  const storageClass = (provisioner: string) => object('storage.k8s.io/v1', 'StorageClass', { provisioner });
  const priorityClass = (value: number) => object('scheduling.k8s.io/v1', 'PriorityClass', { value });
  const statefulSet = (serviceName: string) =>
    object('apps/v1', 'StatefulSet', { spec: { serviceName, selector: {}, template: {} } });

  test.each<[string, object, object, string[]]>([
    [
      'the role of a binding',
      roleBinding('b'),
      roleBinding('a'),
      [
        'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"b"}: cannot change roleRef',
      ],
    ],
    [
      'the provisioner of a class',
      storageClass('b'),
      storageClass('a'),
      ['provisioner: Forbidden: updates to provisioner are forbidden.'],
    ],
    [
      'the value of a priority',
      priorityClass(2),
      priorityClass(1),
      ['value: Forbidden: may not be changed in an update.'],
    ],
    [
      'most of a stateful set',
      statefulSet('b'),
      statefulSet('a'),
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
  ])('%s', (_name, changed, old, expected) => {
    expect(updateComplaints(changed, old)).toEqual(expected);
  });
});

test('a signing request records who asks', () => {
  const kind = kindOf('certificates.k8s.io/v1', 'CertificateSigningRequest');
  const draft = object('certificates.k8s.io/v1', 'CertificateSigningRequest', {
    spec: { request: '', signerName: 'example.com/s', username: 'somebody else' },
  }) as unknown as KubeObject;
  kind.strategy.prepareForCreate?.(draft, { ...context, user: { name: 'alice', groups: ['dev'] } });
  expect(draft).toMatchObject({ spec: { username: 'alice', groups: ['dev'] }, status: {} });
});

test('an event is the same object in both groups', () => {
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'p' },
    reason: 'Pulled',
    message: 'done',
    source: { component: 'kubelet' },
    count: 2,
    type: 'Normal',
    reportingComponent: 'kubelet',
    reportingInstance: 'n1',
  };
  const view = eventToEventsV1(event);
  expect(view).toMatchObject({
    regarding: { name: 'p' },
    note: 'done',
    deprecatedCount: 2,
    reportingController: 'kubelet',
  });
  expect(JSON.parse(JSON.stringify(eventFromEventsV1(view)))).toEqual(event);
});

test('stored autoscalers pass through version 1 unchanged', () => {
  const { draft } = prepared(
    object('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 3 },
      status: { currentReplicas: 0, desiredReplicas: 0 },
    }),
  );
  expect(horizontalPodAutoscalerFromV1(horizontalPodAutoscalerToV1(draft))).toEqual(draft);
});

test('defaulting twice is defaulting once, whatever the kind', () => {
  const samples = [
    object('apps/v1', 'DaemonSet', { spec: { selector: {}, template: { spec: { containers: [] } } } }),
    object('storage.k8s.io/v1', 'CSIDriver', { spec: {} }),
    object('resource.k8s.io/v1', 'ResourceClaim', { spec: { devices: { requests: [{ name: 'r', exactly: {} }] } } }),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { behavior: {} } }),
  ];
  for (const sample of samples) {
    const once = prepared(sample).draft;
    expect(prepared(once).draft).toEqual(once);
  }
});
