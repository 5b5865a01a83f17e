import type { JsonObject } from '@kubets/core';
import { describe, expect, it } from 'vitest';
import { create, kindNamed, update } from './write.ts';

const container = (change: JsonObject = {}): JsonObject => ({ name: 'c', image: 'nginx', ...change });
const pod = (spec: JsonObject = {}, c: JsonObject = {}): JsonObject => ({
  spec: { containers: [container(c)], ...spec },
});
const specOf = (json: JsonObject) => create('Pod', json).object.spec as JsonObject & { containers: JsonObject[] };

describe('pods', () => {
  it('are filled in', () => {
    expect(specOf(pod())).toEqual({
      containers: [
        {
          name: 'c',
          image: 'nginx',
          imagePullPolicy: 'Always',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    });
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.25', 'IfNotPresent'],
    ['localhost:5000/a/b', 'Always'],
    ['localhost:5000/a/b:v1', 'IfNotPresent'],
    [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
    ['Not An Image', 'IfNotPresent'],
  ])('pull %s: %s', (image, policy) => {
    expect(specOf(pod({}, { image })).containers[0]).toMatchObject({ imagePullPolicy: policy });
  });

  it('request what they are limited to', () => {
    const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } };
    expect(specOf(pod({}, { resources })).containers[0]).toMatchObject({
      resources: { limits: resources.limits, requests: { cpu: '500m', memory: '1Gi' } },
    });
  });

  it('have amounts rounded up to thousandths', () => {
    expect(specOf(pod({}, { resources: { requests: { cpu: '0.0001' } } })).containers[0]).toMatchObject({
      resources: { requests: { cpu: '1m' } },
    });
  });

  it('on the host network have its ports', () => {
    const spec = specOf(pod({ hostNetwork: true }, { ports: [{ containerPort: 80 }] }));
    expect(spec.containers[0]!.ports).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  });

  it('have probes and volumes filled in', () => {
    const spec = specOf(
      pod(
        {
          volumes: [
            { name: 'empty' },
            { name: 'secret', secret: { secretName: 's' } },
            { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
            { name: 'host', hostPath: { path: '/x' } },
          ],
        },
        { livenessProbe: { httpGet: { port: 80 } } },
      ),
    );
    expect(spec.containers[0]!.livenessProbe).toEqual({
      httpGet: { path: '/', port: 80, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
    expect(spec.volumes).toEqual([
      { name: 'empty', emptyDir: {} },
      { name: 'secret', secret: { secretName: 's', defaultMode: 420 } },
      {
        name: 'token',
        projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] },
      },
      { name: 'host', hostPath: { path: '/x', type: '' } },
    ]);
  });

  it.each<[requests: JsonObject, limits: JsonObject, qosClass: string]>([
    [{}, {}, 'BestEffort'],
    [{ cpu: '1' }, {}, 'Burstable'],
    [{}, { cpu: '1' }, 'Burstable'],
    [{}, { cpu: '1', memory: '1Gi' }, 'Guaranteed'],
    [{ cpu: '500m' }, { cpu: '1', memory: '1Gi' }, 'Burstable'],
    [{ cpu: '1000m' }, { cpu: '1', memory: '1Gi' }, 'Guaranteed'],
    [{ 'ephemeral-storage': '1Gi' }, {}, 'BestEffort'],
  ])('with requests %j and limits %j are %s', (requests, limits, qosClass) => {
    expect(create('Pod', pod({}, { resources: { requests, limits } })).object.status).toMatchObject({ qosClass });
  });

  it('wait behind scheduling gates', () => {
    expect(create('Pod', pod({ schedulingGates: [{ name: 'a' }] })).object.status).toMatchObject({
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
    });
  });

  it('spread among those with the same values of matchLabelKeys', () => {
    const constraint = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} };
    const object = pod({ topologySpreadConstraints: [{ ...constraint, matchLabelKeys: ['hash', 'absent'] }] });
    const { spec } = create('Pod', { ...object, metadata: { name: 'x', labels: { hash: '1' } } }).object;
    expect((spec as JsonObject).topologySpreadConstraints).toMatchObject([
      { labelSelector: { matchExpressions: [{ key: 'hash', operator: 'In', values: ['1'] }] } },
    ]);
  });

  it.each<[spec: JsonObject, status: JsonObject, requested: number | undefined, seconds: number]>([
    [{}, {}, undefined, 0],
    [{ nodeName: 'n' }, {}, undefined, 30],
    [{ nodeName: 'n' }, {}, 5, 5],
    [{ nodeName: 'n' }, { phase: 'Succeeded' }, 5, 0],
    [{ nodeName: 'n', terminationGracePeriodSeconds: -1 }, {}, undefined, 1],
  ])('%j %j are given, asked for %s, %d seconds to end', (spec, status, requested, seconds) => {
    const object = { ...create('Pod', pod(spec)).object, status };
    expect(kindNamed('Pod').strategy.deletionGraceSeconds!(object, requested)).toBe(seconds);
  });
});

describe('other kinds', () => {
  it.each<[kind: string, given: JsonObject, stored: JsonObject]>([
    [
      'Service',
      { spec: { type: 'NodePort', sessionAffinity: 'ClientIP', ports: [{ port: 80 }] } },
      {
        spec: {
          externalTrafficPolicy: 'Cluster',
          internalTrafficPolicy: 'Cluster',
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
          ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
        },
        status: { loadBalancer: {} },
      },
    ],
    [
      'Namespace',
      { spec: {} },
      {
        metadata: { labels: { 'kubernetes.io/metadata.name': 'x' } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      },
    ],
    [
      'Node',
      { spec: { podCIDR: '10.0.0.0/24' }, status: { capacity: { cpu: '4' } } },
      { spec: { podCIDRs: ['10.0.0.0/24'] }, status: { capacity: { cpu: '4' }, allocatable: { cpu: '4' } } },
    ],
    ['Secret', { stringData: { a: 'ü' } }, { type: 'Opaque', data: { a: 'w7w=' } }],
    [
      'PersistentVolume',
      { spec: { hostPath: { path: '/x' } } },
      {
        spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem', hostPath: { type: '' } },
        status: { phase: 'Pending', lastPhaseTransitionTime: '2026-01-01T00:00:00Z' },
      },
    ],
    [
      'PersistentVolumeClaim',
      { spec: { dataSource: { kind: 'PersistentVolumeClaim', name: 'c' } } },
      {
        spec: { volumeMode: 'Filesystem', dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'c' } },
        status: { phase: 'Pending' },
      },
    ],
    [
      'LimitRange',
      { spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }] } },
      { spec: { limits: [{ default: { cpu: '2' }, defaultRequest: { cpu: '2', memory: '1Mi' } }] } },
    ],
    [
      'ReplicationController',
      { spec: { template: { metadata: { labels: { a: '1' } }, spec: { containers: [] } } } },
      { metadata: { labels: { a: '1' } }, spec: { replicas: 1, selector: { a: '1' } }, status: { replicas: 0 } },
    ],
    ['ServiceAccount', { secrets: [{ name: 's', namespace: 'gone' }] }, { secrets: [{ name: 's' }] }],
  ])('%s', (kind, given, stored) => expect(create(kind, given).object).toMatchObject(stored));

  it('a service keeps what was allocated to it, and gives back what it no longer needs', () => {
    const old = create('Service', {
      spec: { type: 'NodePort', clusterIP: '10.0.0.1', ports: [{ port: 80, nodePort: 30080 }] },
    }).object;
    const kept = update('Service', old, { spec: { type: 'NodePort', ports: [{ port: 80 }] } });
    expect(kept.object.spec).toMatchObject({ clusterIPs: ['10.0.0.1'], ports: [{ nodePort: 30080 }] });
    const plain = update('Service', old, { spec: { ...(old.spec as JsonObject), type: 'ClusterIP' } });
    expect(plain.complaints).toEqual([]);
    expect(JSON.stringify(plain.object.spec)).not.toContain('nodePort');
  });

  it('a namespace keeps its finalizers except through /finalize', () => {
    const old = create('Namespace', { spec: {} }).object;
    expect(update('Namespace', old, { spec: {} }).object.spec).toEqual({ finalizers: ['kubernetes'] });
    expect(update('Namespace', old, { spec: {} }, 'finalize').object.spec).toEqual({});
  });

  it('a volume says when its phase changed', () => {
    const old = create('PersistentVolume', { spec: { hostPath: { path: '/x' } } }).object;
    const status = { phase: 'Available', lastPhaseTransitionTime: '2025-01-01T00:00:00Z' };
    const earlier = { ...old, status: { ...status, phase: 'Pending' } };
    expect(update('PersistentVolume', earlier, { status }, 'status').object.status).toEqual({
      phase: 'Available',
      lastPhaseTransitionTime: '2026-01-01T00:00:00Z',
    });
  });
});
