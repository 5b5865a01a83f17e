import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { silentLogger } from '@kubets/core';
import { hostClock } from '@kubets/core/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_TOKEN, Harness } from '../../test/harness.ts';
import { MAX_WATCHER_BACKLOG_BYTES } from '../pipeline/watch-stream.ts';
import { type RunningHttpServer, startHttpServer } from './http-server.ts';
import { ensurePki } from './pki.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const OBJECT_BYTES = 800_000;
/** What sockets and flow-control windows hold beyond what the server does. */
const MAX_BYTES_UNDER_WAY = 16 * 1024 * 1024;
const authorization = `Bearer ${ADMIN_TOKEN}`;
const dir = mkdtempSync(join(tmpdir(), 'kubets-slow-'));
const pki = ensurePki({ dir });
let harness: Harness;
let server: RunningHttpServer;

beforeAll(async () => {
  harness = await Harness.start();
  const certificates = { ...pki.apiserver, clientCa: pki.ca.cert, frontProxyCa: pki.frontProxyCa.cert };
  const options = { host: '127.0.0.1', port: 0, tls: certificates, clock: hostClock, logger: silentLogger };
  server = await startHttpServer({ ...options, server: harness.front.frontDoor });
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
});
afterAll(async () => {
  await server.close();
  await harness.stop();
  rmSync(dir, { recursive: true });
});

/** A watch over HTTP/2 of which nothing is read once it has begun; returns how to close its connection. */
async function idleHttp2(path: string): Promise<() => void> {
  const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: pki.ca.cert });
  const stream = session.request({ ':path': path, authorization });
  stream.on('error', () => {});
  await once(stream, 'response');
  stream.pause();
  return () => session.destroy();
}

/** The same over a connection of HTTP/1.1. */
async function idleHttp1(path: string): Promise<() => void> {
  const socket = tls.connect({ host: '127.0.0.1', port: server.port, ca: pki.ca.cert, ALPNProtocols: ['http/1.1'] });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nauthorization: ${authorization}\r\n\r\n`);
  await once(socket, 'readable');
  socket.pause();
  return () => socket.destroy();
}

/** Watches that the server serves at the moment. */
async function openWatches(): Promise<number> {
  const metrics = (await harness.call('GET', '/metrics')).text();
  return Number(/^apiserver_longrunning_requests\{.*resource="configmaps".*\} (\d+)$/m.exec(metrics)?.[1]);
}

/** Names of what a watch over a connection of its own has seen. */
async function readingWatch(path: string): Promise<{ seen: Set<string>; close: () => void }> {
  const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: pki.ca.cert });
  const stream = session.request({ ':path': path, authorization });
  const seen = new Set<string>();
  let rest = '';
  stream.setEncoding('latin1').on('data', (text: string) => {
    rest += text;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const name = /"name":"([^"]+)"/.exec(rest.slice(0, end))?.[1];
      if (name) seen.add(name);
      rest = rest.slice(end + 1);
    }
  });
  await once(stream, 'response');
  return { seen, close: () => session.destroy() };
}

const until = async (isTrue: () => boolean | Promise<boolean>) => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 5));
};

it.each([
  ['HTTP/2', idleHttp2],
  ['HTTP/1.1', idleHttp1],
])(
  'ends a watch over %s that is not read, and serves the others',
  async (protocol, open) => {
    const { metadata } = (await harness.call('GET', `${MAPS}?limit=1`)).json();
    const path = `${MAPS}?watch=1&resourceVersion=${metadata.resourceVersion}`;
    const close = await open(path);
    const reading = await readingWatch(path);
    await until(async () => (await openWatches()) === 2);
    const prefix = protocol.toLowerCase().replace(/[^a-z0-9]/g, '-');
    const maxObjects = Math.ceil((MAX_WATCHER_BACKLOG_BYTES + MAX_BYTES_UNDER_WAY) / OBJECT_BYTES);
    let created = 0;
    for (; created < maxObjects && (await openWatches()) === 2; created++) {
      const name = `${prefix}-${created}`;
      await harness.create(MAPS, { metadata: { name }, data: { text: 'x'.repeat(OBJECT_BYTES) } });
      await until(() => reading.seen.has(name));
    }
    expect(created * OBJECT_BYTES).toBeGreaterThan(MAX_WATCHER_BACKLOG_BYTES);
    expect(created).toBeLessThan(maxObjects);
    close();
    reading.close();
    await until(async () => (await openWatches()) === 0);
  },
  60_000,
);
