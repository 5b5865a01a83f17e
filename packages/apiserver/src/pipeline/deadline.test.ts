import { StatusError } from '@kubets/core';
import { expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { AdmissionPlugin } from '../admission/admission.ts';
import { deadlineOf } from './deadline.ts';
import { requestInfo } from './request-info.ts';

const MAPS = '/api/v1/namespaces/a/configmaps';

it.each([
  ['GET', MAPS, 60_000],
  ['GET', `${MAPS}?timeout=10s`, 10_000],
  ['GET', `${MAPS}?timeout=1m30s`, 60_000],
  ['GET', `${MAPS}?timeout=0`, 60_000],
  ['GET', `${MAPS}?timeout=-5s`, 60_000],
  ['GET', `${MAPS}?timeout=`, 60_000],
  ['GET', `${MAPS}?timeoutSeconds=5`, 60_000],
  ['DELETE', MAPS, 60_000],
  ['POST', MAPS, 34_000],
  ['PATCH', `${MAPS}/b?timeout=500ms`, 500],
  ['GET', '/openapi/v2', 60_000],
  ['GET', `${MAPS}?watch=1&timeout=10s`, undefined],
  ['GET', '/api/v1/namespaces/a/pods/b/log', undefined],
  ['POST', '/api/v1/namespaces/a/pods/b/exec', undefined],
  ['GET', '/api/v1/namespaces/a/services/b/proxy/x', undefined],
])('%s %s has %s ms', (method, target, afterMs) => {
  expect(deadlineOf(requestInfo(method, target), 60_000)?.afterMs).toBe(afterMs);
});

it.each([
  ['invalid', 'time: invalid duration "invalid"'],
  ['10', 'time: missing unit in duration "10"'],
  ['10d', 'time: unknown unit "d" in duration "10d"'],
])('refuses timeout=%s', (text, why) => {
  const call = () => deadlineOf(requestInfo('GET', `${MAPS}?timeout=${text}`), 60_000);
  expect(call).toThrow(`invalid timeout specified in the request URL - ${why}`);
  expect(call).toThrow(StatusError);
});

it('answers for what takes too long, and drops what comes of it', async () => {
  let proceed = () => {};
  const held = new Promise<void>((resolve) => {
    proceed = resolve;
  });
  const isHeld = (name: string | undefined) => name === 'held';
  const holding: AdmissionPlugin = {
    name: 'Holding',
    handles: () => true,
    mutate: ({ object }) => (isHeld(object?.metadata.name) ? held : undefined),
  };
  const harness = await Harness.start({}, { admission: [holding] });
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'a' } } });
  const create = (name: string) => harness.call('POST', `${MAPS}?timeout=100ms`, { body: { metadata: { name } } });
  const { answered, served } = harness.send('POST', `${MAPS}?timeout=100ms`, { body: { metadata: { name: 'held' } } });
  expect((await create('other')).code).toBe(201);
  expect((await answered).json()).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Timeout: request did not complete within requested timeout - context deadline exceeded',
    reason: 'Timeout',
    details: {},
    code: 504,
  });
  proceed();
  await served;
  expect((await harness.call('GET', `${MAPS}/held`)).code).toBe(200);
  await harness.stop();
});

it('refuses a bad timeout before it asks who is there', async () => {
  const harness = await Harness.start();
  const headers = { authorization: 'Bearer wrong' };
  const refused = await harness.call('GET', `${MAPS}?timeout=soon`, { headers });
  expect(refused.code).toBe(400);
  expect(refused.json().message).toBe('invalid timeout specified in the request URL - time: invalid duration "soon"');
  await harness.stop();
});
