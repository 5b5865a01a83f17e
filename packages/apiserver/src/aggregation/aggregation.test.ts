import { mkdtempSync, rmSync } from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { silentLogger } from '@kubets/core';
import { hostClock, hostRandom } from '@kubets/core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, Harness } from '../../test/harness.ts';
import { issueCertificate } from '../node/certificates.ts';
import { SocketForwarder } from '../node/forwarder.ts';
import { type RunningHttpServer, startHttpServer } from '../node/http-server.ts';
import { SocketHttpsCaller } from '../node/https-caller.ts';
import { ensurePki, type Pki } from '../node/pki.ts';

const services = '/apis/apiregistration.k8s.io/v1/apiservices';
const YEAR_MS = 365 * 24 * 3_600_000;
let dir: string;
let pki: Pki;
let harness: Harness;
let front: RunningHttpServer;
let caller: SocketHttpsCaller;
let backend: https.Server;
let caBundle: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kubets-aggregation-'));
  pki = ensurePki({ dir });
  caller = new SocketHttpsCaller({ clock: hostClock, frontProxy: pki.frontProxyClient });
  const credentials = { client: pki.apiserverKubeletClient, ca: pki.ca.cert, frontProxy: pki.frontProxyClient };
  const forwarder = new SocketForwarder({ ...credentials, clock: hostClock });
  harness = await Harness.start({ forwarder, httpsCaller: caller });
  const tls = { ...pki.apiserver, clientCa: pki.ca.cert, frontProxyCa: pki.frontProxyCa.cert };
  const listen = { host: '127.0.0.1', port: 0, tls, clock: hostClock, logger: silentLogger };
  front = await startHttpServer({ ...listen, server: harness.front.frontDoor });
  backend = await startBackend();
});
afterAll(async () => {
  await front.close();
  caller.close();
  backend.closeAllConnections();
  backend.close();
  await harness.stop();
  rmSync(dir, { recursive: true });
});

