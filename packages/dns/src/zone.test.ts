import type { EndpointSlice, Service } from '@kubets/api';
import { describe, expect, it } from 'vitest';
import { type ClusterRecords, clusterAddresses } from './records.ts';
import { addressOfReverseName, Zone } from './zone.ts';

const service = (name: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec,
});

const services: Service[] = [
  service('web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd00::7'], ports: [{ name: 'http', port: 80 }] }),
  service('db', { clusterIP: 'None' }),
  service('early', { clusterIP: 'None', publishNotReadyAddresses: true }),
  service('away', { type: 'ExternalName', externalName: 'example.org.' }),
];

const slice = (name: string, endpoints: EndpointSlice['endpoints']): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${name}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
});

const slices = [
  slice('db', [
    { addresses: ['10.244.0.5'], hostname: 'db-0', conditions: { ready: true } },
    { addresses: ['10.244.0.6'], conditions: { ready: true } },
    { addresses: ['10.244.0.7'], conditions: { ready: false } },
  ]),
  slice('early', [{ addresses: ['10.244.0.8'], conditions: { ready: false } }]),
];

const records: ClusterRecords = {
  namespaceExists: (name) => name === 'shop' || name === 'empty',
  service: (namespace, name) =>
    namespace === 'shop' ? services.find((item) => item.metadata.name === name) : undefined,
  slicesOf: (_, name) => slices.filter((item) => item.metadata.labels?.['kubernetes.io/service-name'] === name),
  servicesWithAddress: (address) => services.filter((item) => clusterAddresses(item).includes(address)),
  slicesWithAddress: (address) =>
    slices.filter((item) => item.endpoints?.some((one) => one.addresses.includes(address))),
  ready: () => true,
};

const zone = new Zone({ clusterDomain: 'cluster.local', records });

function ask(name: string, type: string): string[] | string {
  const answer = zone.resolve(name, type);
  if (answer.result !== 'answered') return answer.result;
  return answer.answers.map((record) => {
    return record.type === 'SRV' ? `SRV ${record.data.port} ${record.data.target}` : `${record.type} ${record.data}`;
  });
}

describe('the cluster zone', () => {
  it.each([
    ['web.shop.svc.cluster.local', 'A', ['A 10.96.0.7']],
    ['WEB.Shop.svc.cluster.local.', 'A', ['A 10.96.0.7']],
    ['web.shop.svc.cluster.local', 'AAAA', ['AAAA fd00::7']],
    ['web.shop.svc.cluster.local', 'MX', 'noData'],
    ['_http._tcp.web.shop.svc.cluster.local', 'SRV', ['SRV 80 web.shop.svc.cluster.local']],
    ['_http._udp.web.shop.svc.cluster.local', 'SRV', 'nameError'],
    ['_http._tcp.web.shop.svc.cluster.local', 'A', 'noData'],
    ['db.shop.svc.cluster.local', 'A', ['A 10.244.0.5', 'A 10.244.0.6']],
    ['db-0.db.shop.svc.cluster.local', 'A', ['A 10.244.0.5']],
    ['10-244-0-6.db.shop.svc.cluster.local', 'A', ['A 10.244.0.6']],
    ['10-244-0-7.db.shop.svc.cluster.local', 'A', 'nameError'],
    [
      '_sql._tcp.db.shop.svc.cluster.local',
      'SRV',
      ['SRV 5432 db-0.db.shop.svc.cluster.local', 'SRV 5432 10-244-0-6.db.shop.svc.cluster.local'],
    ],
    ['early.shop.svc.cluster.local', 'A', ['A 10.244.0.8']],
    ['away.shop.svc.cluster.local', 'A', ['CNAME example.org']],
    ['nobody.shop.svc.cluster.local', 'A', 'nameError'],
    ['web.nowhere.svc.cluster.local', 'A', 'nameError'],
    ['empty.svc.cluster.local', 'A', 'noData'],
    ['svc.cluster.local', 'A', 'noData'],
    ['10-1-2-3.shop.pod.cluster.local', 'A', ['A 10.1.2.3']],
    ['words.shop.pod.cluster.local', 'A', 'nameError'],
    ['dns-version.cluster.local', 'TXT', ['TXT 1.1.0']],
    ['7.0.96.10.in-addr.arpa', 'PTR', ['PTR web.shop.svc.cluster.local']],
    ['5.0.244.10.in-addr.arpa', 'PTR', ['PTR db-0.db.shop.svc.cluster.local']],
    ['9.9.9.9.in-addr.arpa', 'PTR', 'elsewhere'],
    ['example.org', 'A', 'elsewhere'],
  ])('%s %s', (name, type, expected) => expect(ask(name, type)).toEqual(expected));

  it('gives the addresses of SRV targets along', () => {
    const answer = zone.resolve('_sql._tcp.db.shop.svc.cluster.local', 'SRV');
    expect(answer.result === 'answered' && answer.additionals.map((record) => record.data)).toEqual([
      '10.244.0.5',
      '10.244.0.6',
    ]);
  });
});

describe('reverse names', () => {
  it('spell IPv6 addresses digit by digit', () => {
    const name = `7.${'0.'.repeat(27)}0.0.d.f.ip6.arpa`;
    expect(addressOfReverseName(name)).toBe('fd00::7');
  });
});
