import {
  needsClusterIP,
  needsHealthCheckNodePort,
  needsNodePort,
  type Service,
  type ServicePort,
  type ServiceSpec,
  validateClusterIPs,
} from '@kubets/api';
import { FieldPath, invalid, invalidObject, type KubeObject, type StatusError } from '@kubets/core';
import type { ServerContext } from '../server-context.ts';
import { AllocationError, type ClusterIps, type ServiceName } from './cluster-ips.ts';
import { chooseFamilies } from './ip-families.ts';
import { type NodePorts, nodePortsOf } from './node-ports.ts';
import type { Reserved, WriteHook } from './write-hook.ts';

const SPEC = new FieldPath('spec');
const HEADLESS = 'None';

/** What one write has reserved so far. */
interface Reservation {
  readonly service: ServiceName;
  readonly dryRun: boolean;
  readonly ips: string[];
  readonly ports: number[];
}

/** Gives services their families, cluster addresses and node ports. */
export class ServiceAllocator implements WriteHook {
  readonly #server: ServerContext;
  readonly #ips: ClusterIps;
  readonly #ports: NodePorts;

  constructor(server: ServerContext, allocators: { ips: ClusterIps; ports: NodePorts }) {
    this.#server = server;
    this.#ips = allocators.ips;
    this.#ports = allocators.ports;
  }

  async beforeCreate(draft: KubeObject, options: { dryRun: boolean }): Promise<Reserved> {
    const reservation = newReservation(draft, options.dryRun);
    await this.#allocate(draft as Service, undefined, reservation);
    // A stored service holds its ports by itself.
    return { undo: () => this.#undo(reservation), commit: () => this.#releasePorts(reservation) };
  }

  async beforeUpdate(draft: KubeObject, old: KubeObject, options: { dryRun: boolean }): Promise<Reserved> {
    const reservation = newReservation(draft, options.dryRun);
    await this.#allocate(draft as Service, old as Service, reservation);
    const kept = new Set(ipsOf(draft as Service));
    const dropped = ipsOf(old as Service).filter((ip) => !kept.has(ip));
    return {
      undo: () => this.#undo(reservation),
      commit: async () => {
        this.#releasePorts(reservation);
        if (!options.dryRun) for (const ip of dropped) await this.#ips.release(ip);
      },
    };
  }

  async afterDelete(object: KubeObject): Promise<void> {
    for (const ip of ipsOf(object as Service)) await this.#ips.release(ip);
  }

  async #allocate(draft: Service, old: Service | undefined, reservation: Reservation): Promise<void> {
    if (draft.spec.type !== 'ExternalName') checkAddresses(draft, reservation.service);
    try {
      chooseFamilies(draft, { old, clusterFamilies: this.#ips.families });
      await this.#allocateIps(draft, old, reservation);
      await this.#allocatePorts(draft, old, reservation);
    } catch (error) {
      await this.#undo(reservation);
      throw error;
    }
  }

  async #allocateIps({ spec }: Service, old: Service | undefined, reservation: Reservation): Promise<void> {
    if (!needsClusterIP(spec) || spec.clusterIPs?.[0] === HEADLESS) return;
    const owned = new Set(old ? ipsOf(old) : []);
    const given = spec.clusterIPs ?? [];
    const clusterIPs: string[] = [];
    for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
      const ip = given[index];
      if (ip && owned.has(ip)) clusterIPs.push(ip);
      else
        clusterIPs.push(ip ? await this.#takeIp(ip, given, reservation) : await this.#takeAnyIp(family, reservation));
    }
    if (clusterIPs.length === 0) return;
    spec.clusterIPs = clusterIPs;
    spec.clusterIP = clusterIPs[0]!;
  }

  async #takeIp(ip: string, given: readonly string[], { service, dryRun, ips }: Reservation): Promise<string> {
    try {
      if (await this.#ips.take(ip, service, { dryRun })) ips.push(ip);
    } catch (error) {
      if (!(error instanceof AllocationError)) throw error;
      throw refused(service, invalid(SPEC.child('clusterIPs'), given, `failed to allocate IP ${ip}: ${error.message}`));
    }
    return ip;
  }

  async #takeAnyIp(family: string, { service, dryRun, ips }: Reservation): Promise<string> {
    const ip = await this.#ips.takeAny(family as 'IPv4' | 'IPv6', service, { dryRun });
    ips.push(ip);
    return ip;
  }

  async #allocatePorts(draft: Service, old: Service | undefined, reservation: Reservation): Promise<void> {
    const { spec } = draft;
    const except = this.#server.registry
      .get('', 'services')
      .keyOf(reservation.service.namespace, reservation.service.name);
    const owned = new Set(old ? nodePortsOf(old) : []);
    const take = async (port: number, path: FieldPath) => {
      if (owned.has(port) || reservation.ports.includes(port)) return;
      await this.#takePort(port, { path, except, reservation });
    };
    const isPossible = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
    for (const [index, port] of (spec.ports ?? []).entries()) {
      if (port.nodePort && isPossible) await take(port.nodePort, SPEC.child('ports').index(index).child('nodePort'));
    }
    for (const port of needsNodePort(spec) ? (spec.ports ?? []) : []) {
      port.nodePort ||= sharedPort(port, spec) ?? (await this.#takeAnyPort(except, reservation));
    }
    if (!needsHealthCheckNodePort(spec)) return;
    if (spec.healthCheckNodePort) await take(spec.healthCheckNodePort, SPEC.child('healthCheckNodePort'));
    else spec.healthCheckNodePort = await this.#takeAnyPort(except, reservation);
  }

  async #takePort(
    port: number,
    { path, except, reservation }: { path: FieldPath; except: string; reservation: Reservation },
  ): Promise<void> {
    try {
      await this.#ports.take(port, except);
    } catch (error) {
      if (!(error instanceof AllocationError)) throw error;
      throw refused(reservation.service, invalid(path, port, error.message));
    }
    reservation.ports.push(port);
  }

  async #takeAnyPort(except: string, { ports }: Reservation): Promise<number> {
    const port = await this.#ports.takeAny(except);
    ports.push(port);
    return port;
  }

  async #undo(reservation: Reservation): Promise<void> {
    this.#releasePorts(reservation);
    if (!reservation.dryRun) for (const ip of reservation.ips.splice(0)) await this.#ips.release(ip);
  }

  #releasePorts({ ports }: Reservation): void {
    for (const port of ports.splice(0)) this.#ports.release(port);
  }
}

function newReservation({ metadata }: KubeObject, dryRun: boolean): Reservation {
  const service = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
  return { service, dryRun, ips: [], ports: [] };
}

function ipsOf({ spec }: Service): string[] {
  if (!needsClusterIP(spec)) return [];
  const ips = spec.clusterIPs?.length ? spec.clusterIPs : spec.clusterIP ? [spec.clusterIP] : [];
  return ips.filter((ip) => ip !== HEADLESS);
}

/** The same port number under another protocol shares its node port. */
function sharedPort({ port, protocol }: ServicePort, { ports = [] }: ServiceSpec): number | undefined {
  return ports.find((other) => other.port === port && other.protocol !== protocol && other.nodePort)?.nodePort;
}

export function refused({ name }: ServiceName, error: ReturnType<typeof invalid>): StatusError {
  return invalidObject({ group: '', resource: 'services', kind: 'Service', name, errors: [error] });
}

/** Addresses that make no sense are told before any is reserved. */
function checkAddresses({ spec }: Service, { name }: ServiceName): void {
  const errors = validateClusterIPs(spec);
  if (errors.length > 0) throw invalidObject({ group: '', resource: 'services', kind: 'Service', name, errors });
}
