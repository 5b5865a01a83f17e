import { mkdtempSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, silentLogger } from '@kubets/core';
import { hostClock } from '@kubets/core/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_TOKEN, Harness } from '../../test/harness.ts';
import { type RunningHttpServer, startHttpServer } from './http-server.ts';
import { ensurePki, type Pki } from './pki.ts';

const SEED = Number(process.env.FUZZ_SEED ?? 1);
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 1500);
const random = seededRandom(SEED);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random.next() * values.length)]!;
const often = (chance: number) => random.next() < chance;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'FOO'];
const WORDS = [
  'api',
  'apis',
  'v1',
  'apps',
  'namespaces',
  'default',
  'pods',
  'configmaps',
  'a',
  'secrets',
  'status',
  'scale',
  'log',
  'exec',
  'proxy',
  'watch',
  'deployments',
  'binding',
  'token',
  'serviceaccounts',
  'eviction',
  'finalize',
  '..',
  '.',
  '',
  '%',
  '%00',
  '%2F',
  'é',
  '%F0%9F',
  'rbac.authorization.k8s.io',
  'clusterroles',
  'authorization.k8s.io',
  'selfsubjectaccessreviews',
  'subjectaccessreviews',
  'authentication.k8s.io',
  'tokenreviews',
  'customresourcedefinitions',
  'apiextensions.k8s.io',
  'nodes',
  'services',
  'http:x:y',
  'x'.repeat(300),
  'openapi',
  'v3',
  'healthz',
  'metrics',
  'version',
];
const PATHS = [
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/configmaps/a',
  '/api/v1/namespaces/default/pods',
  '/apis/apps/v1/namespaces/default/deployments',
  '/apis/apps/v1/namespaces/default/deployments/a/scale',
  '/api/v1/nodes/a',
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/authentication.k8s.io/v1/tokenreviews',
  '/api/v1/namespaces/default/serviceaccounts/default/token',
  '/api/v1/namespaces/default/pods/a/eviction',
  '/api/v1/namespaces/default/pods/a/binding',
  '/api/v1/namespaces/default',
  '/api/v1/namespaces',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/api/v1/namespaces/default/services',
];
const QUERIES = [
  'limit',
  'continue',
  'labelSelector',
  'fieldSelector',
  'resourceVersion',
  'resourceVersionMatch',
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
  'pretty',
  'includeObject',
  'gracePeriodSeconds',
  'propagationPolicy',
  'timeoutSeconds',
  'container',
  'command',
  'hash',
  'x',
];
const VALUES = [
  '',
  '1',
  '0',
  '-1',
  'true',
  'All',
  'a=b',
  'a in (b',
  '!a',
  'metadata.name=a',
  'spec.nodeName=x',
  '99999999999999999999',
  'eyJ9',
  'Exact',
  'NotOlderThan',
  'Strict',
  'Ignore',
  '%',
  '%zz',
  'é',
  'Foreground',
  'None',
];
const TYPES = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
  '',
  ';;',
  'application/json; charset=utf-8',
];
const ACCEPTS = [
  'application/json',
  '*/*',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'text/html',
  ';q=x',
  'application/json;q=0',
  ',,,',
];
const SCALARS: unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'a',
  'x'.repeat(100),
  [],
  {},
  '100m',
  '2030-01-01T00:00:00Z',
  '\u0000',
  '💥',
];
const KEYS = [
  'apiVersion',
  'kind',
  'metadata',
  'name',
  'namespace',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'resourceVersion',
  'uid',
  'spec',
  'data',
  'status',
  'containers',
  'template',
  'selector',
  'matchLabels',
  'replicas',
  'rules',
  'ports',
  'volumes',
  'resourceAttributes',
  'token',
  'op',
  'path',
  'value',
  '$patch',
  '__proto__',
  'constructor',
  'target',
  'creationTimestamp',
  'generateName',
  'deletionTimestamp',
];

function value(depth: number): unknown {
  if (depth === 0 || often(0.4)) return pick(SCALARS);
  if (often(0.3)) return Array.from({ length: Math.floor(random.next() * 3) }, () => value(depth - 1));
  return Object.fromEntries(
    Array.from({ length: Math.floor(random.next() * 5) }, () => [pick(KEYS), value(depth - 1)]),
  );
}

