import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostClock, hostRandom } from '@kubets/core/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { AuditEvent } from '../audit/event.ts';
import { AuditPolicy } from '../audit/policy.ts';
import { AuditTrail } from '../audit/trail.ts';
import { issueCertificate, type KeyPair } from '../node/certificates.ts';
import { SocketHttpsCaller } from '../node/https-caller.ts';
import type { HttpsCaller } from './https-caller.ts';

interface Review {
  readonly request: Record<string, unknown> & {
    readonly uid: string;
    readonly object?: { metadata: { name: string } };
  };
}
type Handler = (review: Review) => object;

let harness: Harness;
let caller: SocketHttpsCaller;
let listener: https.Server;
let ca: KeyPair;
let dir: string;
let port: number;
/** What each path answers, and what it was asked. */
const handlers = new Map<string, Handler>();
const audited: AuditEvent[] = [];
const seen: { path: string; review: Review }[] = [];
const maps = '/api/v1/namespaces/default/configmaps';
const hooks = '/apis/admissionregistration.k8s.io/v1';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kubets-webhooks-'));
  const host = { clock: hostClock, random: hostRandom };
  const year = 365 * 24 * 3_600_000;
  ca = issueCertificate({ commonName: 'webhooks', usage: 'authority', validMs: year }, { ...host, issuer: undefined });
  const names = ['127.0.0.1', 'hook.default.svc'];
  const request = { commonName: 'hook', usage: 'server', hosts: names, validMs: year } as const;
  const serving = issueCertificate(request, { ...host, issuer: ca });
  listener = https.createServer(serving, serve);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  port = (listener.address() as AddressInfo).port;
  caller = new SocketHttpsCaller({ clock: hostClock });
  // Endpoints may not be loopback addresses, so the one of the test stands for them.
  const routed: HttpsCaller = {
    call: (call) =>
      caller.call(call.address ? { ...call, address: { host: '127.0.0.1', port: call.address.port } } : call),
  };
  const connector = { connect: async () => {} };
  const policy = AuditPolicy.parse('apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Request}]');
  const backends = [{ record: (event: AuditEvent) => void audited.push(event) }];
  const audit = new AuditTrail({ policy, backends, clock: hostClock });
  harness = await Harness.start({ connector, audit }, { httpsCaller: routed });
});
afterEach(async () => {
  for (const resource of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'])
    await harness.call('DELETE', `${hooks}/${resource}`);
  await harness.call('DELETE', maps);
  handlers.clear();
  seen.length = 0;
  audited.length = 0;
});
afterAll(async () => {
  caller.close();
  listener.closeAllConnections();
  listener.close();
  await harness.stop();
  rmSync(dir, { recursive: true });
});

function serve(request: http.IncomingMessage, response: http.ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const path = (request.url ?? '').split('?')[0]!;
    const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
    seen.push({ path, review });
    const handler = handlers.get(path);
    if (!handler) {
      if (path !== '/hangs') response.writeHead(path === '/broken' ? 500 : 404).end('it broke');
      return;
    }
    const answer = { uid: review.request.uid, ...handler(review) };
    const kind = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1' };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ...kind, response: answer }));
  });
}

const patchOf = (operations: object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

const rule = { operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };
const caBundle = () => Buffer.from(ca.cert).toString('base64');

function webhook(name: string, path: string, more: object = {}): object {
  return {
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    rules: [rule],
    clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle: caBundle() },
    ...more,
  };
}

