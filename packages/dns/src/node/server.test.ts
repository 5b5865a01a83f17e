import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { silentLogger } from '@kubets/core';
import { hostClock, hostRandom } from '@kubets/core/node';
import { decode, encode, type Packet } from 'dns-packet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClusterRecords } from '../records.ts';
import { type DnsServer, startDnsServer } from './server.ts';

const addresses = Array.from({ length: 60 }, (_, i) => `10.244.1.${i + 1}`);
const records: ClusterRecords = {
  namespaceExists: (name) => name === 'default',
  service: (_, name) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: name === 'many' ? { clusterIP: 'None' } : { clusterIP: '10.96.0.1' },
  }),
  slicesOf: () => [
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'many-1', namespace: 'default' },
      addressType: 'IPv4',
      endpoints: addresses.map((address) => ({ addresses: [address] })),
    },
  ],
  servicesWithAddress: () => [],
  slicesWithAddress: () => [],
  ready: () => true,
};

let server: DnsServer;
beforeAll(async () => {
  const host = { clock: hostClock, random: hostRandom, logger: silentLogger };
  server = await startDnsServer({
    ...host,
    records,
    clusterDomain: 'cluster.local',
    upstreams: [],
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
  });
});
afterAll(() => server.dispose());

const question = (name: string, additionals: Packet['additionals'] = []) =>
  encode({ type: 'query', id: 7, flags: 256, questions: [{ type: 'A', name }], additionals });

function overUdp(message: Buffer): Promise<Packet> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.on('message', (bytes) => {
      socket.close();
      resolve(decode(bytes));
    });
    socket.send(message, server.port, '127.0.0.1');
  });
}

it('answers over UDP in the spelling of the question', async () => {
  const reply = await overUdp(question('KuberneteS.default.svc.cluster.local'));
  expect(reply.answers).toMatchObject([{ type: 'A', name: 'KuberneteS.default.svc.cluster.local', data: '10.96.0.1' }]);
  expect(reply).toMatchObject({ id: 7, rcode: 'NOERROR', flag_aa: true, flag_ra: true });
});

it('says what does not exist, with the zone in the authority section', async () => {
  const reply = await overUdp(question('x.nowhere.svc.cluster.local'));
  expect(reply).toMatchObject({ rcode: 'NXDOMAIN', authorities: [{ type: 'SOA', name: 'cluster.local' }] });
});

it('fails clearly without a resolver for the outside world', async () => {
  expect(await overUdp(question('example.org'))).toMatchObject({ rcode: 'SERVFAIL' });
});

it('truncates what does not fit, and gives it whole over TCP', async () => {
  expect(await overUdp(question('many.default.svc.cluster.local'))).toMatchObject({ flag_tc: true, answers: [] });
  const message = question('many.default.svc.cluster.local');
  const socket = connect(server.port, '127.0.0.1');
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(message.length);
  socket.write(Buffer.concat([prefix, message]));
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    if (received.length >= 2 + received.readUInt16BE(0)) break;
  }
  expect(decode(received.subarray(2)).answers).toHaveLength(addresses.length);
});

it('survives garbage', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) =>
    socket.send(Buffer.from('no dns message'), server.port, '127.0.0.1', () => resolve()),
  );
  socket.close();
  expect(await overUdp(question('kubernetes.default.svc.cluster.local'))).toMatchObject({ rcode: 'NOERROR' });
  const health = await fetch(`http://127.0.0.1:${server.healthPort}/health`);
  expect(await health.text()).toBe('OK');
});
