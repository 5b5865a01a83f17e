import { hostClock } from '@kubets/core/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { AuditEvent } from './event.ts';
import { AuditPolicy } from './policy.ts';
import { AuditTrail } from './trail.ts';

let harness: Harness;
const events: AuditEvent[] = [];
const maps = '/api/v1/namespaces/default/configmaps';
const POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitManagedFields: true
rules:
- level: None
  nonResourceURLs: [/healthz*]
- level: None
  userGroups: [system:nodes]
- level: RequestResponse
  resources: [{group: "", resources: [configmaps, pods/exec]}]
- level: Request
  resources: [{group: "", resources: [secrets]}]
  omitStages: [RequestReceived]
- level: Metadata
`;

beforeAll(async () => {
  const backend = { record: (event: AuditEvent) => void events.push(structuredClone(event)) };
  const audit = new AuditTrail({ policy: AuditPolicy.parse(POLICY), backends: [backend], clock: hostClock });
  harness = await Harness.start({ audit });
  await harness.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
  });
  await harness.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'readers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
    subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
  });
});
beforeEach(() => {
  events.length = 0;
});
afterAll(() => harness.stop());

const allowed = { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' };

describe('the audit trail', () => {
  it('tells of a request when it comes and when it is answered, with what was sent both ways', async () => {
    const answer = await harness.call('POST', `${maps}?fieldManager=me`, {
      body: { metadata: { name: 'a' }, data: { k: 'v' } },
      headers: { 'user-agent': 'test/1', 'x-forwarded-for': '10.0.0.9, nonsense' },
    });
    expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseComplete']);
    const [received, complete] = events;
    expect(received).toEqual({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: answer.headers['audit-id'],
      stage: 'RequestReceived',
      requestURI: `${maps}?fieldManager=me`,
      verb: 'create',
      user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
      sourceIPs: ['10.0.0.9', '127.0.0.1'],
      userAgent: 'test/1',
      objectRef: { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' },
      requestReceivedTimestamp: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
      stageTimestamp: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
    });
    expect(complete).toMatchObject({
      auditID: received!.auditID,
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { k: 'v' } },
      responseObject: { kind: 'ConfigMap', metadata: { name: 'a', uid: expect.any(String) }, data: { k: 'v' } },
      annotations: allowed,
    });
    expect(JSON.stringify(complete)).not.toContain('managedFields');
  });

  it('keeps to the level and the stages of its policy', async () => {
    const body = { metadata: { name: 's' }, stringData: { k: 'hidden' } };
    await harness.call('POST', '/api/v1/namespaces/default/secrets', { body });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ level: 'Request', requestObject: { type: 'Opaque', data: { k: 'aGlkZGVu' } } });
    expect(events[0]!.responseObject).toBeUndefined();
    events.length = 0;
    await harness.call('GET', '/healthz');
    expect(events).toEqual([]);
    await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'n' } } });
    expect(events[1]).toMatchObject({ level: 'Metadata', objectRef: { resource: 'namespaces' } });
    expect(events[1]!.requestObject).toBeUndefined();
    events.length = 0;
    await harness.call('GET', '/version');
    expect(events[1]).toMatchObject({ verb: 'get', requestURI: '/version', responseStatus: { code: 200 } });
    expect(events[1]!.objectRef).toBeUndefined();
  });

  it('records patches, deletions and lists in other forms as they are', async () => {
    await harness.call('POST', maps, { body: { metadata: { name: 'p' } } });
    events.length = 0;
    const headers = { 'content-type': 'application/merge-patch+json' };
    await harness.call('PATCH', `${maps}/p`, { headers, body: { data: { a: 'b' } } });
    expect(events[1]).toMatchObject({ verb: 'patch', requestObject: { data: { a: 'b' } } });
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    await harness.call('GET', maps, { headers: { accept } });
    expect(events[3]!.responseObject).toMatchObject({ kind: 'Table', rows: expect.any(Array) });
    await harness.call('GET', `${maps}/p`, { headers: { accept: 'application/vnd.kubernetes.protobuf' } });
    expect(events[5]!.responseObject).toMatchObject({ kind: 'ConfigMap', data: { a: 'b' } });
    await harness.call('DELETE', `${maps}/p`, { body: { propagationPolicy: 'Background' } });
    expect(events[7]).toMatchObject({
      verb: 'delete',
      requestObject: { propagationPolicy: 'Background' },
      responseStatus: { metadata: {}, status: 'Success', code: 200, details: { name: 'p' } },
    });
  });

  it('tells who was impersonated, and why that user may or may not', async () => {
    const headers = { 'impersonate-user': 'jane' };
    await harness.call('GET', maps, { headers });
    expect(events[1]).toMatchObject({
      user: { username: 'admin' },
      impersonatedUser: { username: 'jane', groups: ['system:authenticated'] },
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'authorization.k8s.io/reason':
          'RBAC: allowed by ClusterRoleBinding "readers" of ClusterRole "reader" to User "jane"',
      },
    });
    await harness.call('GET', '/api/v1/nodes', { headers });
    expect(events[3]).toMatchObject({
      responseStatus: { status: 'Failure', reason: 'Forbidden', code: 403, details: { kind: 'nodes' } },
      annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' },
    });
  });

  it('tells of senders that it does not know', async () => {
    expect((await harness.call('GET', maps, { token: 'wrong' })).code).toBe(401);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      stage: 'ResponseStarted',
      user: {},
      responseStatus: { code: 401, message: 'Authentication failed, attempted: bearer' },
    });
  });

  it('tells when a watch begins, and when it is over', async () => {
    const watch = await harness.stream(`${maps}?watch=1`);
    expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseStarted']);
    expect(events[1]).toMatchObject({ verb: 'watch', responseStatus: { code: 200 } });
    watch.close();
    expect(events[2]).toMatchObject({ stage: 'ResponseComplete', responseStatus: { code: 200 } });
  });

  it('tells of a connection that is refused', async () => {
    await harness.call('POST', '/api/v1/namespaces/default/pods/x/exec?command=ls');
    expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
    expect(events[2]).toMatchObject({ objectRef: { subresource: 'exec' }, responseStatus: { code: 501 } });
  });

  it('notes deprecated versions, pod security, and what policies find', async () => {
    await harness.call('GET', '/api/v1/namespaces/default/endpoints');
    expect(events[1]!.annotations).toMatchObject({ 'k8s.io/deprecated': 'true' });
    const prefix = 'pod-security.kubernetes.io';
    await harness.create('/api/v1/namespaces', {
      metadata: { name: 'strict', labels: { [`${prefix}/enforce`]: 'baseline', [`${prefix}/audit`]: 'restricted' } },
    });
    await harness.create('/api/v1/namespaces/strict/serviceaccounts', { metadata: { name: 'default' } });
    const group = '/apis/admissionregistration.k8s.io/v1';
    await harness.create(`${group}/validatingadmissionpolicies`, {
      metadata: { name: 'p' },
      spec: {
        matchConstraints: {
          resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        },
        validations: [{ expression: 'true' }, { expression: 'false', message: 'never' }],
        auditAnnotations: [{ key: 'pod-name', valueExpression: '"name: " + object.metadata.name' }],
      },
    });
    await harness.create(`${group}/validatingadmissionpolicybindings`, {
      metadata: { name: 'b' },
      spec: { policyName: 'p', validationActions: ['Audit'] },
    });
    events.length = 0;
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    await harness.create('/api/v1/namespaces/strict/pods', { metadata: { name: 'x' }, spec });
    const { annotations = {} } = events[1]!;
    expect(annotations[`${prefix}/enforce-policy`]).toBe('baseline:latest');
    expect(annotations[`${prefix}/audit-violations`]).toMatch(/^would violate PodSecurity "restricted:latest": /);
    expect(annotations['p/pod-name']).toBe('name: x');
    expect(JSON.parse(annotations['validation.policy.admission.k8s.io/validation_failure']!)).toEqual([
      { message: 'never', policy: 'p', binding: 'b', expressionIndex: 1, validationActions: ['Audit'] },
    ]);
  });
});