const SOUND: object[] = [
  { metadata: { name: 'a' }, data: { a: 'b' } },
  {
    metadata: { name: 'a' },
    spec: {
      containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }],
      volumes: [{ name: 'v', emptyDir: {} }],
    },
  },
  {
    metadata: { name: 'a' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  },
  { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
  { spec: { ports: [{ port: 80, targetPort: 'http' }], selector: { a: 'b' } }, metadata: { name: 'a' } },
];

/** A sound object with one part replaced by something else. */
function mutated(): unknown {
  const copy = structuredClone(pick(SOUND)) as Record<string, unknown>;
  let at: Record<string, unknown> = copy;
  for (;;) {
    const key = pick(Object.keys(at));
    const next = at[key];
    if (typeof next !== 'object' || next === null || Object.keys(next).length === 0 || often(0.3)) {
      at[key] = value(2);
      return copy;
    }
    at = next as Record<string, unknown>;
  }
}

function body(): Buffer {
  const text = JSON.stringify(often(0.6) ? mutated() : value(5)) ?? '';
  const bytes = Buffer.from(text);
  if (often(0.2))
    for (let i = 0; i < 3; i++) bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
  if (often(0.1))
    return Buffer.concat([Buffer.from('k8s\0'), Buffer.from(random.bytes(Math.floor(random.next() * 60)))]);
  return often(0.05) ? Buffer.from('['.repeat(100_000)) : bytes;
}

function target(): string {
  const path = often(0.6)
    ? pick(PATHS)
    : `/${Array.from({ length: Math.floor(random.next() * 7) }, () => pick(WORDS)).join('/')}`;
  const query = Array.from(
    { length: often(0.5) ? 0 : Math.floor(random.next() * 4) },
    () => `${pick(QUERIES)}=${pick(VALUES)}`,
  );
  return query.length > 0 ? `${encodeURI(path)}?${query.map(encodeURI).join('&')}` : encodeURI(path);
}

let dir: string;
let pki: Pki;
let harness: Harness;
let server: RunningHttpServer;
let client: http2.ClientHttp2Session;
const failures: string[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kubets-fuzz-'));
  pki = ensurePki({ dir });
  const logger = {
    ...silentLogger,
    log: (_level: string, message: string, fields?: Record<string, unknown>) => {
      if (message.startsWith('request ')) failures.push(`${fields?.target}: ${(fields?.error as Error)?.stack}`);
    },
    with: () => silentLogger,
  };
  harness = await Harness.start({ logger });
  const tls = { ...pki.apiserver, clientCa: pki.ca.cert };
  server = await startHttpServer({
    server: harness.front.frontDoor,
    host: '127.0.0.1',
    port: 0,
    tls,
    clock: hostClock,
    logger,
  });
  client = http2.connect(`https://127.0.0.1:${server.port}`, { ca: pki.ca.cert });
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
});
afterAll(async () => {
  client.close();
  await server.close();
  await harness.stop();
  rmSync(dir, { recursive: true });
});

interface Shot {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | undefined;
}

function shot(): Shot {
  const method = pick(METHODS);
  const headers = {
    accept: pick(ACCEPTS),
    'content-type': pick(TYPES),
    authorization: often(0.95) ? `Bearer ${ADMIN_TOKEN}` : pick(['Bearer x', 'Basic x', 'Bearer a.b.c']),
  };
  return { method, path: target(), headers, body: method === 'GET' || method === 'HEAD' ? undefined : body() };
}

function fire({ method, path, headers, body: bytes }: Shot): Promise<{ status: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    const request = client.request({ ':method': method, ':path': path, ...headers }, { endStream: !bytes });
    let status = 0;
    let type = '';
    const chunks: Buffer[] = [];
    request.on('response', (answer) => {
      status = Number(answer[':status']);
      type = String(answer['content-type'] ?? '');
    });
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => resolve({ status, type, text: Buffer.concat(chunks).toString() }));
    request.on('error', reject);
    if (bytes) request.end(bytes);
  });
}

it(`answers anything with a status of its own (seed ${SEED})`, async () => {
  const wrong: string[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    const sent = shot();
    const { status, type, text } = await fire(sent);
    const isStatus =
      status < 400 || sent.method === 'HEAD' || type !== 'application/json' || JSON.parse(text).code === status;
    if (status === 500 || status < 200 || !isStatus)
      wrong.push(
        `${sent.method} ${sent.path} ${JSON.stringify(sent.headers)} ${sent.body?.toString().slice(0, 300)}\n  => ${status} ${text.slice(0, 300)}`,
      );
  }
  expect([...wrong.slice(0, 5), ...failures.slice(0, 5)]).toEqual([]);
  expect(
    (
      await fire({
        method: 'GET',
        path: '/healthz',
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
        body: undefined,
      })
    ).text,
  ).toBe('ok');
}, 120_000);
