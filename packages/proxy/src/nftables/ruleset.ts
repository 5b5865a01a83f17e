import type { ServiceEndpoint } from '../services/endpoints.ts';
import type { Family, ServicePort } from '../services/service-ports.ts';

/** Packets that must leave with the node's own address carry this bit from the nat hooks to postrouting. */
const MASQUERADE_BIT = '0x4000';

export interface RulesetOptions {
  /** Name of the one table, in family inet, that the rules live in. */
  readonly table: string;
  /** CIDRs of all pods of the cluster: traffic between them keeps its source address. */
  readonly podCidrs: readonly string[];
}

/** A set or map: its declaration, and its elements by key. */
export interface NftSet {
  readonly declaration: string;
  /** Elements of a map have a verdict, those of a set an empty text; undefined: filled by the rules themselves. */
  readonly elements: ReadonlyMap<string, string> | undefined;
}

/** What the table should hold. Two of these differ by a small transaction (see `transaction.ts`). */
export interface Ruleset {
  readonly table: string;
  readonly sets: ReadonlyMap<string, NftSet>;
  /** Base chains first have their hook line; the order of rules matters. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

const ip = (family: Family) => (family === 'IPv4' ? 'ip' : 'ip6');
const suffix = (family: Family) => (family === 'IPv4' ? '4' : '6');
const addressType = (family: Family) => (family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr');
/** Colons may not stand in names. */
const nameOf = (address: string) => address.replaceAll(':', '.');

const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** The fixed maps and sets with room for their elements. */
function fixedSets(): Map<string, NftSet & { elements: Map<string, string> }> {
  const sets = new Map<string, NftSet & { elements: Map<string, string> }>();
  for (const family of FAMILIES) {
    const key = `typeof ${ip(family)} daddr . meta l4proto . th dport : verdict`;
    sets.set(`service-addresses-${suffix(family)}`, { declaration: `map { ${key}; }`, elements: new Map() });
    sets.set(`refused-addresses-${suffix(family)}`, { declaration: `map { ${key}; }`, elements: new Map() });
    const portKey = 'type inet_proto . inet_service : verdict';
    sets.set(`node-ports-${suffix(family)}`, { declaration: `map { ${portKey}; }`, elements: new Map() });
    sets.set(`refused-node-ports-${suffix(family)}`, { declaration: `map { ${portKey}; }`, elements: new Map() });
    const addresses = `set { type ${addressType(family)}; }`;
    sets.set(`cluster-addresses-${suffix(family)}`, { declaration: addresses, elements: new Map() });
  }
  return sets;
}

/** Base chains and what they lead to. Refusals are looked up after routing, where `reject` is possible. */
function fixedChains({ podCidrs }: RulesetOptions): Map<string, string[]> {
  const lookUps = (prefix: string) => [
    `ip daddr . meta l4proto . th dport vmap @${prefix}addresses-4`,
    `ip6 daddr . meta l4proto . th dport vmap @${prefix}addresses-6`,
  ];
  const nodePorts = (prefix: string) => [
    `meta nfproto ipv4 fib daddr type local meta l4proto . th dport vmap @${prefix}node-ports-4`,
    `meta nfproto ipv6 fib daddr type local ip6 daddr != ::1 meta l4proto . th dport vmap @${prefix}node-ports-6`,
  ];
  const leaving = podCidrs.map((cidr) => {
    const family = cidr.includes(':') ? 'ip6' : 'ip';
    return `${family} saddr ${cidr} ${family} daddr != ${cidr} masquerade fully-random`;
  });
  return new Map([
    ['services', [...lookUps('service-'), ...nodePorts('')]],
    [
      'refusals',
      // What still goes to a cluster address was not translated: it is for a port that the Service does not have.
      [
        ...lookUps('refused-'),
        ...nodePorts('refused-'),
        'ip daddr @cluster-addresses-4 goto refuse',
        'ip6 daddr @cluster-addresses-6 goto refuse',
      ],
    ],
    ['refuse', ['meta l4proto tcp reject with tcp reset', 'reject']],
    ['masquerade-later', [`meta mark set meta mark | ${MASQUERADE_BIT}`]],
    ['nat-prerouting', ['type nat hook prerouting priority dstnat; policy accept;', 'jump services']],
    ['nat-output', ['type nat hook output priority -100; policy accept;', 'jump services']],
    ['filter-input', ['type filter hook input priority -110; policy accept;', 'ct state new jump refusals']],
    ['filter-forward', ['type filter hook forward priority -110; policy accept;', 'ct state new jump refusals']],
    // After the translation of what the node itself sends.
    ['filter-output', ['type filter hook output priority filter; policy accept;', 'ct state new jump refusals']],
    [
      // Node ports answer on the loopback address too, for which martian packets are let in: from outside they stay out.
      'raw-prerouting',
      [
        'type filter hook prerouting priority raw; policy accept;',
        'iifname != "lo" ip daddr 127.0.0.0/8 ct state != established drop',
      ],
    ],
    [
      'nat-postrouting',
      [
        'type nat hook postrouting priority srcnat; policy accept;',
        `meta mark & ${MASQUERADE_BIT} != 0 meta mark set meta mark ^ ${MASQUERADE_BIT} masquerade fully-random`,
        ...leaving,
      ],
    ],
  ]);
}

const BASE_CHAIN_LINE = /^type (nat|filter) hook /;

/** True for the first line of a base chain, which belongs to the chain's declaration. */
export const isHookLine = (line: string | undefined) => line !== undefined && BASE_CHAIN_LINE.test(line);

const endpointChain = (port: ServicePort, endpoint: ServiceEndpoint) =>
  `endpoint/${port.id}/${nameOf(endpoint.address)}/${endpoint.port}`;
const affinitySet = (port: ServicePort, endpoint: ServiceEndpoint) =>
  `affinity/${port.id}/${nameOf(endpoint.address)}/${endpoint.port}`;

/** Spreads connections over endpoints by chance; a client with affinity goes where it went before. */
function balance(port: ServicePort, endpoints: readonly ServiceEndpoint[]): string[] {
  const sticky = port.affinitySeconds
    ? endpoints.map(
        (endpoint) => `${ip(port.family)} saddr @${affinitySet(port, endpoint)} goto ${endpointChain(port, endpoint)}`,
      )
    : [];
  const verdicts = endpoints.map((endpoint, index) => `${index} : goto ${endpointChain(port, endpoint)}`);
  return [...sticky, `numgen random mod ${endpoints.length} vmap { ${verdicts.join(', ')} }`];
}

/** Endpoints' own chains: hairpin, affinity, and the translation itself. */
function endpointRules(port: ServicePort, endpoint: ServiceEndpoint): string[] {
  const family = ip(port.family);
  const target =
    port.family === 'IPv4' ? `${endpoint.address}:${endpoint.port}` : `[${endpoint.address}]:${endpoint.port}`;
  return [
    `${family} saddr ${endpoint.address} jump masquerade-later`,
    ...(port.affinitySeconds ? [`update @${affinitySet(port, endpoint)} { ${family} saddr }`] : []),
    `meta l4proto ${port.protocol} dnat ${family} to ${target}`,
  ];
}

class Builder {
  readonly sets: Map<string, NftSet>;
  readonly chains: Map<string, string[]>;
  readonly #maps = fixedSets();
  readonly #options: RulesetOptions;

