import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let harness: Harness;
const namespace = '/api/v1/namespaces/default';
const amounts = (cpu: string) => ({ requests: { cpu }, limits: { cpu } });

beforeEach(async () => {
  harness = await Harness.start({}, { disabledAdmission: ['ServiceAccount'] });
  const containers = [{ name: 'c', image: 'i', resources: amounts('100m') }];
  await harness.create(`${namespace}/pods`, { metadata: { name: 'p' }, spec: { containers } });
});
afterEach(() => harness.stop());

const resize = (cpu: string) =>
  harness.call('PATCH', `${namespace}/pods/p/resize`, {
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: { spec: { containers: [{ name: 'c', resources: amounts(cpu) }] } },
  });

it('holds a resized pod to the limit ranges', async () => {
  const limits = [{ type: 'Container', max: { cpu: '300m' } }];
  await harness.create(`${namespace}/limitranges`, { metadata: { name: 'l' }, spec: { limits } });
  expect((await resize('200m')).code).toBe(200);
  expect((await resize('400m')).json().message).toContain('maximum cpu usage per Container is 300m, but limit is 400m');
});

it('charges a resized pod to the quota', async () => {
  const hard = { 'requests.cpu': '250m' };
  await harness.create(`${namespace}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard } });
  await harness.call('PATCH', `${namespace}/resourcequotas/q/status`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { status: { hard, used: { 'requests.cpu': '100m' } } },
  });
  expect((await resize('400m')).json().message).toContain(
    'exceeded quota: q, requested: requests.cpu=300m, used: requests.cpu=100m, limited: requests.cpu=250m',
  );
  expect((await resize('200m')).code).toBe(200);
  const quota = (await harness.call('GET', `${namespace}/resourcequotas/q`)).json();
  expect(quota.status.used['requests.cpu']).toBe('200m');
});