async function configure(type: 'Mutating' | 'Validating', ...webhooks: object[]): Promise<void> {
  const resource = `${type.toLowerCase()}webhookconfigurations`;
  await harness.create(`${hooks}/${resource}`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${type}WebhookConfiguration`,
    metadata: { generateName: 'test-' },
    webhooks,
  });
}

const configMap = (name: string, more: object = {}) => ({ metadata: { name }, ...more });
const post = (name: string, more: object = {}, query = '') =>
  harness.call('POST', maps + query, { body: configMap(name, more) });

describe('validating webhooks', () => {
  it('see the request as it is, and let it pass with warnings', async () => {
    handlers.set('/allow', () => ({ allowed: true, warnings: ['think twice'] }));
    await configure('Validating', webhook('allow.example.org', '/allow'));
    const answer = await post('a', { data: { k: 'v' } }, '?fieldManager=me&dryRun=All');
    expect(answer.code).toBe(201);
    expect(answer.headers.warning).toEqual(['299 - "think twice"']);
    expect(seen[0]!.review).toMatchObject({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
        name: 'a',
        namespace: 'default',
        operation: 'CREATE',
        userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
        object: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: { name: 'a', namespace: 'default' },
          data: { k: 'v' },
        },
        oldObject: null,
        dryRun: true,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me', dryRun: ['All'] },
      },
    });
  });

  it('refuse in their own words', async () => {
    handlers.set('/deny', () => ({ allowed: false, status: { code: 403, reason: 'Forbidden', message: 'not today' } }));
    handlers.set('/mute', () => ({ allowed: false }));
    await configure('Validating', webhook('deny.example.org', '/deny'));
    const denied = await post('a');
    expect(denied.code).toBe(403);
    expect(denied.json()).toMatchObject({
      reason: 'Forbidden',
      message: 'admission webhook "deny.example.org" denied the request: not today',
    });
    await harness.call('DELETE', `${hooks}/validatingwebhookconfigurations`);
    await configure('Validating', webhook('mute.example.org', '/mute'));
    const mute = await post('a');
    expect(mute.code).toBe(400);
    expect(mute.json().message).toBe('admission webhook "mute.example.org" denied the request without explanation');
  });

  it('are asked by operation, selector, scope and condition', async () => {
    handlers.set('/deny', () => ({ allowed: false }));
    const labels = { matchLabels: { guarded: 'yes' } };
    await configure('Validating', webhook('labels.example.org', '/deny', { objectSelector: labels }));
    await configure('Validating', webhook('namespaces.example.org', '/deny', { namespaceSelector: labels }));
    await configure('Validating', webhook('scope.example.org', '/deny', { rules: [{ ...rule, scope: 'Cluster' }] }));
    await configure(
      'Validating',
      webhook('delete.example.org', '/deny', { rules: [{ ...rule, operations: ['DELETE'] }] }),
    );
    const expression = 'request.operation == "CREATE" && object.metadata.name.startsWith("x")';
    await configure(
      'Validating',
      webhook('cel.example.org', '/deny', { matchConditions: [{ name: 'x', expression }] }),
    );
    expect((await post('a')).code).toBe(201);
    expect(
      (
        await harness.call('PATCH', `${maps}/a`, {
          body: { data: { a: 'b' } },
          headers: { 'content-type': 'application/merge-patch+json' },
        })
      ).code,
    ).toBe(200);
    const messageOf = async (answer: ReturnType<typeof post>) => (await answer).json().message;
    expect(await messageOf(post('b', { metadata: { name: 'b', labels: { guarded: 'yes' } } }))).toContain('"labels.');
    expect(await messageOf(post('x1'))).toContain('"cel.');
    expect(await messageOf(harness.call('DELETE', `${maps}/a`))).toContain('"delete.');
    await harness.call('DELETE', `${hooks}/validatingwebhookconfigurations`);
  });

  it('see equivalent versions in the one that they asked for', async () => {
    handlers.set('/look', () => ({ allowed: true }));
    const events = { operations: ['*'], apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['*'] };
    await configure('Validating', webhook('v1.example.org', '/look', { rules: [events] }));
    await configure('Validating', webhook('exact.example.org', '/look', { rules: [events], matchPolicy: 'Exact' }));
    const scaler = {
      metadata: { name: 'h' },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
    };
    await harness.create('/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', scaler);
    expect(seen).toHaveLength(1);
    expect(seen[0]!.review.request).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' },
      requestKind: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
      object: { apiVersion: 'autoscaling/v1', spec: { maxReplicas: 3 } },
    });
  });

  it('that fail close the door, unless their policy says otherwise', async () => {
    const closed = await listenerPort();
    const at = (url: string) => ({ clientConfig: { url, caBundle: caBundle() } });
    const cases: [object, string][] = [
      [
        webhook('w.example.org', '/x', at(`https://127.0.0.1:${closed}/x`)),
        `failed calling webhook "w.example.org": failed to call webhook: Post "https://127.0.0.1:${closed}/x?timeout=10s": dial tcp 127.0.0.1:${closed}: connect: connection refused`,
      ],
      [
        webhook('w.example.org', '/broken'),
        'an error on the server ("it broke") has prevented the request from succeeding',
      ],
      [
        webhook('w.example.org', '/nowhere'),
        'failed to call webhook: the server could not find the requested resource',
      ],
      [webhook('w.example.org', '/hangs', { timeoutSeconds: 1 }), '/hangs?timeout=1s": context deadline exceeded'],
      [
        webhook('w.example.org', '/x', { clientConfig: { url: `https://127.0.0.1:${port}/x` } }),
        'tls: failed to verify certificate: x509: certificate signed by unknown authority',
      ],
      [
        webhook('w.example.org', '/x', {
          clientConfig: { service: { name: 'none', namespace: 'default', path: '/x' } },
        }),
        'Post "https://none.default.svc:443/x?timeout=10s": service "none" not found',
      ],
      [webhook('w.example.org', '/odd'), 'received invalid webhook response: expected response.uid='],
    ];
    handlers.set('/odd', () => ({ uid: 'other', allowed: true }));
    for (const [hook, message] of cases) {
      await configure('Validating', hook);
      const refused = await post('a');
      expect(refused.code, message).toBe(500);
      expect(refused.json().reason).toBe('InternalError');
      expect(refused.json().message).toContain('Internal error occurred: failed calling webhook "w.example.org": ');
      expect(refused.json().message).toContain(message);
      await harness.call('DELETE', `${hooks}/validatingwebhookconfigurations`);
    }
    await configure('Validating', webhook('open.example.org', '/broken', { failurePolicy: 'Ignore' }));
    expect((await post('a')).code).toBe(201);
  });

  it('behind a service are reached at a ready endpoint, under the name of the service', async () => {
    handlers.set('/svc', () => ({ allowed: false, status: { message: 'from the service' } }));
    const service = { metadata: { name: 'hook' }, spec: { ports: [{ port: 443 }], selector: { app: 'hook' } } };
    await harness.create('/api/v1/namespaces/default/services', service);
    const clientConfig = { service: { name: 'hook', namespace: 'default', path: '/svc' }, caBundle: caBundle() };
    await configure('Validating', webhook('svc.example.org', '/svc', { clientConfig }));
    expect((await post('a')).json().message).toContain('no endpoints available for service "hook"');
    await harness.create('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      metadata: { name: 'hook', labels: { 'kubernetes.io/service-name': 'hook' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: '', port }],
    });
    expect((await post('a')).json().message).toContain('denied the request: from the service');
  });

  it('never see their own configurations, and refuse dry runs that they cannot have', async () => {
    const everything = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] };
    await configure('Validating', webhook('all.example.org', '/broken', { rules: [everything] }));
    expect((await post('a')).code).toBe(500);
    expect((await harness.call('DELETE', `${hooks}/validatingwebhookconfigurations`)).code).toBe(200);
  });
});