/** A server of metrics.example.org/v1 that tells who it was told is asking. */
async function startBackend(): Promise<https.Server> {
  const host = { clock: hostClock, random: hostRandom };
  const ca = issueCertificate(
    { commonName: 'b', usage: 'authority', validMs: YEAR_MS },
    { ...host, issuer: undefined },
  );
  const request = { commonName: 'b', usage: 'server', hosts: ['metrics.default.svc'], validMs: YEAR_MS } as const;
  const serving = issueCertificate(request, { ...host, issuer: ca });
  caBundle = Buffer.from(ca.cert).toString('base64');
  const server = https.createServer({ ...serving, ca: pki.frontProxyCa.cert, requestCert: true }, answer);
  server.on('upgrade', (incoming: http.IncomingMessage, socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n${incoming.url}`);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

const RESOURCES = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'metrics.example.org/v1',
  resources: [{ name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] }],
};

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const isTrusted = (request.socket as TLSSocket).authorized;
  const documents: Record<string, object> = {
    '/apis/metrics.example.org/v1': RESOURCES,
    '/openapi/v3': {
      paths: {
        'apis/metrics.example.org': { serverRelativeURL: '/openapi/v3/apis/metrics.example.org?hash=2' },
        'apis/metrics.example.org/v1': { serverRelativeURL: '/openapi/v3/apis/metrics.example.org/v1?hash=1' },
        version: { serverRelativeURL: '/openapi/v3/version?hash=3' },
      },
    },
    '/openapi/v2': {
      swagger: '2.0',
      info: { title: 'Metrics', version: '1' },
      paths: {
        '/apis/metrics.example.org/v1/nodes': {
          get: { responses: { 200: { description: 'OK', schema: { $ref: '#/definitions/NodeMetrics' } } } },
        },
        '/version': { get: { responses: { 200: { description: 'OK' } } } },
      },
      definitions: { NodeMetrics: { type: 'object', description: 'What a node uses.' } },
    },
  };
  response.setHeader('content-type', 'application/json');
  const { 'x-remote-user': user, 'x-remote-group': groups, authorization } = request.headers;
  response.end(
    JSON.stringify(documents[request.url ?? ''] ?? { url: request.url, isTrusted, user, groups, authorization }),
  );
}

const portOf = (server: https.Server) => (server.address() as AddressInfo).port;

function apiService(name: string, more: object = {}): object {
  return {
    metadata: { name: `v1.${name}` },
    spec: { group: name, version: 'v1', groupPriorityMinimum: 100, versionPriority: 100, ...more },
  };
}

/** The Available condition, once it is as wanted. */
async function available(
  name: string,
  until: (condition: { status: string; reason: string; message: string }) => boolean,
) {
  for (;;) {
    const { status } = (await harness.call('GET', `${services}/v1.${name}`)).json();
    const condition = status?.conditions?.find(({ type }: { type: string }) => type === 'Available');
    if (condition && until(condition)) return condition;
    await hostClock.sleep(10);
  }
}

describe('what this server serves itself', () => {
  it('is registered as local', async () => {
    const listed = (await harness.call('GET', services)).json().items as { metadata: { name: string } }[];
    const names = listed.map(({ metadata }) => metadata.name);
    expect(names).toEqual(expect.arrayContaining(['v1.', 'v1.apps', 'v2.autoscaling', 'v1.rbac.authorization.k8s.io']));
    expect(names).not.toContain('v1.apiregistration.k8s.io');
    expect((await harness.call('GET', `${services}/v1.apps`)).json()).toMatchObject({
      metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
      spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
      status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] },
    });
  });

  it('is registered again when somebody deletes it', async () => {
    await harness.call('DELETE', `${services}/v1.apps`);
    await available('apps', ({ reason }) => reason === 'Local');
  });
});

describe('an aggregated server', () => {
  const unavailable = (reason: string) => (condition: { status: string; reason: string }) =>
    condition.status === 'False' && condition.reason === reason;

  it('that cannot be found is unavailable, and says why', async () => {
    const service = { namespace: 'default', name: 'absent' };
    await harness.create(services, apiService('absent.example.org', { service, insecureSkipTLSVerify: true }));
    const condition = await available('absent.example.org', unavailable('ServiceNotFound'));
    expect(condition.message).toBe('service/absent in "default" is not present');
    const answered = await harness.call('GET', '/apis/absent.example.org/v1/things');
    expect(answered.code).toBe(503);
    const spec = { ports: [{ port: 443 }], selector: { app: 'x' } };
    await harness.create('/api/v1/namespaces/default/services', { metadata: { name: 'absent' }, spec });
    await available('absent.example.org', unavailable('EndpointsNotFound'));
    await harness.call('DELETE', `${services}/v1.absent.example.org`);
  });

  it('is passed its requests, with who asks, and made known in discovery', async () => {
    const port = portOf(backend);
    await harness.create('/api/v1/namespaces/default/services', {
      metadata: { name: 'metrics' },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    });
    const service = { namespace: 'default', name: 'metrics', port };
    await harness.create(services, apiService('metrics.example.org', { service, caBundle }));
    await available('metrics.example.org', ({ reason }) => reason === 'Passed');
    expect(await get('/apis/metrics.example.org/v1/nodes/n1?x=1')).toEqual({
      url: '/apis/metrics.example.org/v1/nodes/n1?x=1',
      isTrusted: true,
      user: 'admin',
      groups: 'system:masters, system:authenticated',
    });
    expect(await get('/apis/metrics.example.org/v1')).toEqual(RESOURCES);
    expect(await get('/apis/metrics.example.org')).toMatchObject({
      kind: 'APIGroup',
      preferredVersion: { groupVersion: 'metrics.example.org/v1' },
    });
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { items } = (await harness.call('GET', '/apis', { headers: { accept } })).json();
    expect(items.at(-1)).toMatchObject({
      metadata: { name: 'metrics.example.org' },
      versions: [
        {
          version: 'v1',
          freshness: 'Current',
          resources: [
            { resource: 'nodes', scope: 'Cluster', responseKind: { kind: 'NodeMetrics' }, verbs: ['get', 'list'] },
          ],
        },
      ],
    });
    const index = (await harness.call('GET', '/openapi/v3')).json();
    expect(index.paths['apis/metrics.example.org/v1'].serverRelativeURL).toContain('?hash=1');
    expect(index.paths['apis/metrics.example.org'].serverRelativeURL).toContain('?hash=2');
    expect(index.paths).not.toHaveProperty('version');
    expect(await get('/openapi/v3/apis/metrics.example.org?hash=2')).toMatchObject({ user: 'admin' });
  });

  it('has its part in the OpenAPI document of this server, for as long as it is registered', async () => {
    const v2 = async () => (await harness.call('GET', '/openapi/v2')).json();
    const { paths, definitions, info } = await v2();
    expect(info.title).toBe('Kubernetes');
    expect(paths).toHaveProperty(['/apis/metrics.example.org/v1/nodes']);
    expect(paths).not.toHaveProperty(['/version']);
    expect(definitions.NodeMetrics.description).toBe('What a node uses.');
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const protobuf = await harness.call('GET', '/openapi/v2', { headers: { accept } });
    expect(protobuf.text()).toContain('/apis/metrics.example.org/v1/nodes');
    const other = '/apis/metrics.example.org/v1';
    await harness.call('DELETE', `${services}/v1.metrics.example.org`);
    for (;;) {
      const gone = !(`${other}/nodes` in (await v2()).paths);
      if (gone) break;
      await hostClock.sleep(10);
    }
    const index = (await harness.call('GET', '/openapi/v3')).json();
    expect(index.paths).not.toHaveProperty(['apis/metrics.example.org']);
    const service = { namespace: 'default', name: 'metrics', port: portOf(backend) };
    await harness.create(services, apiService('metrics.example.org', { service, caBundle }));
    await available('metrics.example.org', ({ reason }) => reason === 'Passed');
  });

  it('takes upgraded connections', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const request = https.request({
        ...toFront('/apis/metrics.example.org/v1/echo'),
        headers: { ...authorization, connection: 'Upgrade', upgrade: 'echo' },
      });
      request.on('error', reject);
      request.on('upgrade', (_answer, socket, head) => {
        socket.once('close', () => {});
        let received = head.toString();
        socket.on('data', (chunk: Buffer) => {
          received += chunk;
          if (received.endsWith('hello')) {
            socket.destroy();
            resolve(received);
          }
        });
        socket.write('hello');
      });
      request.end();
    });
    expect(text).toBe('/apis/metrics.example.org/v1/echohello');
  });

  it('whose certificate is not believed is unavailable', async () => {
    const service = { namespace: 'default', name: 'metrics', port: portOf(backend) };
    await harness.create(services, apiService('doubtful.example.org', { service }));
    const condition = await available('doubtful.example.org', unavailable('FailedDiscoveryCheck'));
    expect(condition.message).toMatch(/^failing or missing response from https:.*signed by unknown authority$/);
  });
});

const authorization = { authorization: `Bearer ${ADMIN_TOKEN}` };
const toFront = (path: string) => ({
  host: '127.0.0.1',
  port: front.port,
  path,
  ca: pki.ca.cert,
  agent: false as const,
  headers: authorization,
});

function get(path: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const request = https.get(toFront(path), (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(text));
      });
    });
    request.on('error', reject);
  });
}
