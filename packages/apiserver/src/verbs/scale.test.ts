import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import type { HttpsCaller } from '../webhooks/https-caller.ts';

const hooks = '/apis/admissionregistration.k8s.io/v1';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const scaled = {
  deployments: '/apis/apps/v1/namespaces/default/deployments',
  replicasets: '/apis/apps/v1/namespaces/default/replicasets',
  statefulsets: '/apis/apps/v1/namespaces/default/statefulsets',
  replicationcontrollers: '/api/v1/namespaces/default/replicationcontrollers',
  widgets: '/apis/example.com/v1/namespaces/default/widgets',
};
const mergePatch = { 'content-type': 'application/merge-patch+json' };
const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

let harness: Harness;
/** What the webhook was asked, and how it changes what it is shown. */
const webhook = { reviews: [] as Record<string, unknown>[], patch: undefined as object[] | undefined };
const httpsCaller: HttpsCaller = {
  async call({ body }) {
    const { request } = JSON.parse(body ?? '');
    webhook.reviews.push(request);
    const { patch } = webhook;
    const changes = patch && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    };
    const response = { uid: request.uid, allowed: true, ...changes };
    const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response };
    return { code: 200, headers: {}, body: JSON.stringify(review) };
  },
};

const count = { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } };
const widgets = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: count, status: count } } },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
      },
    ],
  },
};

beforeAll(async () => {
  harness = await Harness.start({}, { httpsCaller });
  await harness.create(definitions, widgets);
});
beforeEach(async () => {
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const metadata = { name: 'd', labels: { app: 'x' } };
  const spec = { replicas: 2, selector: { matchLabels: { app: 'x' } }, template };
  for (const path of [scaled.deployments, scaled.replicasets]) await harness.create(path, { metadata, spec });
  await harness.create(scaled.statefulsets, { metadata, spec: { ...spec, serviceName: 's' } });
  await harness.create(scaled.replicationcontrollers, { metadata, spec: { ...spec, selector: { app: 'x' } } });
  const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec: { replicas: 2 } };
  await harness.create(scaled.widgets, widget);
});
afterEach(async () => {
  for (const kind of ['policies', 'policybindings']) {
    await harness.call('DELETE', `${hooks}/validatingadmission${kind}`);
    await harness.call('DELETE', `${hooks}/mutatingadmission${kind}`);
  }
  for (const kind of ['mutating', 'validating']) await harness.call('DELETE', `${hooks}/${kind}webhookconfigurations`);
  for (const path of Object.values(scaled)) await harness.call('DELETE', path);
  webhook.reviews = [];
  webhook.patch = undefined;
});
afterAll(() => harness.stop());

