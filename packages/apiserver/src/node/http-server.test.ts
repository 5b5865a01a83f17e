import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { silentLogger } from '@kubets/core';
import { hostClock, hostRandom } from '@kubets/core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, Harness } from '../../test/harness.ts';
import { issueCertificate } from './certificates.ts';
import { SocketForwarder } from './forwarder.ts';
import { gzipBody } from './gzip.ts';
import { type RunningHttpServer, startHttpServer } from './http-server.ts';
import { ensureKubeletPki, ensurePki, kubeconfigFor, type Pki } from './pki.ts';

let dir: string;
let pki: Pki;
let harness: Harness;
let server: RunningHttpServer;
let kubelet: https.Server;
const maps = '/api/v1/namespaces/default/configmaps';
const authorization = `Bearer ${ADMIN_TOKEN}`;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kubets-http-'));
  pki = ensurePki({ dir });
  const forwarder = new SocketForwarder({ client: pki.apiserverKubeletClient, ca: pki.ca.cert, clock: hostClock });
  harness = await Harness.start({ gzip: gzipBody, forwarder });
  const certificates = { ...pki.apiserver, clientCa: pki.ca.cert, frontProxyCa: pki.frontProxyCa.cert };
  const options = { host: '127.0.0.1', port: 0, tls: certificates, clock: hostClock, logger: silentLogger };
  server = await startHttpServer({ ...options, server: harness.front.frontDoor });
  kubelet = await startKubelet();
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  await harness.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
});
afterAll(async () => {
  await server.close();
  kubelet.closeAllConnections();
  kubelet.close();
  await harness.stop();
  rmSync(dir, { recursive: true });
});