describe('mutating webhooks', () => {
  it('change the object before it is validated', async () => {
    handlers.set('/label', () => patchOf([{ op: 'add', path: '/metadata/labels', value: { by: 'hook' } }]));
    await configure('Mutating', webhook('label.example.org', '/label'));
    expect((await post('a')).json().metadata.labels).toEqual({ by: 'hook' });
    handlers.set('/label', () => patchOf([{ op: 'add', path: '/metadata/labels', value: { by: 'not a label!' } }]));
    expect((await post('b')).code).toBe(422);
    handlers.set('/label', () => patchOf([{ op: 'remove', path: '/nothing' }]));
    expect((await post('b')).code).toBe(500);
    handlers.set('/label', () => ({ allowed: true, patch: 'W10=' }));
    expect((await post('b')).json().message).toContain('webhook returned response.patch but not response.patchType');
  });

  it('are asked again when something changed behind them, if they want to', async () => {
    const add = (key: string) => () => patchOf([{ op: 'add', path: `/data/${key}`, value: '1' }]);
    handlers.set('/first', add('first'));
    handlers.set('/once', add('once'));
    handlers.set('/last', add('last'));
    await configure(
      'Mutating',
      webhook('first.example.org', '/first', { reinvocationPolicy: 'IfNeeded' }),
      webhook('once.example.org', '/once'),
      webhook('last.example.org', '/last', { reinvocationPolicy: 'IfNeeded' }),
    );
    const answer = await post('a', { data: { k: 'v' } });
    expect(answer.json().data).toEqual({ k: 'v', first: '1', once: '1', last: '1' });
    expect(seen.map(({ path }) => path)).toEqual(['/first', '/once', '/last', '/first']);
  });

  it('run before defaults are final: a pod gets a container', async () => {
    const rules = [{ ...rule, resources: ['pods'] }];
    const container = { name: 'sidecar', image: 'busybox' };
    handlers.set('/inject', () => patchOf([{ op: 'add', path: '/spec/containers/-', value: container }]));
    await configure('Mutating', webhook('inject.example.org', '/inject', { rules }));
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
    const created = (await harness.create('/api/v1/namespaces/default/pods', pod)).json();
    expect(created.spec.containers[1]).toMatchObject({ ...container, imagePullPolicy: 'Always' });
    expect(created.spec.containers[1].volumeMounts).toHaveLength(1);
  });
});

