import type { KindDefinition, KubeObject } from '@kubets/core';
import { describe, expect, test } from 'vitest';
import { builtInKinds } from './kinds.ts';

function kindNamed(apiVersion: string, name: string): KindDefinition {
  const found = builtInKinds.find(({ group, version, kind }) => `${group}/${version}` === apiVersion && kind === name);
  if (!found) throw new Error(`no kind ${apiVersion} ${name}`);
  return found;
}

/** What is said of an object, defaults included; `old` is what it replaces. */
function complaints(apiVersion: string, kind: string, content: object, old?: object): string[] {
  const { strategy } = kindNamed(apiVersion, kind);
  const made = (rest: object) => {
    const draft = structuredClone({ apiVersion, kind, metadata: { name: 'x', namespace: 'n' }, ...rest });
    strategy.applyDefaults?.(draft as KubeObject);
    return draft as KubeObject;
  };
  const object = made(content);
  const context = { subresource: '', nowMs: 0 };
  const errors = [
    ...(strategy.validate?.(object, context) ?? []),
    ...(old ? (strategy.validateUpdate?.(object, made(old), context) ?? []) : []),
  ];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const pods = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const unclear = { matchExpressions: [{ key: 'app', operator: 'Like', values: ['a'] }] };
const shown = JSON.stringify(unclear);
const operator = 'matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator';

describe('of a selector that cannot be understood', () => {
  const spec = { selector: unclear, template: pods, serviceName: 's' };

  test.each([
    ['Deployment', [`spec.selector: Invalid value: ${shown}: invalid label selector`]],
    ['ReplicaSet', [`spec.selector: Invalid value: ${shown}: invalid label selector`]],
    ['StatefulSet', [`spec.selector: Invalid value: ${shown}`]],
    ['DaemonSet', []],
  ])('a %s says so, and nothing of the labels', (kind, more) => {
    expect(complaints('apps/v1', kind, { spec })).toEqual([`spec.selector.${operator}`, ...more]);
  });

  test('an aggregating role says so too', () => {
    expect(
      complaints('rbac.authorization.k8s.io/v1', 'ClusterRole', {
        aggregationRule: { clusterRoleSelectors: [unclear] },
      }),
    ).toEqual([
      `aggregationRule.clusterRoleSelectors[0].${operator}`,
      'aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.',
    ]);
  });
});

test('a set that names its strategy and no limits has none', () => {
  const { strategy } = kindNamed('apps/v1', 'StatefulSet');
  const strategyOf = (updateStrategy?: object) => {
    const draft = { spec: { template: pods, ...(updateStrategy ? { updateStrategy } : {}) } };
    strategy.applyDefaults?.(draft as unknown as KubeObject);
    return (draft.spec as { updateStrategy?: object }).updateStrategy;
  };
  const limits = { partition: 0, maxUnavailable: 1 };
  expect(strategyOf()).toEqual({ type: 'RollingUpdate', rollingUpdate: limits });
  expect(strategyOf({ type: 'RollingUpdate' })).toEqual({ type: 'RollingUpdate' });
  expect(strategyOf({ type: 'RollingUpdate', rollingUpdate: { partition: 2 } })).toEqual({
    type: 'RollingUpdate',
    rollingUpdate: { ...limits, partition: 2 },
  });
  expect(strategyOf({ type: 'OnDelete' })).toEqual({ type: 'OnDelete' });
});

describe('of storage', () => {
  const storage = (kind: string, content: object, old?: object) => complaints('storage.k8s.io/v1', kind, content, old);
  const domain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

  test.each([
    ['an empty reclaim policy', { reclaimPolicy: '' }, []],
    [
      'an empty binding mode',
      { volumeBindingMode: '' },
      ['volumeBindingMode: Unsupported value: "": supported values: "Immediate", "WaitForFirstConsumer"'],
    ],
    [
      'a term that asks for nothing',
      { allowedTopologies: [{}] },
      ['allowedTopologies[0].matchLabelExpressions: Duplicate value: ""'],
    ],
    [
      'values that are no labels',
      { allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['not a label!'] }] }] },
      [],
    ],
    [
      "expressions without values or with others' keys",
      {
        allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone' }, { key: 'zone', values: ['a', 'a'] }] }],
      },
      [
        'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
        'allowedTopologies[0].matchLabelExpressions[1].values[1]: Duplicate value: "a"',
        'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "zone"',
      ],
    ],
  ])('a class with %s', (_what, more, expected) => {
    expect(storage('StorageClass', { provisioner: 'p', ...more })).toEqual(expected);
  });

  test('attachments are looked at closely when they are new', () => {
    const spec = { attacher: '', source: { persistentVolumeName: '' }, nodeName: '' };
    const both = [
      'spec.attacher: Required value',
      'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
      `spec.nodeName: Invalid value: "": ${domain}`,
    ];
    expect(storage('VolumeAttachment', { spec })).toEqual([
      ...both,
      'spec.attacher: Required value',
      `spec.attacher: Invalid value: "": ${domain}`,
      `spec.source.persistentVolumeName: Invalid value: "": ${domain}`,
    ]);
    expect(storage('VolumeAttachment', { metadata: { name: 'x', resourceVersion: '1' }, spec })).toEqual(both);
  });

  test('a driver of a node is blamed for its topology keys', () => {
    const driver = { name: 'd.io', nodeID: 'n', topologyKeys: ['zone', 'zone', '-'] };
    const form =
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    expect(storage('CSINode', { spec: { drivers: [driver] } })).toEqual([
      'spec.drivers[0]: Duplicate value: "zone"',
      `spec.drivers[0]: Invalid value: ["zone","zone","-"]: ${form}`,
    ]);
  });

  test('a driver has modes that are known', () => {
    expect(storage('CSIDriver', { spec: { volumeLifecycleModes: ['Now'] } })).toEqual([
      'spec.volumeLifecycleModes: Unsupported value: "Now": supported values: "Ephemeral", "Persistent"',
    ]);
  });
});

