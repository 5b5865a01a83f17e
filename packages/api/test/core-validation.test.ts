import type { JsonObject } from '@kubets/core';
import { describe, expect, it } from 'vitest';
import { create, update } from './write.ts';

const service = (spec: JsonObject): JsonObject => ({ spec: { ports: [{ port: 80 }], ...spec } });
const claim = (spec: JsonObject): JsonObject => ({
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});
const volume = (spec: JsonObject): JsonObject => ({
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' }, ...spec },
});
const limits = (...items: JsonObject[]): JsonObject => ({ spec: { limits: items } });
const quota = (spec: JsonObject): JsonObject => ({ spec });
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('creating', () => {
  it.each<[kind: string, what: string, object: JsonObject, complaints: string[]]>([
    ['Service', 'a plain one', service({}), []],
    ['Service', 'no ports', { spec: {} }, ['spec.ports: Required value']],
    ['Service', 'a headless one without ports', { spec: { clusterIP: 'None' } }, []],
    [
      'Service',
      'two ports without names',
      { spec: { ports: [{ port: 80 }, { port: 81 }] } },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      'Service',
      'a port twice',
      {
        spec: {
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 80 },
          ],
        },
      },
      [
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ],
    ],
    [
      'Service',
      'a node port without need',
      { spec: { ports: [{ port: 80, nodePort: 30000 }] } },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      'Service',
      'an unknown type',
      service({ type: 'Magic' }),
      [
        'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [
      'Service',
      'an external name with capitals',
      { spec: { type: 'ExternalName', externalName: 'A.example' } },
      [
        `spec.externalName: Invalid value: "A.example": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      ],
    ],
    [
      'Service',
      'source ranges without load balancer',
      service({ loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    ],
    [
      'Service',
      'too long an affinity',
      service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 90000 } } }),
      [
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400',
      ],
    ],
    ['ConfigMap', 'a plain one', { data: { a: 'b' }, binaryData: { c: 'ZA==' } }, []],
    [
      'ConfigMap',
      'a key in both parts',
      { data: { a: 'b' }, binaryData: { a: 'ZA==' } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      'ConfigMap',
      'too much',
      { data: { a: 'x'.repeat(1024 * 1024 + 1) } },
      [': Too long: may not be more than 1048576 bytes'],
    ],
    [
      'Secret',
      'a certificate without key',
      { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
      ['data[tls.key]: Required value'],
    ],
    [
      'Secret',
      'a token of nobody',
      { type: 'kubernetes.io/service-account-token' },
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    [
      'Secret',
      'credentials for a registry',
      { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('{"auths":{}}') } },
      [],
    ],
    [
      'Secret',
      'basic credentials without any',
      { type: 'kubernetes.io/basic-auth' },
      ['data[username]: Required value', 'data[password]: Required value'],
    ],
    ['PersistentVolumeClaim', 'a plain one', claim({}), []],
    ['PersistentVolumeClaim', 'no size', claim({ resources: {} }), ['spec.resources[storage]: Required value']],
    [
      'PersistentVolumeClaim',
      'no access mode',
      claim({ accessModes: [] }),
      ['spec.accessModes: Required value: at least 1 access mode is required'],
    ],
    [
      'PersistentVolumeClaim',
      'one pod and others',
      claim({ accessModes: ['ReadWriteOncePod', 'ReadOnlyMany'] }),
      ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    ],
    ['PersistentVolume', 'a plain one', volume({}), []],
    ['PersistentVolume', 'nowhere', volume({ hostPath: null }), ['spec: Required value: must specify a volume type']],
    [
      'PersistentVolume',
      'in two places',
      volume({ nfs: { server: 's', path: '/p' } }),
      ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'PersistentVolume',
      'a local one anywhere',
      volume({ hostPath: null, local: { path: '/mnt' } }),
      ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
    ],
    [
      'LimitRange',
      'a minimum above the maximum',
      limits({ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } }),
      ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ],
    [
      'LimitRange',
      'defaults for pods',
      limits({ type: 'Pod', default: { cpu: '1' } }),
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    ['ResourceQuota', 'a plain one', quota({ hard: { pods: '4', 'requests.cpu': '2', 'count/jobs.batch': '5' } }), []],
    [
      'ResourceQuota',
      'half a pod',
      quota({ hard: { pods: '500m' } }),
      ['spec.hard[pods]: Invalid value: "500m": must be an integer'],
    ],
    [
      'ResourceQuota',
      'scopes that exclude each other',
      quota({ hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] }),
      ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
    ],
    [
      'Endpoints',
      'a loopback address',
      { subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 80 }] }] },
      [
        'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'Node',
      'a taint twice',
      {
        spec: {
          taints: [
            { key: 'a', effect: 'NoSchedule' },
            { key: 'a', effect: 'NoSchedule' },
          ],
        },
      },
      [
        'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
      ],
    ],
    [
      'Event',
      'of another namespace',
      { involvedObject: { namespace: 'other' } },
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
    [
      'Binding',
      'to something else',
      { target: { kind: 'Pod', name: 'p' } },
      ['target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"'],
    ],
    [
      'ReplicationController',
      'that does not select its own pods',
      {
        spec: {
          selector: { a: '1' },
          template: { metadata: { labels: { a: '2' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      },
      ['spec.template.metadata.labels: Invalid value: {"a":"2"}: `selector` does not match template `labels`'],
    ],
  ])('%s: %s', (kind, _what, object, complaints) => {
    expect(create(kind, object).complaints).toEqual(complaints);
  });
});

describe('changing', () => {
  it.each<[kind: string, what: string, before: JsonObject, change: JsonObject, complaints: string[]]>([
    [
      'Service',
      'its address',
      service({ clusterIP: '10.0.0.1' }),
      service({ clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.1'] }),
      ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
    ],
    ['Service', 'its ports', service({ clusterIP: '10.0.0.1' }), { spec: { ports: [{ port: 81 }] } }, []],
    [
      'ConfigMap',
      'values that stay',
      { immutable: true, data: { a: '1' } },
      { data: { a: '2' } },
      ['data: Forbidden: field is immutable when `immutable` is set'],
    ],
    ['Secret', 'its type', { type: 'a/b' }, { type: 'c/d' }, ['type: Invalid value: "c/d": field is immutable']],
    [
      'PersistentVolumeClaim',
      'the size before it is bound',
      claim({}),
      claim({ resources: { requests: { storage: '2Gi' } } }),
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ],
    ],
    [
      'PersistentVolume',
      'where it is',
      volume({}),
      volume({ hostPath: { path: '/other' } }),
      ['spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation'],
    ],
    [
      'Node',
      'its provider',
      { spec: { providerID: 'a' } },
      { spec: { providerID: 'b' } },
      ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'],
    ],
    [
      'ResourceQuota',
      'its scopes',
      quota({ scopes: ['BestEffort'], hard: { pods: '1' } }),
      quota({ scopes: ['NotBestEffort'], hard: { pods: '1' } }),
      ['spec.scopes: Invalid value: ["NotBestEffort"]: field is immutable'],
    ],
  ])('%s: %s', (kind, _what, before, change, complaints) => {
    expect(update(kind, create(kind, before).object, change).complaints).toEqual(complaints);
  });
});

it('keeps the status of most kinds out of their own URL, and the rest out of /status', () => {
  const node = { ...create('Node', { spec: { podCIDR: '10.0.0.0/24' } }).object, status: { phase: 'Running' } };
  const main = update('Node', node, { spec: { podCIDR: '10.0.0.0/24', unschedulable: true }, status: { phase: 'x' } });
  expect(main.object).toMatchObject({ spec: { unschedulable: true }, status: { phase: 'Running' } });
  const status = update('Node', node, { spec: { unschedulable: true }, status: { phase: 'Pending' } }, 'status');
  expect(status.object.status).toMatchObject({ phase: 'Pending' });
  expect(status.object.spec).not.toHaveProperty('unschedulable');
});
