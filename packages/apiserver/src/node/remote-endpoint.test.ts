import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostClock } from '@kubets/core/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postTo } from '../webhooks/remote-endpoint.ts';
import { SocketHttpsCaller } from './https-caller.ts';
import { readRemoteEndpoint } from './remote-endpoint.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubets-endpoint-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function kubeconfig(cluster: object, user: object, context = 'c'): string {
  const path = join(dir, 'config');
  const config = {
    'current-context': context,
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [{ name: 'k', cluster }],
    users: [{ name: 'u', user }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

it('reads certificates inline and from files beside the kubeconfig', () => {
  writeFileSync(join(dir, 'client.pem'), 'CERT');
  const cluster = { server: 'https://a', 'certificate-authority-data': btoa('CA') };
  const user = { 'client-certificate': 'client.pem', 'client-key-data': btoa('KEY') };
  expect(readRemoteEndpoint(kubeconfig(cluster, user))).toEqual({
    url: 'https://a',
    ca: 'CA',
    clientCertificate: { cert: 'CERT', key: 'KEY' },
  });
  const basic = readRemoteEndpoint(kubeconfig(cluster, { username: 'u', password: 'p' }));
  expect(basic.authorization).toBe(`Basic ${btoa('u:p')}`);
});

it('says which file is wrong, and how', () => {
  expect(() => readRemoteEndpoint(kubeconfig({}, {}))).toThrow(/config: invalid configuration: no server/);
  expect(() => readRemoteEndpoint(kubeconfig({}, {}, 'other'))).toThrow('no current context');
  expect(() => readRemoteEndpoint('/nowhere')).toThrow('/nowhere: ENOENT');
});

it('is reached without TLS too, with its token', async () => {
  const server = createServer((request, response) => response.end(request.headers.authorization));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const caller = new SocketHttpsCaller({ clock: hostClock });
  const endpoint = readRemoteEndpoint(kubeconfig({ server: `http://127.0.0.1:${port}/x` }, { token: 't' }));
  const answer = await postTo(endpoint, { caller, body: {}, timeoutMs: 5_000 });
  expect(answer).toMatchObject({ code: 200, body: 'Bearer t' });
  caller.close();
  server.closeAllConnections();
  server.close();
});
