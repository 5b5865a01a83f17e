import type { Secret } from '@kubets/api';
import { expect, test } from 'vitest';
import { credentialsFor } from './credentials.ts';

const secret = (auths: Record<string, object>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': btoa(JSON.stringify({ auths })) },
});

test.each<[image: string, server: string, fits: boolean]>([
  ['localhost:5000/team/app:1', 'localhost:5000', true],
  ['localhost:5001/team/app:1', 'localhost:5000', false],
  ['busybox', 'https://index.docker.io/v1/', true],
  ['registry.example.com/team/app', 'https://*.example.com', true],
  ['registry.example.com/other/app', 'registry.example.com/team', false],
])('%s from %s: %s', (image, server, fits) => {
  const found = credentialsFor(image, [secret({ [server]: { auth: btoa('bob:se:cret') } })]);
  // No server address: containerd compares it with the host as URLs and drops what differs.
  expect(found).toEqual(fits ? [{ username: 'bob', password: 'se:cret' }] : []);
});

test('the most specific entry comes first', () => {
  const auths = { 'r.example.com': { username: 'all' }, 'r.example.com/team': { username: 'team' } };
  expect(credentialsFor('r.example.com/team/app', [secret(auths)]).map(({ username }) => username)).toEqual([
    'team',
    'all',
  ]);
});
