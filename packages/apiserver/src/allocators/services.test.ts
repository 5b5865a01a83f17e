import { ipAddressKind, type Service, serviceKind } from '@kubets/api';
import { createClient } from '@kubets/client';
import { seededRandom, VirtualClock } from '@kubets/core';
import { memoryStore } from '@kubets/storage';
import { afterEach, describe, expect, it } from 'vitest';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../server.ts';

let server: ApiServer;
afterEach(() => server.close());

async function start(options: Partial<ApiServerOptions> = {}) {
  const clock = new VirtualClock();
  server = await createApiServer({ store: memoryStore({ clock }), clock, random: seededRandom(3), ...options });
  return createClient(server.localTransport());
}

function service(name: string, spec: object = {}): Service {
  const ports = [{ port: 80 }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports, ...spec },
  } as Service;
}

describe('cluster addresses', () => {
  it('are allocated, held by IPAddress objects, and released', async () => {
    const client = await start();
    const created = await client.resource(serviceKind).create(service('a'));
    expect(created.spec).toMatchObject({ type: 'ClusterIP', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    expect(created.spec.clusterIP).toMatch(/^10\./);
    expect(created.spec.clusterIPs).toEqual([created.spec.clusterIP]);
    const addresses = client.resource(ipAddressKind);
    expect((await addresses.get('', created.spec.clusterIP!)).spec.parentRef).toMatchObject({ name: 'a' });
    await client.resource(serviceKind).delete('default', 'a');
    await expect(addresses.get('', created.spec.clusterIP!)).rejects.toMatchObject({ code: 404 });
  });

  it('gives the first one to the API server', async () => {
    const client = await start();
    expect((await client.resource(serviceKind).get('default', 'kubernetes')).spec.clusterIP).toBe('10.96.0.1');
  });

  it('can be chosen once', async () => {
    const services = (await start()).resource(serviceKind);
    await services.create(service('a', { clusterIP: '10.96.0.10' }));
    await expect(services.create(service('b', { clusterIP: '10.96.0.10' }))).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining('failed to allocate IP 10.96.0.10: provided IP is already allocated'),
    });
    await expect(services.create(service('a', { clusterIP: '10.96.0.10' }))).rejects.toMatchObject({ code: 409 });
    await expect(services.create(service('c', { clusterIP: '1.2.3.4' }))).rejects.toMatchObject({
      message: expect.stringContaining('The range of valid IPs is 10.96.0.0/12'),
    });
    const again = services.create(service('b', { clusterIP: '10.96.0.10' }));
    await expect(again).rejects.toMatchObject({ code: 422 });
  });

  it('that make no sense are told before any is reserved', async () => {
    const services = (await start()).resource(serviceKind);
    for (const [spec, text] of [
      [{ clusterIP: 'x' }, 'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address'],
      [{ clusterIPs: ['10.96.0.9'] }, 'spec.clusterIPs: Invalid value: ["10.96.0.9"]: must be empty when `clusterIP`'],
      [{ ipFamilies: ['IPv4', 'IPv4'] }, 'spec.ipFamilies[1]: Duplicate value: "IPv4"'],
    ] as const) {
      const creation = services.create(service('a', spec as Partial<Service['spec']>));
      await expect(creation).rejects.toMatchObject({ code: 422, message: expect.stringContaining(text) });
    }
  });

  it('run out', async () => {
    const services = (await start({ serviceCidrs: ['10.0.0.0/29'] })).resource(serviceKind);
    for (let i = 0; i < 5; i++) await services.create(service(`s-${i}`));
    await expect(services.create(service('more'))).rejects.toMatchObject({
      code: 500,
      message: 'Internal error occurred: failed to allocate a serviceIP: range is full',
    });
  });

  it('come in pairs where the cluster has both families', async () => {
    const services = (await start({ serviceCidrs: ['10.96.0.0/12', 'fd00::/108'] })).resource(serviceKind);
    const dual = await services.create(service('a', { ipFamilyPolicy: 'PreferDualStack' }));
    expect(dual.spec.ipFamilies).toEqual(['IPv4', 'IPv6']);
    expect(dual.spec.clusterIPs?.[1]).toMatch(/^fd00::/);
    const single = await services.update({ ...dual, spec: { ...dual.spec, ipFamilyPolicy: 'SingleStack' } });
    expect(single.spec.clusterIPs).toEqual([dual.spec.clusterIP]);
  });

  it('are kept by a PUT that leaves them out', async () => {
    const services = (await start()).resource(serviceKind);
    const created = await services.create(service('a'));
    const replaced = await services.update(service('a', { selector: { app: 'web' } }));
    expect(replaced.spec.clusterIP).toBe(created.spec.clusterIP);
  });

  it('are none for headless services', async () => {
    const services = (await start()).resource(serviceKind);
    const headless = await services.create(service('a', { clusterIP: 'None', selector: { app: 'web' } }));
    expect(headless.spec).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'] });
  });
});

describe('node ports', () => {
  it('are allocated, shared between protocols, and freed', async () => {
    const services = (await start({ nodePorts: { first: 30_000, last: 30_001 } })).resource(serviceKind);
    const ports = [
      { name: 'tcp', port: 53, protocol: 'TCP' },
      { name: 'udp', port: 53, protocol: 'UDP' },
    ];
    const created = await services.create(service('a', { type: 'NodePort', ports }));
    const [tcp, udp] = created.spec.ports!;
    expect(tcp!.nodePort).toBe(udp!.nodePort);
    const other = tcp!.nodePort === 30_000 ? 30_001 : 30_000;
    await services.create(service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: other }] }));
    await expect(services.create(service('c', { type: 'NodePort' }))).rejects.toMatchObject({ code: 500 });
    await services.delete('default', 'b');
    expect((await services.create(service('c', { type: 'NodePort' }))).spec.ports![0]!.nodePort).toBe(other);
  });

  it('can be chosen within their range', async () => {
    const services = (await start()).resource(serviceKind);
    const chosen = (name: string, nodePort: number) =>
      services.create(service(name, { type: 'NodePort', ports: [{ port: 80, nodePort }] }));
    await chosen('a', 30_080);
    await expect(chosen('b', 30_080)).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining(
        'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
      ),
    });
    await expect(chosen('b', 80)).rejects.toMatchObject({
      message: expect.stringContaining('The range of valid ports is 30000-32767'),
    });
  });
});
