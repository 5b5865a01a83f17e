import type { Endpoint, EndpointSlice, Service } from '@kubets/api';
import { type ClusterRecords, clusterAddresses } from './records.ts';

/** One resource record of an answer. Names are without the final dot. */
export type ZoneRecord = { readonly name: string; readonly ttlSeconds: number } & (
  | { readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR'; readonly data: string }
  | { readonly type: 'TXT'; readonly data: string }
  | { readonly type: 'SRV'; readonly data: { priority: number; weight: number; port: number; target: string } }
);

/**
 * What the cluster's zone says to a question. `noData`: the name exists, without a record of that type. `elsewhere`: the
 * name is not of this zone. A CNAME in `answers` may have to be followed by the caller.
 */
export type ZoneAnswer =
  | {
      readonly result: 'answered';
      readonly answers: readonly ZoneRecord[];
      readonly additionals: readonly ZoneRecord[];
    }
  | { readonly result: 'noData' }
  | { readonly result: 'nameError' }
  | { readonly result: 'elsewhere' };

const NO_DATA: ZoneAnswer = { result: 'noData' };
const NAME_ERROR: ZoneAnswer = { result: 'nameError' };
const ELSEWHERE: ZoneAnswer = { result: 'elsewhere' };
/** The version of the DNS-Based Service Discovery specification that the zone follows. */
const SCHEMA_VERSION = '1.1.0';
const TTL_SECONDS = 30;
const SRV_PRIORITY = 0;
const SRV_TOTAL_WEIGHT = 100;

interface AddressRecord {
  readonly name: string;
  readonly address: string;
}

interface PortRecord {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly target: string;
}

const typeOf = (address: string) => (address.includes(':') ? 'AAAA' : 'A');
const dashed = (address: string) => address.replaceAll(/[.:]/g, '-');

/** Answers for `<service>.<namespace>.svc.<clusterDomain>` and the reverse zones, after the Kubernetes DNS specification. */
export class Zone {
  readonly #domain: string;
  readonly #records: ClusterRecords;

  constructor(options: { clusterDomain: string; records: ClusterRecords }) {
    this.#domain = options.clusterDomain.toLowerCase().replace(/\.$/, '');
    this.#records = options.records;
  }

  /** `name` is compared without regard to case; `type` is a record type such as A, or ANY. */
  resolve(name: string, type: string): ZoneAnswer {
    const question = name.toLowerCase().replace(/\.$/, '');
    const reverse = addressOfReverseName(question);
    if (reverse) return this.#reverse(question, reverse, type);
    if (question === this.#domain) return NO_DATA;
    if (!question.endsWith(`.${this.#domain}`)) return ELSEWHERE;
    const labels = question
      .slice(0, -this.#domain.length - 1)
      .split('.')
      .reverse();
    const [kind, namespace, ...rest] = labels;
    if (labels.length === 1 && kind === 'dns-version') return pick([this.#version(question)], type);
    if (kind === 'pod') return this.#pod(question, namespace, rest, type);
    if (kind !== 'svc') return NAME_ERROR;
    if (!namespace) return NO_DATA;
    if (!this.#records.namespaceExists(namespace)) return NAME_ERROR;
    return rest.length === 0 ? NO_DATA : this.#service({ question, namespace, labels: rest, type });
  }

  #version(name: string): ZoneRecord {
    return { name, type: 'TXT', ttlSeconds: TTL_SECONDS, data: SCHEMA_VERSION };
  }

  #serviceName(service: Service): string {
    return `${service.metadata.name}.${service.metadata.namespace}.svc.${this.#domain}`;
  }

  /** `labels` are read from the zone outwards: service, then endpoint hostname, or protocol and port. */
  #service(options: { question: string; namespace: string; labels: readonly string[]; type: string }): ZoneAnswer {
    const { question, namespace, labels, type } = options;
    const [name = '', first, second, ...tooMany] = labels;
    const service = this.#records.service(namespace, name);
    if (!service || tooMany.length > 0) return NAME_ERROR;
    if (service.spec.type === 'ExternalName') {
      const target = (service.spec.externalName ?? '').replace(/\.$/, '');
      if (first !== undefined || !target) return NAME_ERROR;
      return answered([{ name: question, type: 'CNAME', ttlSeconds: TTL_SECONDS, data: target }]);
    }
    if (first === undefined) return this.#addresses(question, service, type);
    if (first.startsWith('_')) return this.#ports({ question, service, protocol: first, port: second, type });
    if (second !== undefined) return NAME_ERROR;
    const named = this.#endpointAddresses(service).filter(
      (record) => record.name === `${first}.${this.#serviceName(service)}`,
    );
    return named.length === 0
      ? NAME_ERROR
      : pick(
          named.map((record) => addressRecord(question, record.address)),
          type,
        );
  }

  #addresses(question: string, service: Service, type: string): ZoneAnswer {
    if (type === 'SRV') return this.#servicePorts(question, service, () => true);
    const cluster = clusterAddresses(service);
    if (cluster.length > 0)
      return pick(
        cluster.map((address) => addressRecord(question, address)),
        type,
      );
    const endpoints = this.#endpointAddresses(service);
    if (endpoints.length === 0) return NAME_ERROR;
    const distinct = [...new Set(endpoints.map((record) => record.address))];
    return pick(
      distinct.map((address) => addressRecord(question, address)),
      type,
    );
  }

  #ports(options: {
    question: string;
    service: Service;
    protocol: string;
    port: string | undefined;
    type: string;
  }): ZoneAnswer {
    const { question, service, type } = options;
    const protocol = options.protocol.slice(1);
    if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') return NAME_ERROR;
    if (options.port !== undefined && !options.port.startsWith('_')) return NAME_ERROR;
    const wanted = options.port?.slice(1);
    const answer = this.#servicePorts(question, service, (port) => {
      return port.protocol.toLowerCase() === protocol && (wanted === undefined || port.name === wanted);
    });
    return answer.result === 'answered' && type !== 'SRV' && type !== 'ANY' ? NO_DATA : answer;
  }

  #servicePorts(question: string, service: Service, wanted: (port: PortRecord) => boolean): ZoneAnswer {
    const ports = this.#portRecords(service).filter(wanted);
    if (ports.length === 0) return NAME_ERROR;
    const weight = Math.max(1, Math.floor(SRV_TOTAL_WEIGHT / ports.length));
    const answers = ports.map(
      (port): ZoneRecord => ({
        name: question,
        type: 'SRV',
        ttlSeconds: TTL_SECONDS,
        data: { priority: SRV_PRIORITY, weight, port: port.port, target: port.target },
      }),
    );
    const targets = new Set(ports.map((port) => port.target));
    const addresses = this.#addressRecords(service).filter((record) => targets.has(record.name));
    return {
      result: 'answered',
      answers,
      additionals: addresses.map((record) => addressRecord(record.name, record.address)),
    };
  }

  #addressRecords(service: Service): AddressRecord[] {
    const cluster = clusterAddresses(service);
    if (cluster.length === 0) return this.#endpointAddresses(service);
    return cluster.map((address) => ({ name: this.#serviceName(service), address }));
  }

  #portRecords(service: Service): PortRecord[] {
    if (clusterAddresses(service).length > 0) {
      const target = this.#serviceName(service);
      return (service.spec.ports ?? []).map((port) => {
        return { name: port.name ?? '', protocol: port.protocol ?? 'TCP', port: port.port, target };
      });
    }
    const records = this.#publishedEndpoints(service).flatMap(({ slice, endpoint }) =>
      (slice.ports ?? []).flatMap((port) => {
        if (port.port === undefined) return [];
        const target = this.#endpointName(service, endpoint);
        return [{ name: port.name ?? '', protocol: port.protocol ?? 'TCP', port: port.port, target }];
      }),
    );
    const distinct = new Map(records.map((record) => [JSON.stringify(record), record]));
    return [...distinct.values()];
  }

  #publishedEndpoints(service: Service): { slice: EndpointSlice; endpoint: Endpoint }[] {
    const { namespace = '', name = '' } = service.metadata;
    const slices = this.#records.slicesOf(namespace, name);
    const published = (endpoint: Endpoint) =>
      service.spec.publishNotReadyAddresses || endpoint.conditions?.ready !== false;
    return slices.flatMap((slice) =>
      (slice.endpoints ?? []).filter(published).map((endpoint) => ({ slice, endpoint })),
    );
  }

  #endpointName(service: Service, endpoint: Endpoint): string {
    return `${endpoint.hostname || dashed(endpoint.addresses[0] ?? '')}.${this.#serviceName(service)}`;
  }

  #endpointAddresses(service: Service): AddressRecord[] {
    return this.#publishedEndpoints(service).flatMap(({ endpoint }) =>
      endpoint.addresses.map((address) => ({ name: this.#endpointName(service, endpoint), address })),
    );
  }

  /** `<a-b-c-d>.<namespace>.pod`: the name spells the address, and it is taken at its word. */
  #pod(question: string, namespace: string | undefined, rest: readonly string[], type: string): ZoneAnswer {
    if (!namespace) return NO_DATA;
    if (!this.#records.namespaceExists(namespace)) return NAME_ERROR;
    if (rest.length === 0) return NO_DATA;
    const address = rest.length === 1 ? addressOfDashedName(rest[0] ?? '') : undefined;
    return address ? pick([addressRecord(question, address)], type) : NAME_ERROR;
  }

  #reverse(question: string, address: string, type: string): ZoneAnswer {
    const pointers: string[] = this.#records.servicesWithAddress(address).map((service) => this.#serviceName(service));
    for (const slice of this.#records.slicesWithAddress(address)) {
      const service = this.#serviceOf(slice);
      if (!service || clusterAddresses(service).length > 0) continue;
      for (const endpoint of slice.endpoints ?? []) {
        if (endpoint.addresses.includes(address)) pointers.push(this.#endpointName(service, endpoint));
      }
    }
    if (pointers.length === 0) return ELSEWHERE;
    const answers = [...new Set(pointers)].map(
      (data): ZoneRecord => ({ name: question, type: 'PTR', ttlSeconds: TTL_SECONDS, data }),
    );
    return pick(answers, type);
  }

  #serviceOf(slice: EndpointSlice): Service | undefined {
    const name = slice.metadata.labels?.['kubernetes.io/service-name'];
    return name ? this.#records.service(slice.metadata.namespace ?? '', name) : undefined;
  }
}