/** A kubelet that writes two lines of log, and echoes what comes over an upgraded connection. */
async function startKubelet(): Promise<https.Server> {
  const { serving } = ensureKubeletPki({ dir, ca: pki.ca, nodeName: 'n1', hosts: ['127.0.0.1'] });
  const listener = https.createServer({ ...serving, ca: pki.ca.cert, requestCert: true, rejectUnauthorized: true });
  listener.on('request', (request, response) => {
    if (request.url?.includes('previous=true'))
      response.writeHead(400).end('previous terminated container "c" not found');
    else if (request.url?.startsWith('/containerLogs')) response.end(`log of ${request.url}\n`);
    else if (request.url === '/echo') request.pipe(response);
    else response.setHeader('content-type', 'text/html').end('<a href="/x">x</a>');
  });
  listener.on('upgrade', (request, socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n${request.url}\n`,
    );
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return listener;
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

function h1(path: string, options: https.RequestOptions = {}, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const agent = new https.Agent();
    const all = { host: '127.0.0.1', port: server.port, path, ca: pki.ca.cert, agent, ...options };
    const request = https.request(all, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        agent.destroy();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function h2(client: http2.ClientHttp2Session, headers: Record<string, string>, body?: Buffer | string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = client.request({ authorization, ...headers }, { endStream: body === undefined });
    let answer: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    request.on('response', (received) => {
      answer = received as Record<string, unknown>;
    });
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () =>
      resolve({ status: Number(answer[':status']), headers: answer, text: Buffer.concat(chunks).toString() }),
    );
    request.on('error', reject);
    if (body !== undefined) request.end(body);
  });
}

const connectH2 = () => http2.connect(`https://127.0.0.1:${server.port}`, { ca: pki.ca.cert });
const json = { 'content-type': 'application/json' };

describe('HTTP/2 and HTTP/1.1 on one port', () => {
  it('serves both', async () => {
    const client = connectH2();
    const body = JSON.stringify({ metadata: { name: 'h2' } });
    expect((await h2(client, { ':method': 'POST', ':path': maps, ...json }, body)).status).toBe(201);
    expect((await h2(client, { ':path': `${maps}/h2` })).headers['content-type']).toBe('application/json');
    const head = await h2(client, { ':method': 'HEAD', ':path': '/healthz' });
    expect([head.status, head.text]).toEqual([200, '']);
    const refused = await h2(client, { ':method': 'HEAD', ':path': `${maps}/h2` });
    expect([refused.status, refused.text]).toEqual([405, '']);
    client.close();
    expect(JSON.parse((await h1(`${maps}/h2`, { headers: { authorization } })).text).metadata.name).toBe('h2');
  });

  it('knows clients by their certificates', async () => {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const whoIs = (pair: { cert: string; key: string }) => h1(path, { method: 'POST', headers: json, ...pair }, '{}');
    const admin = JSON.parse((await whoIs(pki.admin)).text);
    expect(admin.status.userInfo).toMatchObject({
      username: 'kubernetes-admin',
      groups: ['system:masters', 'system:authenticated'],
    });
    const own = { commonName: 'admin', organizations: ['system:masters'], usage: 'client' as const, validMs: 1e6 };
    const stranger = issueCertificate(own, {
      clock: hostClock,
      random: hostRandom,
    });
    expect((await whoIs(stranger)).status).toBe(401);
  });

  it('refuses bodies that are too large', async () => {
    const client = connectH2();
    const reply = await h2(client, { ':method': 'POST', ':path': maps, ...json }, Buffer.alloc(4 * 1024 * 1024, 0x20));
    expect(JSON.parse(reply.text)).toMatchObject({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    });
    client.close();
    const plain = await h1(
      maps,
      { method: 'POST', headers: { authorization, ...json } },
      ' '.repeat(4 * 1024 * 1024),
    ).catch((error: Error) => error.message);
    expect(typeof plain === 'string' ? plain : JSON.parse(plain.text).code).toEqual(expect.anything());
  });

  it('compresses long answers for those who can read them', async () => {
    const data = { d: 'x'.repeat(200_000) };
    await harness.create(maps, { metadata: { name: 'long' }, data });
    const zipped = await h1(`${maps}/long`, { headers: { authorization, 'accept-encoding': 'gzip' } });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect((await h1(`${maps}/long`, { headers: { authorization } })).headers['content-encoding']).toBeUndefined();
  });

  it('streams watches, and WebSocket watches', async () => {
    const client = connectH2();
    const version = JSON.parse((await h2(client, { ':path': maps })).text).metadata.resourceVersion;
    const stream = client.request({ ':path': `${maps}?watch=1&resourceVersion=${version}`, authorization });
    const line = new Promise<string>((resolve) => stream.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    await new Promise((resolve) => stream.once('response', resolve));
    const socket = await upgrade(`${maps}?watch=1&resourceVersion=${version}`, 'websocket');
    const frame = socket.read((bytes) => bytes.includes('\n'));
    await harness.create(maps, { metadata: { name: 'watched' } });
    expect(JSON.parse(await line)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'watched' } } });
    const bytes = await frame;
    expect(bytes[0]).toBe(0x81);
    expect(bytes.toString('latin1')).toContain('"watched"');
    socket.end();
    stream.close();
    client.close();
  });

  it('survives what is no HTTP and no TLS', async () => {
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01garbage', '\0'.repeat(100)]) {
      await new Promise<void>((resolve) => {
        const socket = net.connect(server.port, '127.0.0.1', () => socket.end(bytes));
        socket.resume();
        socket.on('close', () => resolve());
        socket.on('error', () => {});
      });
    }
    const malformed = await new Promise<string>((resolve) => {
      const socket = tls.connect(
        { host: '127.0.0.1', port: server.port, ca: pki.ca.cert, ALPNProtocols: ['http/1.1'] },
        () => socket.write('NONSENSE\r\n\r\n'),
      );
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', () => {});
    });
    expect(malformed).toContain('400 Bad Request');
    expect((await h1('/healthz')).text).toBe('ok');
  });
});

interface RawSocket {
  /** Waits for bytes that satisfy `until`. */
  read(until: (bytes: Buffer) => boolean): Promise<Buffer>;
  write(text: string): void;
  end(): void;
}

