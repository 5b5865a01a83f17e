import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@kubets/core';
import { hostClock } from '@kubets/core/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_TOKEN, Harness } from '../../test/harness.ts';
import { type RunningHttpServer, startHttpServer } from './http-server.ts';
import { ensurePki } from './pki.ts';

/** Lists of different kinds and lengths, each of several pieces. */
const LISTS = ['configmaps', 'secrets'] as const;
const OBJECTS = 250;
const authorization = `Bearer ${ADMIN_TOKEN}`;
const dir = mkdtempSync(join(tmpdir(), 'kubets-pieces-'));
const pki = ensurePki({ dir });
let harness: Harness;
let server: RunningHttpServer;

beforeAll(async () => {
  harness = await Harness.start();
  const certificates = { ...pki.apiserver, clientCa: pki.ca.cert, frontProxyCa: pki.frontProxyCa.cert };
  const options = { host: '127.0.0.1', port: 0, tls: certificates, clock: hostClock, logger: silentLogger };
  server = await startHttpServer({ ...options, server: harness.front.frontDoor });
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  for (const [at, resource] of LISTS.entries())
    for (let index = 0; index < OBJECTS; index++) {
      const text = `${resource} ${index} `.repeat(100 * (at + 1));
      const data = resource === 'secrets' ? { stringData: { text } } : { data: { text } };
      await harness.create(pathOf(resource), { metadata: { name: `${resource}-${index}` }, ...data });
    }
});
afterAll(async () => {
  await server.close();
  await harness.stop();
  rmSync(dir, { recursive: true });
});

const pathOf = (resource: string) => `/api/v1/namespaces/default/${resource}`;

/** A list over one of several streams of a connection; with `leaveAfter` the client goes after so many bytes. */
async function listHttp2(session: http2.ClientHttp2Session, path: string, leaveAfter = Number.POSITIVE_INFINITY) {
  const stream = session.request({ ':path': path, authorization });
  stream.on('error', () => {});
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > leaveAfter) stream.close(http2.constants.NGHTTP2_CANCEL);
  });
  await once(stream, 'close');
  return Buffer.concat(chunks).toString();
}

async function listHttp1(path: string): Promise<string> {
  const request = https.get(`https://127.0.0.1:${server.port}${path}`, {
    ca: pki.ca.cert,
    agent: false,
    headers: { authorization },
  });
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

it('many long answers at once, whose memory is used again and again, keep apart', async () => {
  const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: pki.ca.cert });
  const wanted = new Map<string, string>();
  for (const resource of LISTS) wanted.set(resource, (await harness.call('GET', pathOf(resource))).text());
  expect(wanted.get('configmaps')!.length).toBeGreaterThan(300_000);
  for (let round = 0; round < 4; round++) {
    const leaving = LISTS.map((resource) => listHttp2(session, pathOf(resource), 150_000));
    const answers = LISTS.flatMap((resource) =>
      [0, 1, 2].flatMap(() => [
        [resource, listHttp2(session, pathOf(resource))] as const,
        [resource, listHttp1(pathOf(resource))] as const,
      ]),
    );
    for (const [resource, answer] of answers) expect((await answer) === wanted.get(resource)).toBe(true);
    await Promise.all(leaving);
  }
  session.close();
});
