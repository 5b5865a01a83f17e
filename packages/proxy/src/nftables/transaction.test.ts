import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ServiceEndpoint } from '../services/endpoints.ts';
import type { ServicePort } from '../services/service-ports.ts';
import { buildRuleset, type Ruleset } from './ruleset.ts';
import { transaction, wholeTable } from './transaction.ts';

const OPTIONS = { table: 'kubets-test', podCidrs: ['10.244.0.0/16', 'fd00:10:244::/56'] };

const endpoint = (address: string, isLocal = true): ServiceEndpoint => ({ address, port: 8080, isLocal });

function port(
  change: Partial<ServicePort> & { internal?: readonly ServiceEndpoint[]; external?: readonly ServiceEndpoint[] },
): ServicePort {
  const internal = change.internal ?? [];
  const external = change.external ?? internal;
  return {
    id: 'shop/web/tcp/http',
    family: 'IPv4',
    protocol: 'tcp',
    port: 80,
    clusterAddress: '10.96.0.7',
    nodePort: undefined,
    externalAddresses: [],
    loadBalancerAddresses: [],
    sourceRanges: [],
    affinitySeconds: undefined,
    externalLocal: false,
    internalLocal: false,
    endpoints: { internal, external, any: internal.length + external.length > 0 },
    ...change,
  };
}

const two = [endpoint('10.244.0.5'), endpoint('10.244.0.6', false)];
const states: Record<string, readonly ServicePort[]> = {
  'no services': [],
  'a service without endpoints': [port({ nodePort: 30_080 })],
  'a service with two endpoints': [port({ internal: two, nodePort: 30_080 })],
  'one endpoint less': [port({ internal: two.slice(1), nodePort: 30_080 })],
  'session affinity': [port({ internal: two, affinitySeconds: 600 })],
  'local traffic from outside': [
    port({ internal: two, external: two.slice(0, 1), externalLocal: true, nodePort: 30_080 }),
  ],
  'no local endpoint for the inside': [port({ internal: [], external: two, internalLocal: true, nodePort: 30_080 })],
  'a guarded load balancer': [
    port({
      internal: two,
      externalAddresses: ['192.0.2.1'],
      loadBalancerAddresses: ['192.0.2.1'],
      sourceRanges: ['198.51.100.0/24'],
    }),
  ],
  'IPv6 and UDP': [
    port({ family: 'IPv6', clusterAddress: 'fd00:10:96::7', internal: [endpoint('fd00:10:244::5')], nodePort: 30_080 }),
    port({ id: 'kube-system/dns/udp/dns', protocol: 'udp', port: 53, clusterAddress: '10.96.0.10', internal: two }),
  ],
};

/** Runs scripts one after the other in a network namespace of their own and returns the table they leave. */
function applied(scripts: readonly string[]): string[] {
  const steps = scripts.map((script) => `nft -f - <<'END'\n${script}END\n`).join(' && ');
  const shell = `set -e\n${scripts.length > 0 ? steps : ''}\nnft list table inet ${OPTIONS.table}`;
  const run = spawnSync('unshare', ['--net', 'sh', '-c', shell.replaceAll('END\n && ', 'END\n')], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  // Chains and elements may be listed in any order.
  return run.stdout
    .split(/\n\t}\n/)
    .map((part) =>
      part
        .split(/[\n,]/)
        .map((line) => line.trim())
        .sort()
        .join('\n'),
    )
    .sort();
}

describe('transactions', () => {
  const names = Object.keys(states);
  const rulesets = new Map<string, Ruleset>(names.map((name) => [name, buildRuleset(states[name] ?? [], OPTIONS)]));
  const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));

  it.each(pairs)('from %s to %s leave what a new table would have', (from, to) => {
    const [before, after] = [rulesets.get(from) as Ruleset, rulesets.get(to) as Ruleset];
    expect(applied([wholeTable(before), transaction(before, after)])).toEqual(applied([wholeTable(after)]));
  });

  it('are empty when nothing changes', () => {
    for (const name of names) {
      const again = buildRuleset(states[name] ?? [], OPTIONS);
      expect(transaction(rulesets.get(name) as Ruleset, again)).toBe('');
    }
  });
});

describe('refusals', () => {
  it('cover ports that a Service does not have, and come after the translation of what the node sends', () => {
    const { chains, sets } = buildRuleset([port({ internal: two })], OPTIONS);
    expect([...(sets.get('cluster-addresses-4')?.elements ?? [])]).toEqual([['10.96.0.7', '']]);
    expect(chains.get('refusals')).toContain('ip daddr @cluster-addresses-4 goto refuse');
    expect(chains.get('filter-output')?.[0]).toContain('priority filter');
  });
});
