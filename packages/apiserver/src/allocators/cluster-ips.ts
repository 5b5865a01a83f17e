import type { IPAddress, ServiceCIDR } from '@kubets/api';
import { hasReason, internalError, type KubeObject, type Random } from '@kubets/core';
import { withDefaults } from '../registry/body.ts';
import { createObject } from '../registry/create-object.ts';
import { deleteObject } from '../registry/delete-object.ts';
import type { AuthenticatedRequest } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { loopbackUser } from '../system-users.ts';
import { IpRange } from './ip-range.ts';

const FAMILY_LABEL = 'ipaddress.kubernetes.io/ip-family';
const MANAGED_BY_LABEL = 'ipaddress.kubernetes.io/managed-by';
const ALLOCATOR = 'ipallocator.k8s.io';

/** Why an address could not be had; the text is the API's. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError';
}

export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** The cluster addresses of services: each is held by an IPAddress object, so that no two services can have the same. */
export class ClusterIps {
  readonly #server: ServerContext;
  readonly #defaultRanges: readonly IpRange[];
  readonly #random: Random;

  constructor(server: ServerContext, cidrs: readonly string[]) {
    this.#server = server;
    this.#random = server.random;
    this.#defaultRanges = cidrs.map((cidr) => {
      const range = IpRange.parse(cidr);
      if (!range) throw new Error(`invalid service CIDR ${cidr}`);
      return range;
    });
  }

  /** The families that services can have, the default one first. */
  get families(): ('IPv4' | 'IPv6')[] {
    return this.#defaultRanges.map(({ family }) => `IPv${family}` as const);
  }

  get firstAddress(): string {
    return this.#defaultRanges[0]!.firstAddress;
  }

  /**
   * Reserves the address asked for. Answers false when the service has it already, so that it is not to be given back.
   * Throws `AllocationError`.
   */
  async take(ip: string, service: ServiceName, options: { dryRun: boolean }): Promise<boolean> {
    const ranges = await this.#ranges();
    if (!ranges.some((range) => range.contains(ip))) {
      const valid = ranges.map(({ cidr }) => cidr).join(', ');
      throw new AllocationError(
        `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${valid}`,
      );
    }
    const holding = options.dryRun ? await this.#heldBy(ip, service) : await this.#hold(ip, service);
    if (holding === 'other') throw new AllocationError('provided IP is already allocated');
    return holding === 'new';
  }

  /** Reserves any free address of a family. */
  async takeAny(family: 'IPv4' | 'IPv6', service: ServiceName, options: { dryRun: boolean }): Promise<string> {
    const addresses = await this.#addresses();
    const tried = new Set<string>();
    for (const range of await this.#ranges()) {
      if (`IPv${range.family}` !== family) continue;
      const isFree = (ip: string) =>
        ip !== this.firstAddress && !tried.has(ip) && !addresses.cache.get(addresses.keyOf('', ip));
      for (let ip = range.pick(isFree, this.#random); ip; ip = range.pick(isFree, this.#random)) {
        if (options.dryRun || (await this.#hold(ip, service)) === 'new') return ip;
        tried.add(ip);
      }
    }
    throw internalError('failed to allocate a serviceIP: range is full');
  }

  async release(ip: string): Promise<void> {
    const addresses = await this.#addresses();
    const request = this.#request('delete', ip);
    await deleteObject(this.#server, { request, resource: addresses, options: {} }).catch((error) => {
      if (!hasReason(error, 'NotFound')) throw error;
    });
  }

  async #addresses() {
    const resource = this.#server.registry.get('networking.k8s.io', 'ipaddresses');
    await resource.cache.sync();
    return resource;
  }

  /** The default ranges, and those of further ServiceCIDR objects that are not being deleted. */
  async #ranges(): Promise<IpRange[]> {
    const resource = this.#server.registry.get('networking.k8s.io', 'servicecidrs');
    await resource.cache.sync();
    const known = new Map(this.#defaultRanges.map((range) => [range.cidr, range]));
    for (const { object } of resource.cache.page({ prefix: resource.prefixOf('') })) {
      if (object.metadata.deletionTimestamp) continue;
      for (const cidr of (object as ServiceCIDR).spec.cidrs ?? []) {
        const range = IpRange.parse(cidr);
        if (range && !known.has(range.cidr)) known.set(range.cidr, range);
      }
    }
    return [...known.values()];
  }

  /** Whether an address is held by this service, another one, or nobody: `new`. */
  async #heldBy(ip: string, service: ServiceName): Promise<'own' | 'other' | 'new'> {
    const addresses = await this.#addresses();
    const held = addresses.cache.get(addresses.keyOf('', ip))?.object as IPAddress | undefined;
    if (!held) return 'new';
    return isHeldBy(held, service) ? 'own' : 'other';
  }

  /** Makes the address this service's, if nobody has it. */
  async #hold(ip: string, service: ServiceName): Promise<'own' | 'other' | 'new'> {
    const resource = await this.#addresses();
    const draft = withDefaults(
      {
        metadata: {
          name: ip,
          labels: { [FAMILY_LABEL]: ip.includes(':') ? 'IPv6' : 'IPv4', [MANAGED_BY_LABEL]: ALLOCATOR },
        },
        spec: { parentRef: { group: '', resource: 'services', namespace: service.namespace, name: service.name } },
      },
      resource,
    );
    const request = this.#request('create', '');
    try {
      await createObject(this.#server, { request, resource, draft, warnings: new Set() });
      return 'new';
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
      return this.#heldBy(ip, service);
    }
  }

  #request(verb: 'create' | 'delete', name: string): AuthenticatedRequest {
    return {
      verb,
      name,
      namespace: '',
      subresource: '',
      resource: { group: 'networking.k8s.io', version: 'v1', resource: 'ipaddresses' },
      options: { fieldManager: 'kube-apiserver' },
      user: loopbackUser,
    };
  }
}

function isHeldBy(address: KubeObject, { namespace, name }: ServiceName): boolean {
  const { parentRef } = (address as IPAddress).spec;
  return parentRef?.resource === 'services' && parentRef.namespace === namespace && parentRef.name === name;
}