const rules = [{ operations: ['UPDATE'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/scale'] }];

async function enforce(kind: 'validating' | 'mutating', spec: object): Promise<void> {
  const matchConstraints = { resourceRules: rules };
  await harness.create(`${hooks}/${kind}admissionpolicies`, {
    metadata: { name: 'p' },
    spec: { matchConstraints, ...spec },
  });
  const actions = kind === 'validating' ? { validationActions: ['Deny'] } : {};
  const binding = { metadata: { name: 'b' }, spec: { policyName: 'p', ...actions } };
  await harness.create(`${hooks}/${kind}admissionpolicybindings`, binding);
}

/** Has the webhook shown each write of a size. */
async function configure(kind: 'validating' | 'mutating', more: object = {}): Promise<void> {
  const clientConfig = { url: 'https://hook.example.org/' };
  const common = { name: 'h.example.org', admissionReviewVersions: ['v1'], sideEffects: 'None', rules, clientConfig };
  const webhooks = [{ ...common, ...more }];
  await harness.create(`${hooks}/${kind}webhookconfigurations`, { metadata: { name: 'w' }, webhooks });
}

const patchScale = (path: string, replicas: number) =>
  harness.call('PATCH', `${path}/d/scale`, { headers: mergePatch, body: { spec: { replicas } } });
const putScale = (path: string, replicas: number, metadata: object = {}) =>
  harness.call('PUT', `${path}/d/scale`, {
    body: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd', ...metadata }, spec: { replicas } },
  });
const replicasOf = async (path: string) => (await harness.call('GET', `${path}/d`)).json().spec.replicas;

describe('admission of a size', () => {
  it.each(Object.entries(scaled))('limits that of %s', async (_, path) => {
    await enforce('validating', {
      validations: [
        { expression: "object.kind == 'Scale' && oldObject.spec.replicas == 2 && object.spec.replicas <= 5" },
      ],
    });
    for (const write of [patchScale, putScale]) {
      const refused = await write(path, 6);
      expect(refused.code).toBe(422);
      expect(refused.json().message).toContain(
        `"d" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied`,
      );
      expect(await replicasOf(path)).toBe(2);
    }
    expect((await patchScale(path, 5)).json()).toMatchObject({ kind: 'Scale', spec: { replicas: 5 } });
    expect(await replicasOf(path)).toBe(5);
  });

  it.each(Object.entries(scaled))('is shown a Scale of %s, and changes it', async (resource, path) => {
    webhook.patch = [{ op: 'replace', path: '/spec/replicas', value: 3 }];
    await configure('mutating');
    expect((await patchScale(path, 7)).json().spec.replicas).toBe(3);
    expect(await replicasOf(path)).toBe(3);
    const [review] = webhook.reviews;
    const head = { apiVersion: 'autoscaling/v1', kind: 'Scale' };
    expect(review).toMatchObject({
      kind: scaleKind,
      requestKind: scaleKind,
      resource: { resource },
      requestResource: { resource },
      subResource: 'scale',
      requestSubResource: 'scale',
      operation: 'UPDATE',
      name: 'd',
      namespace: 'default',
      object: { ...head, metadata: { name: 'd' }, spec: { replicas: 7 }, status: { replicas: 0 } },
      oldObject: { ...head, metadata: { name: 'd' }, spec: { replicas: 2 }, status: { replicas: 0 } },
      options: { kind: 'PatchOptions' },
    });
    expect(review!.object).not.toHaveProperty('spec.template');
    expect(review!.oldObject).not.toHaveProperty('metadata.labels');
  });

  it('shows validating webhooks the size that will be, without what else the request says', async () => {
    await configure('validating');
    await putScale(scaled.deployments, 4, { labels: { a: 'b' } });
    expect(webhook.reviews).toMatchObject([
      { kind: scaleKind, object: { spec: { replicas: 4 }, status: { selector: 'app=x' } } },
    ]);
    expect(webhook.reviews[0]!.object).not.toHaveProperty('metadata.labels');
  });

  it('goes by the labels of the Scale, which has none of its own', async () => {
    await configure('validating', { objectSelector: { matchLabels: { app: 'x' } } });
    await patchScale(scaled.deployments, 4);
    expect(webhook.reviews).toEqual([]);
    const doesNotExist = [{ key: 'app', operator: 'DoesNotExist' }];
    await harness.call('DELETE', `${hooks}/validatingwebhookconfigurations`);
    await configure('validating', { objectSelector: { matchExpressions: doesNotExist } });
    await patchScale(scaled.deployments, 5);
    expect(webhook.reviews).toHaveLength(1);
  });

  it.each([
    ['ApplyConfiguration', { applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 3}}' } }],
    ['JSONPatch', { jsonPatch: { expression: '[JSONPatch{op: "replace", path: "/spec/replicas", value: 3}]' } }],
  ])('caps it by a policy that makes an %s', async (patchType, mutation) => {
    await enforce('mutating', {
      reinvocationPolicy: 'Never',
      matchConditions: [{ name: 'too-many', expression: 'object.spec.replicas > 3 || object.spec.replicas < 0' }],
      mutations: [{ patchType, ...mutation }],
    });
    for (const path of [scaled.deployments, scaled.widgets]) {
      expect((await patchScale(path, 9)).json().spec.replicas).toBe(3);
      expect((await putScale(path, 1)).json().spec.replicas).toBe(1);
      // What is wrong may be put right before anybody complains.
      expect((await putScale(path, -1)).json().spec.replicas).toBe(3);
      expect(await replicasOf(path)).toBe(3);
    }
  });

  it('is followed by a look at what it has made of the size', async () => {
    webhook.patch = [{ op: 'replace', path: '/spec/replicas', value: -1 }];
    await configure('mutating');
    const refused = await patchScale(scaled.deployments, 7);
    expect(refused.code).toBe(422);
    expect(refused.json().message).toBe(
      'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    webhook.patch = [{ op: 'replace', path: '/metadata/resourceVersion', value: '1' }];
    expect((await patchScale(scaled.deployments, 7)).code).toBe(409);
    expect(await replicasOf(scaled.deployments)).toBe(2);
  });
});

describe('admission of an eviction', () => {
  it('shows the eviction, and takes changes of it', async () => {
    const evictions = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/eviction'] }];
    webhook.patch = [{ op: 'add', path: '/deleteOptions', value: { gracePeriodSeconds: 0 } }];
    await configure('mutating', { rules: evictions });
    const pods = '/api/v1/namespaces/default/pods';
    const spec = { containers: [{ name: 'c', image: 'i' }], automountServiceAccountToken: false };
    await harness.create(pods, { metadata: { name: 'p' }, spec });
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } };
    const evicted = await harness.call('POST', `${pods}/p/eviction`, { body: eviction });
    expect(evicted.json()).toMatchObject({ status: 'Success' });
    expect(webhook.reviews).toMatchObject([
      { kind: { group: 'policy', version: 'v1', kind: 'Eviction' }, resource: { resource: 'pods' } },
    ]);
    expect((await harness.call('GET', `${pods}/p`)).code).toBe(404);
  });
});

describe('owners of a number of replicas', () => {
  const scale = (replicas: unknown, more: object = {}) => ({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'owned' },
    spec: { replicas, ...more },
  });
  const apply = async (body: object, { manager = 'scaler', force = false } = {}) => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const query = `fieldManager=${manager}&force=${force}`;
    return (await harness.call('PATCH', `${scaled.widgets}/owned/scale?${query}`, { headers, body })).json();
  };
  const entries = async () => {
    const { metadata } = (await harness.call('GET', `${scaled.widgets}/owned`)).json();
    return metadata.managedFields.map(({ fieldsV1, fieldsType: _, ...entry }: Record<string, unknown>) => ({
      ...entry,
      fields: fieldsV1,
    }));
  };
  const replicas = { 'f:spec': { 'f:replicas': {} } };
  beforeEach(async () => {
    const metadata = { name: 'owned' };
    const body = { apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec: { replicas: 1 } };
    await harness.call('POST', `${scaled.widgets}?fieldManager=maker`, { body });
  });
  afterEach(() => harness.call('DELETE', `${scaled.widgets}/owned`));

  it('are told of in conflicts, and lose it to whoever insists', async () => {
    const refused = await apply(scale(3));
    const message = 'Apply failed with 1 conflict: conflict with "maker" using autoscaling/v1: .spec.replicas';
    expect(refused).toMatchObject({ code: 409, message });
    expect(await apply(scale(3), { force: true })).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    expect(await entries()).toEqual([
      { manager: 'scaler', operation: 'Apply', apiVersion: 'example.com/v1', subresource: 'scale', fields: replicas },
      expect.objectContaining({ manager: 'maker', fields: { 'f:spec': {} }, time: expect.any(String) }),
    ]);
    expect((await apply(scale(3), { manager: 'other' })).spec).toEqual({ replicas: 3 });
    expect((await entries()).map(({ manager }: { manager: string }) => manager)).toEqual(['other', 'scaler', 'maker']);
  });

  it('have no time where they come by way of the Scale', async () => {
    await harness.call('PUT', `${scaled.widgets}/owned/scale?fieldManager=scaler`, { body: scale(5) });
    expect((await entries())[0]).toEqual({
      manager: 'scaler',
      operation: 'Update',
      apiVersion: 'example.com/v1',
      subresource: 'scale',
      fields: replicas,
    });
  });

  it('apply what a Scale has and nothing else', async () => {
    const subject = 'failed to create typed patch object (/owned; autoscaling/v1, Kind=Scale)';
    const odd = await apply(scale(2, { odd: 1 }), { force: true });
    expect(odd.message).toBe(`${subject}: .spec.odd: field not declared in schema`);
    const wrong = await apply(scale('x'), { force: true });
    expect(wrong.message).toBe(`${subject}: .spec.replicas: expected numeric (int or float), got string`);
    const other = await apply({ ...scale(2), kind: 'Foo' });
    expect(other.message).toBe('invalid object type: autoscaling/v1, Kind=Foo');
  });

  it('are part of what a patch that does not fit is quoted with', async () => {
    const patch = async (body: object, query = '') =>
      (await harness.call('PATCH', `${scaled.widgets}/owned/scale${query}`, { headers: mergePatch, body })).json();
    const wrong = await patch({ spec: { replicas: 'x' } });
    expect(wrong).toMatchObject({ code: 422 });
    const [{ message }] = wrong.details.causes;
    expect(message).toMatch(
      /^Invalid value: "\{\\"kind\\":\\"Scale\\".*\\"managedFields\\":\[\{\\"manager\\":\\"maker\\"/,
    );
    expect(message).toMatch(
      /: json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32$/,
    );
    const strict = await patch({ spec: { odd: 1 } }, '?fieldValidation=Strict');
    expect(strict.message).toMatch(/strict decoding error: unknown field "spec.odd"$/);
  });
});
