import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createClient, InformerFactory } from '@kubets/client';
import { httpTransport, inClusterOptions } from '@kubets/client/node';
import { consoleLogger, hostClock, hostRandom } from '@kubets/core/node';
import { informerRecords } from '@kubets/dns';
import { startDnsServer } from '@kubets/dns/node';
import { untilTold } from '../until-told.ts';

/** Resolvers of the machine, as the pod's resolv.conf (dnsPolicy Default) has them. */
function upstreams(): string[] {
  const text = readFileSync('/etc/resolv.conf', 'utf8');
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address as string);
}

const { values } = parseArgs({
  options: {
    'cluster-domain': { type: 'string', default: 'cluster.local' },
    port: { type: 'string', default: '53' },
    'health-port': { type: 'string', default: '8181' },
  },
});

const host = { clock: hostClock, random: hostRandom, logger: consoleLogger('info') };
const transport = httpTransport(inClusterOptions({ ...host, userAgent: 'kubets-dns' }));
const informers = new InformerFactory({ ...host, client: createClient(transport) });
const server = await startDnsServer({
  ...host,
  records: informerRecords(informers),
  clusterDomain: values['cluster-domain'],
  upstreams: upstreams(),
  port: Number(values.port),
  healthPort: Number(values['health-port']),
});
host.logger.log('info', 'the cluster DNS is serving', { domain: values['cluster-domain'], port: server.port });
await untilTold();
await server.dispose();
informers.dispose();
await transport.dispose();
process.exit(0);
