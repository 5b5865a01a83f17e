import type { Service } from '@kubets/api';
import { internalError } from '@kubets/core';
import type { ServerContext } from '../server-context.ts';
import { AllocationError } from './cluster-ips.ts';
import type { PortRange } from './port-range.ts';

/** The node ports of services. What is taken is read off the services themselves, beside what is just being given out. */
export class NodePorts {
  readonly range: PortRange;
  readonly #server: ServerContext;
  /** Ports of services that are being written, with how many such writes hold each. */
  readonly #reserved = new Map<number, number>();

  constructor(server: ServerContext, range: PortRange) {
    this.#server = server;
    this.range = range;
  }

  /** Reserves a port until `release`. `except` is the service that may have it already. Throws `AllocationError`. */
  async take(port: number, except: string): Promise<void> {
    if (!this.range.contains(port)) {
      throw new AllocationError(`provided port is not in the valid range. The range of valid ports is ${this.range}`);
    }
    if ((await this.#taken(except)).has(port)) throw new AllocationError('provided port is already allocated');
    this.reserve(port);
  }

  async takeAny(except: string): Promise<number> {
    const taken = await this.#taken(except);
    const port = this.range.pick((candidate) => !taken.has(candidate), this.#server.random);
    if (port === undefined) throw internalError('failed to allocate a nodePort: range is full');
    this.reserve(port);
    return port;
  }

  reserve(port: number): void {
    this.#reserved.set(port, (this.#reserved.get(port) ?? 0) + 1);
  }

  release(port: number): void {
    const holders = (this.#reserved.get(port) ?? 0) - 1;
    if (holders > 0) this.#reserved.set(port, holders);
    else this.#reserved.delete(port);
  }

  async #taken(except: string): Promise<Set<number>> {
    const services = this.#server.registry.get('', 'services');
    await services.cache.sync();
    const taken = new Set(this.#reserved.keys());
    for (const cached of services.cache.page({ prefix: services.prefixOf('') })) {
      if (cached.key === except) continue;
      for (const port of nodePortsOf(cached.object as Service)) taken.add(port);
    }
    return taken;
  }
}

export function nodePortsOf({ spec }: Service): number[] {
  const ports = (spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0);
  return [...new Set([...ports, spec.healthCheckNodePort ?? 0])].filter((port) => port > 0);
}