  constructor(options: RulesetOptions) {
    this.#options = options;
    this.sets = new Map<string, NftSet>(this.#maps);
    this.chains = fixedChains(options);
  }

  add(port: ServicePort): void {
    this.#addEndpoints(port);
    this.#addInternal(port);
    if (port.nodePort || port.externalAddresses.length > 0) this.#addExternal(port);
  }

  #element(set: string, key: string, verdict: string): void {
    this.#maps.get(set)?.elements.set(key, verdict);
  }

  /** Adds a verdict for an address, and for connections that nobody can answer a refusal. */
  #address(port: ServicePort, address: string, verdict: string | undefined): void {
    const key = `${address} . ${port.protocol} . ${port.port}`;
    const prefix = verdict ? 'service' : 'refused';
    this.#element(`${prefix}-addresses-${suffix(port.family)}`, key, verdict ?? 'goto refuse');
  }

  #addEndpoints(port: ServicePort): void {
    for (const endpoint of [...port.endpoints.internal, ...port.endpoints.external]) {
      this.chains.set(endpointChain(port, endpoint), endpointRules(port, endpoint));
      if (!port.affinitySeconds) continue;
      const declaration = `set { type ${addressType(port.family)}; flags dynamic,timeout; timeout ${port.affinitySeconds}s; }`;
      this.sets.set(affinitySet(port, endpoint), { declaration, elements: undefined });
    }
  }

  #addInternal(port: ServicePort): void {
    const { internal, any } = port.endpoints;
    const chain = `service/${port.id}`;
    const verdict = !any ? undefined : internal.length === 0 ? 'drop' : `goto ${chain}`;
    this.#address(port, port.clusterAddress, verdict);
    this.#element(`cluster-addresses-${suffix(port.family)}`, port.clusterAddress, '');
    if (internal.length === 0) return;
    const family = ip(port.family);
    const pods = this.#podCidr(port.family);
    const notAPod = pods
      ? [`${family} daddr ${port.clusterAddress} ${family} saddr != ${pods} jump masquerade-later`]
      : [];
    this.chains.set(chain, [...notAPod, ...balance(port, internal)]);
  }

  #addExternal(port: ServicePort): void {
    const verdict = port.endpoints.any ? `goto external/${port.id}` : undefined;
    if (verdict) this.chains.set(`external/${port.id}`, this.#externalRules(port));
    for (const address of port.externalAddresses) this.#address(port, address, this.#guarded(port, address, verdict));
    if (!port.nodePort) return;
    const prefix = verdict ? '' : 'refused-';
    const key = `${port.protocol} . ${port.nodePort}`;
    this.#element(`${prefix}node-ports-${suffix(port.family)}`, key, verdict ?? 'goto refuse');
  }

  /** Leads load-balancer addresses with source ranges through a chain that drops everybody else. */
  #guarded(port: ServicePort, address: string, verdict: string | undefined): string | undefined {
    if (!verdict || port.sourceRanges.length === 0 || !port.loadBalancerAddresses.includes(address)) return verdict;
    const chain = `guard/${port.id}`;
    this.chains.set(chain, [`${ip(port.family)} saddr != { ${port.sourceRanges.join(', ')} } drop`, verdict]);
    return `goto ${chain}`;
  }

  #externalRules(port: ServicePort): string[] {
    const { external, internal } = port.endpoints;
    const family = ip(port.family);
    if (!port.externalLocal) return ['jump masquerade-later', ...balance(port, external)];
    // From inside the cluster a local-only address behaves like the cluster address.
    const pods = this.#podCidr(port.family);
    const clusterChain = `service/${port.id}`;
    const fromInside = internal.length > 0 && this.chains.has(clusterChain);
    const inside = fromInside && pods ? [`${family} saddr ${pods} goto ${clusterChain}`] : [];
    const own = fromInside
      ? [`fib saddr type local jump masquerade-later`, `fib saddr type local goto ${clusterChain}`]
      : [];
    return [...inside, ...own, ...(external.length > 0 ? balance(port, external) : ['drop'])];
  }

  #podCidr(family: Family): string | undefined {
    const cidrs = this.#options.podCidrs.filter((cidr) => cidr.includes(':') === (family === 'IPv6'));
    return cidrs.length > 1 ? `{ ${cidrs.join(', ')} }` : cidrs[0];
  }
}

/** The whole table for these Service ports. The first of two ports that claim one address and port wins, by id. */
export function buildRuleset(ports: readonly ServicePort[], options: RulesetOptions): Ruleset {
  const builder = new Builder(options);
  for (const port of [...ports].sort((a, b) => (a.id < b.id ? 1 : -1))) builder.add(port);
  return { table: options.table, sets: builder.sets, chains: builder.chains };
}
