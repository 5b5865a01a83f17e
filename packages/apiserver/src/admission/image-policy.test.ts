import { hostClock } from '@kubets/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { AuditEvent } from '../audit/event.ts';
import { AuditPolicy } from '../audit/policy.ts';
import { AuditTrail } from '../audit/trail.ts';
import type { HttpsAnswer, HttpsCall } from '../webhooks/https-caller.ts';
import { parseAdmissionConfiguration } from './configuration.ts';

const url = 'https://images.example.org/policy';
const pods = '/api/v1/namespaces/default/pods';
const events: AuditEvent[] = [];
const calls: HttpsCall[] = [];
let answers: (() => HttpsAnswer)[];
let harness: Harness;

const status = (text: object): HttpsAnswer => ({ code: 200, headers: {}, body: JSON.stringify({ status: text }) });
const failing = (code: number): HttpsAnswer => ({ code, headers: {}, body: 'broken' });
const caller = {
  async call(call: HttpsCall) {
    calls.push(call);
    return (answers.length > 1 ? answers.shift()! : answers[0]!)();
  },
};

function configurationOf(imagePolicy: object) {
  const file = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [{ name: 'ImagePolicyWebhook', configuration: { imagePolicy } }],
  };
  return parseAdmissionConfiguration(JSON.stringify(file), { readFile: () => '', endpointOf: () => ({ url }) });
}

async function start(imagePolicy: object = {}): Promise<void> {
  const backend = { record: (event: AuditEvent) => void events.push(structuredClone(event)) };
  const policy = AuditPolicy.parse('{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}');
  const audit = new AuditTrail({ policy, backends: [backend], clock: hostClock });
  harness = await Harness.start(
    { audit },
    {
      disabledAdmission: ['ServiceAccount'],
      enabledAdmission: ['ImagePolicyWebhook'],
      admissionConfiguration: configurationOf({ kubeConfigFile: 'k', retryBackoff: 1, ...imagePolicy }),
      httpsCaller: caller,
    },
  );
}

const pod = (name: string, more: object = {}) => ({
  metadata: { name, annotations: { 'a.image-policy.k8s.io/ticket': '1', other: '2' } },
  spec: { containers: [{ name: 'c', image: 'nginx' }], initContainers: [{ name: 'i', image: 'busybox' }], ...more },
});
const post = (name: string, more?: object) => harness.call('POST', pods, { body: pod(name, more) });

beforeEach(() => {
  events.length = 0;
  calls.length = 0;
  answers = [() => status({ allowed: true })];
});
afterEach(() => harness?.stop());

describe('ImagePolicyWebhook', () => {
  it('shows the images and the annotations that are for it, and believes the answer for a while', async () => {
    await start();
    expect((await post('a')).code).toBe(201);
    expect((await post('b')).code).toBe(201);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ method: 'POST', url });
    expect(JSON.parse(calls[0]!.body!)).toEqual({
      kind: 'ImageReview',
      apiVersion: 'imagepolicy.k8s.io/v1alpha1',
      metadata: {},
      spec: {
        containers: [{ image: 'nginx' }, { image: 'busybox' }],
        annotations: { 'a.image-policy.k8s.io/ticket': '1' },
        namespace: 'default',
      },
      status: { allowed: false },
    });
    const body = { spec: { ephemeralContainers: [{ name: 'e', image: 'debug' }] } };
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const debugged = await harness.call('PATCH', `${pods}/a/ephemeralcontainers`, { body, headers });
    expect(debugged.code).toBe(200);
    expect(JSON.parse(calls[1]!.body!).spec.containers).toEqual([{ image: 'debug' }]);
    const labelled = await harness.call('PATCH', `${pods}/a/status`, { body: { status: {} }, headers });
    expect([labelled.code, calls.length]).toEqual([200, 2]);
  });

  it('refuses with the reason that it is given, or without one', async () => {
    await start({ denyTTL: -1 });
    answers = [() => status({ allowed: false, reason: 'no nginx here', auditAnnotations: { by: 'rule-1' } })];
    const refused = await post('a');
    expect([refused.code, refused.json().message]).toEqual([
      403,
      'pods "a" is forbidden: image policy webhook backend denied one or more images: no nginx here',
    ]);
    expect(events.at(-1)!.annotations).toMatchObject({ 'imagepolicywebhook.image-policy.k8s.io/by': 'rule-1' });
    answers = [() => status({})];
    expect((await post('a')).json().message).toBe(
      'pods "a" is forbidden: one or more images rejected by webhook backend',
    );
    expect(calls).toHaveLength(2);
  });

  it('is asked again where that may help', async () => {
    await start();
    answers = [() => failing(500), () => failing(429), () => status({ allowed: true })];
    expect((await post('a')).code).toBe(201);
    answers = [() => failing(500)];
    const refused = await post('b', { initContainers: [] });
    expect(refused.json().message).toBe(
      'pods "b" is forbidden: an error on the server ("broken") has prevented the request from succeeding',
    );
    expect(calls).toHaveLength(8);
  });

  it('that cannot be reached lets through where it is told to', async () => {
    const fail = () => {
      throw new Error('dial tcp 10.0.0.1:443: connect: connection refused');
    };
    answers = [fail];
    await start();
    expect((await post('a')).json().message).toBe(
      `pods "a" is forbidden: Post "${url}": dial tcp 10.0.0.1:443: connect: connection refused`,
    );
    await harness.stop();
    await start({ defaultAllow: true });
    expect((await post('a')).code).toBe(201);
    expect(events.at(-1)!.annotations).toMatchObject({ 'imagepolicywebhook.image-policy.k8s.io/failed-open': 'true' });
  });

  it.each([
    [{ allowTTL: 1 }, 'valid value is between 1s and 30m0s, got 1s'],
    [{ denyTTL: 1801 }, 'valid value is between 1s and 30m0s, got 30m1s'],
    [{ retryBackoff: 300_001 }, 'valid value is between 1ns and 5m0s, got 5m0.001s'],
    [{ retryBackoff: 'often' }, '"often" is no number'],
  ])('refuses the configuration %j', (given, message) => {
    expect(() => configurationOf(given)).toThrow(message);
  });

  it('has defaults', () => {
    expect(configurationOf({ kubeConfigFile: 'k', denyTTL: 0, allowTTL: -1 }).imagePolicy).toEqual({
      endpoint: { url },
      allowMs: 0,
      denyMs: 30_000,
      retryBackoffMs: 500,
      defaultAllow: false,
    });
  });
});