test('tolerations of a runtime class are looked at', () => {
  const scheduling = { tolerations: [{ operator: 'Equal' }] };
  expect(complaints('node.k8s.io/v1', 'RuntimeClass', { handler: 'h', scheduling })).toEqual([
    'scheduling.tolerations.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
  ]);
});

test('a priority class is looked at when it is new, and then only for what cannot change', () => {
  const of = (content: object, old?: object) => complaints('scheduling.k8s.io/v1', 'PriorityClass', content, old);
  const stored = { metadata: { name: 'x', resourceVersion: '1' } };
  expect(of({ value: 5, preemptionPolicy: '' })).toEqual(['preemptionPolicy: Required value']);
  expect(of({ ...stored, value: 2e9, preemptionPolicy: 'Maybe' }, { ...stored, value: 5 })).toEqual([
    'value: Forbidden: may not be changed in an update.',
    'preemptionPolicy: Invalid value: "Maybe": field is immutable',
  ]);
});

describe('of autoscalers', () => {
  const of = (spec: object) =>
    complaints('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'd' }, maxReplicas: 3, ...spec },
    });

  test('to scale to zero takes a metric of something else', () => {
    expect(of({ minReplicas: 0 })).toEqual([
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    ]);
  });

  test('no type is no known type either', () => {
    const known = '"ContainerResource", "External", "Object", "Pods", "Resource"';
    expect(of({ metrics: [{}] })).toEqual([
      'spec.metrics[0].type: Required value: must specify a metric source type',
      `spec.metrics[0].type: Unsupported value: "": supported values: ${known}`,
    ]);
    expect(of({ metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { averageValue: '1' } } }] })).toEqual([
      'spec.metrics[0].resource.target.type: Required value: must specify a metric target type',
      'spec.metrics[0].resource.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
    ]);
  });
});