/** A port at which nobody listens. */
async function listenerPort(): Promise<number> {
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const free = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

describe('warnings of webhooks', () => {
  const deletions = { rules: [{ ...rule, operations: ['CREATE', 'DELETE'] }] };
  const stated = ['299 - "mind the gap"'];

  it('reach who deletes one object or many', async () => {
    await post('gone');
    await post('gone-too');
    handlers.set('/warn', () => ({ allowed: true, warnings: ['mind the gap'] }));
    await configure('Validating', webhook('warn.example.org', '/warn', deletions));
    expect((await harness.call('DELETE', `${maps}/gone`)).headers.warning).toEqual(stated);
    const all = await harness.call('DELETE', maps);
    expect(all.code).toBe(200);
    expect(all.headers.warning).toEqual(stated);
  });

  it('come with a refusal too, after those of the decoder', async () => {
    handlers.set('/warn', () => ({ allowed: false, warnings: ['mind the gap'] }));
    await configure('Validating', webhook('warn.example.org', '/warn', deletions));
    const refused = await post('a', { nonsense: 1 }, '?fieldValidation=Warn');
    expect(refused.code).toBe(400);
    expect(refused.headers.warning).toEqual(['299 - "unknown field \\"nonsense\\""', ...stated]);
  });
});

describe('connections', () => {
  it('are refused in the words of a webhook', async () => {
    const status = { message: "attaching to pod 'to-be-attached-pod' is not allowed" };
    handlers.set('/deny', () => ({ allowed: false, status }));
    const attach = { operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/attach'] };
    await configure('Validating', webhook('deny-attaching-pod.k8s.io', '/deny', { rules: [attach] }));
    const path = '/api/v1/namespaces/default/pods/to-be-attached-pod/attach?stdout=true';
    const refused = await harness.call('POST', path);
    expect(refused.json()).toMatchObject({
      code: 400,
      message: `admission webhook "deny-attaching-pod.k8s.io" denied the request: ${status.message}`,
    });
    expect(seen[0]!.review.request).toMatchObject({
      operation: 'CONNECT',
      kind: { group: '', version: 'v1', kind: 'PodAttachOptions' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      subResource: 'attach',
      name: 'to-be-attached-pod',
      namespace: 'default',
      object: { kind: 'PodAttachOptions', apiVersion: 'v1', stdout: true },
      oldObject: null,
      options: null,
      dryRun: false,
    });
  });
});

describe('the record of a request', () => {
  it('tells what webhooks did, what they noted and which could not be asked', async () => {
    const patch = [{ op: 'add', path: '/data', value: { by: 'webhook' } }];
    handlers.set('/change', () => ({ ...patchOf(patch), auditAnnotations: { why: 'for fun' } }));
    const broken = { failurePolicy: 'Ignore' };
    await configure('Mutating', webhook('change.example.org', '/change'), webhook('b.example.org', '/broken', broken));
    await configure('Validating', webhook('c.example.org', '/broken', broken));
    audited.length = 0;
    await post('a');
    const { annotations = {} } = audited.at(-1)!;
    const mutation = 'mutation.webhook.admission.k8s.io';
    expect(JSON.parse(annotations[`${mutation}/round_0_index_0`]!)).toEqual({
      configuration: expect.stringMatching(/^test-/),
      webhook: 'change.example.org',
      mutated: true,
    });
    expect(JSON.parse(annotations['patch.webhook.admission.k8s.io/round_0_index_0']!)).toMatchObject({
      patch,
      patchType: 'JSONPatch',
    });
    expect(annotations['change.example.org/why']).toBe('for fun');
    expect(annotations[`failed-open.${mutation}/round_0_index_1`]).toBe('b.example.org');
    expect(annotations['failed-open.validating.webhook.admission.k8s.io/round_0_index_0']).toBe('c.example.org');
  });
});