/** Opens an upgraded connection as kubectl does. */
function upgrade(path: string, protocol: string, method = 'GET', subprotocol = ''): Promise<RawSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port: server.port, ca: pki.ca.cert, ALPNProtocols: ['http/1.1'] });
    let bytes = Buffer.alloc(0);
    let check = () => {};
    let isOpen = false;
    socket.on('secureConnect', () => {
      socket.write(
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${subprotocol && `Sec-WebSocket-Protocol: ${subprotocol}\r\n`}\r\n`,
      );
    });
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf('\r\n\r\n');
      if (!isOpen && end >= 0) {
        if (!bytes.toString('latin1').startsWith('HTTP/1.1 101')) return reject(new Error(bytes.toString()));
        isOpen = true;
        bytes = bytes.subarray(end + 4);
        resolve({
          read: (until) =>
            new Promise((done) => {
              check = () => {
                if (until(bytes)) done(bytes);
              };
              check();
            }),
          write: (text) => socket.write(text),
          end: () => socket.destroy(),
        });
      }
      check();
    });
    socket.on('error', reject);
  });
}

describe('streams to pods', () => {
  beforeAll(async () => {
    const { port } = kubelet.address() as net.AddressInfo;
    await harness.create('/api/v1/nodes', { metadata: { name: 'n1' } });
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    };
    const headers = { 'content-type': 'application/merge-patch+json' };
    await harness.call('PATCH', '/api/v1/nodes/n1/status', { headers, body: { status } });
    const containers = [{ name: 'c', image: 'i' }];
    await harness.create('/api/v1/namespaces/default/pods', {
      metadata: { name: 'one' },
      spec: { nodeName: 'n1', containers },
    });
    await harness.create('/api/v1/namespaces/default/pods', {
      metadata: { name: 'two' },
      spec: { nodeName: 'n1', containers: [...containers, { name: 'd', image: 'i' }] },
    });
    await harness.create('/api/v1/namespaces/default/pods', { metadata: { name: 'nowhere' }, spec: { containers } });
  });
  const pod = (name: string) => `/api/v1/namespaces/default/pods/${name}`;

  it('fetch logs', async () => {
    const reply = await h1(`${pod('one')}/log?tailLines=5&follow=true`, { headers: { authorization } });
    expect(reply.text).toBe('log of /containerLogs/default/one/c?follow=true&tailLines=5\n');
    const refused = await h1(`${pod('one')}/log?previous=true`, { headers: { authorization } });
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 400,
      message: 'previous terminated container "c" not found',
    });
    const unclear = await h1(`${pod('two')}/log`, { headers: { authorization } });
    expect(JSON.parse(unclear.text).message).toBe(
      'a container name must be specified for pod two, choose one of: [c d]',
    );
    const wrong = await h1(`${pod('two')}/log?container=e`, { headers: { authorization } });
    expect(JSON.parse(wrong.text).message).toBe('container e is not valid for pod two');
    expect((await h1(`${pod('nowhere')}/log`, { headers: { authorization } })).text).toBe('');
  });

  it('send logs as messages of a WebSocket, in base64 for those who ask for it', async () => {
    const line = 'log of /containerLogs/default/one/c\n';
    const binary = await upgrade(`${pod('one')}/log`, 'websocket');
    const [opcode] = await binary.read((bytes) => bytes.includes(line));
    expect(opcode).toBe(0x82);
    binary.end();
    const text = await upgrade(`${pod('one')}/log`, 'websocket', 'GET', 'base64.binary.k8s.io');
    expect((await text.read((bytes) => bytes.includes(Buffer.from(line).toString('base64'))))[0]).toBe(0x81);
    text.end();
  });

  it.each([
    ['websocket', 'GET'],
    ['SPDY/3.1', 'POST'],
  ])('join %s connections with the kubelet', async (protocol, method) => {
    const socket = await upgrade(
      `${pod('one')}/exec?command=ls&command=-l&stdin=true&stdout=true&tty=true`,
      protocol,
      method,
    );
    await socket.read((bytes) => bytes.includes('/exec/default/one/c?input=1&output=1&tty=1&command=ls&command=-l\n'));
    socket.write('hello');
    await socket.read((bytes) => bytes.includes('hello'));
    socket.end();
  });

  it('refuse what cannot be', async () => {
    await expect(upgrade(`${pod('one')}/exec`, 'websocket')).rejects.toThrow('command: Required value');
    await expect(upgrade(`${pod('nowhere')}/attach`, 'websocket')).rejects.toThrow(
      'pod nowhere does not have a host assigned',
    );
    const plain = await h1(`${pod('one')}/exec?command=ls`, { headers: { authorization } });
    expect(JSON.parse(plain.text)).toMatchObject({ code: 400, message: 'Upgrade request required' });
  });

  it('pass bodies on with their ends, whatever the method', async () => {
    const path = '/api/v1/nodes/n1/proxy/echo';
    const client = connectH2();
    for (const method of ['DELETE', 'POST', 'OPTIONS']) {
      const body = `what to ${method}`;
      const length = { 'content-length': String(body.length) };
      for (const headers of [{}, length] as Record<string, string>[]) {
        expect((await h2(client, { ':method': method, ':path': path, ...headers }, body)).text).toBe(body);
        expect((await h2(client, { ':method': method, ':path': path })).text).toBe('');
        const framed = 'content-length' in headers ? headers : { 'transfer-encoding': 'chunked' };
        expect((await h1(path, { method, headers: { authorization, ...framed } }, body)).text).toBe(body);
        expect((await h1(path, { method, headers: { authorization } })).text).toBe('');
      }
    }
    client.close();
  });

  it('proxy to nodes and services', async () => {
    expect((await h1('/api/v1/nodes/n1/proxy', { headers: { authorization } })).headers.location).toBe(
      '/api/v1/nodes/n1/proxy/',
    );
    expect((await h1('/api/v1/nodes/n1/proxy/page', { headers: { authorization } })).text).toBe(
      '<a href="/api/v1/nodes/n1/proxy/x">x</a>',
    );
    await harness.create('/api/v1/namespaces/default/services', {
      metadata: { name: 's' },
      spec: { ports: [{ port: 80 }] },
    });
    const none = await h1('/api/v1/namespaces/default/services/s/proxy/', { headers: { authorization } });
    expect(JSON.parse(none.text)).toMatchObject({ code: 503, message: 'no endpoints available for service "s"' });
    // Endpoints may not be loopback addresses, and nobody listens on port 1 of our own.
    const own = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === 'IPv4' && !each.internal);
    if (!own) return;
    await harness.create('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      metadata: { name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [own.address], conditions: { ready: true } }],
      ports: [{ name: '', port: 1 }],
    });
    const refused = await h1('/api/v1/namespaces/default/services/s/proxy/', { headers: { authorization } });
    expect(JSON.parse(refused.text).message).toContain('error trying to reach service');
  });
});

describe('the certificates', () => {
  it('are kept, private, and complete', () => {
    expect(ensurePki({ dir }).admin).toEqual(pki.admin);
    expect(ensurePki({ dir, hosts: ['203.0.113.7'] }).apiserver).not.toEqual(pki.apiserver);
    expect(statSync(join(dir, 'ca.key')).mode & 0o777).toBe(0o600);
  });

  it('can be issued by an authority of any name', () => {
    const options = { clock: hostClock, random: hostRandom };
    const request = {
      commonName: 'Ca, of "many" names',
      organizations: ['A', 'B=C'],
      usage: 'authority',
      validMs: 1e9,
    } as const;
    const issuer = issueCertificate(request, options);
    const leaf = issueCertificate(
      { commonName: 'x', usage: 'server', hosts: ['x.test', '::1'], validMs: 1e8 },
      { ...options, issuer },
    );
    const parsed = new X509Certificate(leaf.cert);
    expect(parsed.checkIssued(new X509Certificate(issuer.cert))).toBe(true);
    expect(parsed.verify(new X509Certificate(issuer.cert).publicKey)).toBe(true);
  });

  it('make a kubeconfig', () => {
    const text = kubeconfigFor({
      cluster: 'c',
      user: 'u',
      server: 'https://x',
      ca: pki.ca.cert,
      credential: pki.admin,
    });
    expect(text).toContain('current-context: "u@c"');
    expect(text).toContain('client-key-data: ');
  });
});