describe('of ingresses', () => {
  const of = (spec: object) => complaints('networking.k8s.io/v1', 'Ingress', { spec });
  const backend = { service: { name: 's', port: { number: 80 } } };
  const path = (item: object) => of({ rules: [{ http: { paths: [item] } }] });

  test.each([
    ['nothing', {}, 'Invalid value: "": resource or service backend is required'],
    ['no port', { service: { name: 's' } }, 'Required value: port name or number is required'],
    [
      'two ports',
      { service: { name: 's', port: { name: 'http', number: 80 } } },
      'Invalid value: "": cannot set both port name & port number',
    ],
  ])('a backend with %s', (_what, defaultBackend, expected) => {
    expect(of({ defaultBackend })).toEqual([`spec.defaultBackend: ${expected}`]);
  });

  test('a resource has a kind and a name', () => {
    expect(of({ defaultBackend: { resource: { kind: '', name: '' } } })).toEqual([
      'spec.defaultBackend.resource.kind: Required value: kind is required',
      'spec.defaultBackend.resource.name: Required value: name is required',
    ]);
    expect(
      complaints('networking.k8s.io/v1', 'IngressClass', {
        spec: { controller: 'a.io/b', parameters: { kind: '', name: '' } },
      }),
    ).toEqual([
      'spec.parameters.kind: Required value: kind is required',
      'spec.parameters.name: Required value: name is required',
    ]);
  });

  test('without a type nothing more is said of a path', () => {
    const at = 'spec.rules[0].http.paths[0]';
    const known = '"Exact", "ImplementationSpecific", "Prefix"';
    expect(path({ path: 'a', backend: {} })).toEqual([`${at}.pathType: Required value: pathType must be specified`]);
    expect(path({ path: 'a', pathType: '', backend })).toEqual([
      `${at}.pathType: Unsupported value: "": supported values: ${known}`,
    ]);
    expect(path({ path: 'a', pathType: 'Prefix', backend })).toEqual([
      `${at}.path: Invalid value: "a": must be an absolute path`,
    ]);
  });
});

describe('of webhooks', () => {
  const of = (webhook: object) =>
    complaints('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', {
      webhooks: [
        {
          name: 'w.example.com',
          clientConfig: { url: 'https://w' },
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          ...webhook,
        },
      ],
    });
  const form = '; desired format: https://host[/path]';

  test.each([
    [
      'an empty URL',
      { clientConfig: { url: '' } },
      [
        `webhooks[0].clientConfig.url: Invalid value: "": 'https' is the only allowed URL scheme${form}`,
        `webhooks[0].clientConfig.url: Invalid value: "": host must be provided${form}`,
      ],
    ],
    [
      'no known side effects',
      { sideEffects: '' },
      ['webhooks[0].sideEffects: Unsupported value: "": supported values: "None", "NoneOnDryRun"'],
    ],
    [
      'a version said twice',
      { admissionReviewVersions: ['v1', 'v1'] },
      ['webhooks[0].admissionReviewVersions[1]: Invalid value: "v1": duplicate version'],
    ],
    [
      'no version that is known',
      { admissionReviewVersions: ['v7'] },
      ['webhooks[0].admissionReviewVersions: Invalid value: ["v7"]: must include at least one of v1, v1beta1'],
    ],
    [
      'empty steps in the path',
      { clientConfig: { service: { name: 's', namespace: 'n', path: 'a//b/' } } },
      [
        `webhooks[0].clientConfig.service.path: Invalid value: "a//b/": must start with a '/'`,
        'webhooks[0].clientConfig.service.path: Invalid value: "a//b/": segment[0] may not be empty',
        'webhooks[0].clientConfig.service.path: Invalid value: "a//b/": segment[1] may not be empty',
      ],
    ],
  ])('with %s', (_what, webhook, expected) => {
    expect(of(webhook)).toEqual(expected);
  });
});

test('a name is not asked of an API service that has none', () => {
  const spec = { group: 'g.io', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 };
  expect(complaints('apiregistration.k8s.io/v1', 'APIService', { metadata: {}, spec })).toEqual([]);
});
