import { clusterRoleKind } from '@kubets/api';
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

  it('are two in a slice of endpoints', async () => {
    const body = { metadata: { name: 'slice' }, addressType: 'IPv4' };
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    expect((await harness.create(slices, body)).json()).toMatchObject({ endpoints: null, ports: null });
  });
});