function addressRecord(name: string, address: string): ZoneRecord {
  return { name, type: typeOf(address), ttlSeconds: TTL_SECONDS, data: address };
}

function answered(answers: readonly ZoneRecord[]): ZoneAnswer {
  return { result: 'answered', answers, additionals: [] };
}

function pick(records: readonly ZoneRecord[], type: string): ZoneAnswer {
  const answers = type === 'ANY' ? records : records.filter((record) => record.type === type);
  return answers.length > 0 ? answered(answers) : NO_DATA;
}

/** The address that a name below in-addr.arpa or ip6.arpa stands for; undefined for other names. */
export function addressOfReverseName(name: string): string | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name);
  if (v4) return v4.slice(1).reverse().join('.');
  if (!name.endsWith('.ip6.arpa')) return undefined;
  const digits = name.slice(0, -'.ip6.arpa'.length).split('.').reverse();
  if (digits.length !== 32 || digits.some((digit) => !/^[0-9a-f]$/.test(digit))) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => digits.slice(i * 4, i * 4 + 4).join(''));
  return compressV6(groups.map((group) => group.replace(/^0+(?=.)/, '')));
}

/** Canonical text (RFC 5952) of eight hexadecimal groups: the longest run of zeros becomes ::. */
function compressV6(groups: readonly string[]): string {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

/** 10-244-0-5 is 10.244.0.5; a name that does not spell four numbers is tried as IPv6 with dashes for colons. */
function addressOfDashedName(name: string): string | undefined {
  const v4 = /^(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})$/.exec(name);
  if (v4) return v4.slice(1).every((part) => Number(part) <= 255) ? v4.slice(1).join('.') : undefined;
  return /^[0-9a-f-]*-[0-9a-f-]*$/.test(name) && name.split('-').length > 2 ? name.replaceAll('-', ':') : undefined;
}
