import { clusterRoleKind, limitRangeKind } from '@kubets/api';
import { createClient } from '@kubets/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let harness: Harness;
const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
beforeAll(async () => {
  harness = await Harness.start();
  await harness.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
});
afterAll(() => harness.stop());

describe('lists that are never left out', () => {
  it.each([
    ['left out', {}],
    ['empty', { rules: [] }],
    ['null', { rules: null }],
  ])('are null on the wire when they are %s', async (_, body) => {
    const name = `role-${Object.values(body).length}${JSON.stringify(body).length}`;
    const created = await harness.create(roles, { metadata: { name }, ...body });
    expect(created.text()).toContain('"rules":null');
    expect((await harness.call('GET', `${roles}/${name}`)).text()).toContain('"rules":null');
    expect((await harness.call('GET', `${roles}/${name}?pretty=true`)).text()).toContain('"rules": null');
    expect((await harness.call('GET', roles)).text()).toContain(`"rules":null`);
    const yaml = await harness.call('GET', `${roles}/${name}`, { headers: { accept: 'application/yaml' } });
    expect(yaml.text()).toContain('\nrules: null\n');
    const dry = await harness.call('POST', `${roles}?dryRun=All`, { body: { metadata: { name: 'dry' }, ...body } });
    expect(dry.text()).toContain('"rules":null');
  });

  it('are not there for whoever works with the objects', async () => {
    await harness.create(roles, { metadata: { name: 'inside' } });
    const client = createClient(harness.server.localTransport());
    expect((await client.resource(clusterRoleKind).get('', 'inside')).rules).toBeUndefined();
  });

  it('are empty lists where a kind always has them', async () => {
    const ranges = '/api/v1/namespaces/default/limitranges';
    const created = await harness.create(ranges, { metadata: { name: 'none' }, spec: {} });
    expect(created.json().spec).toEqual({ limits: null });
    const client = createClient(harness.server.localTransport());
    expect((await client.resource(limitRangeKind).get('default', 'none')).spec).toEqual({ limits: [] });
    await harness.create('/api/v1/namespaces/default/pods', {
      metadata: { name: 'unlimited' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
  });

  it('have an owner when they become empty', async () => {
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    await harness.create(roles, { metadata: { name: 'owned' }, rules });
    const emptied = await harness.call('PUT', `${roles}/owned?fieldManager=other`, {
      body: { metadata: { name: 'owned' } },
    });
    expect(emptied.json().metadata.managedFields).toMatchObject([{ manager: 'other', fieldsV1: { 'f:rules': {} } }]);
  });

  it('stay as they are when null is applied to what is null', async () => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const body = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'applied' } };
    const apply = (more: object) =>
      harness.call('PATCH', `${roles}/applied?fieldManager=one`, { headers, body: { ...body, ...more } });
    await apply({});
    const [entry] = (await apply({ rules: null })).json().metadata.managedFields;
    expect(entry).toMatchObject({ fieldsV1: { 'f:rules': {} } });
    expect(entry).not.toHaveProperty('time');
  });

  it('are two in a slice of endpoints', async () => {
    const body = { metadata: { name: 'slice' }, addressType: 'IPv4' };
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    expect((await harness.create(slices, body)).json()).toMatchObject({ endpoints: null, ports: null });
  });
});
