import type { ServicePort } from './services/service-ports.ts';

/** UDP connections that the kernel would go on sending to where they no longer belong. Absent `endpoint`: all of the address. */
export interface StaleFlow {
  readonly protocol: 'udp';
  readonly address: string | undefined;
  readonly nodePort: number | undefined;
  readonly endpoint: string | undefined;
}

const endpointsOf = (port: ServicePort) =>
  new Set([...port.endpoints.internal, ...port.endpoints.external].map((endpoint) => endpoint.address));

const key = (port: ServicePort) => `${port.family} ${port.id}`;

/**
 * What to forget after the rules went from `before` to `after`. UDP has no end of connection: flows to an endpoint that is
 * gone would hang on for as long as the client goes on sending, and flows that began before the first endpoint never reach it.
 */
export function staleFlows(before: readonly ServicePort[], after: readonly ServicePort[]): StaleFlow[] {
  const current = new Map(after.map((port) => [key(port), port]));
  return before
    .filter((port) => port.protocol === 'udp')
    .flatMap((old) => {
      const now = current.get(key(old));
      const left = now ? endpointsOf(now) : new Set<string>();
      const had = endpointsOf(old);
      const endpoints: (string | undefined)[] =
        had.size === 0 && left.size > 0 ? [undefined] : [...had].filter((one) => !left.has(one));
      const addresses = [old.clusterAddress, ...old.externalAddresses];
      return endpoints.flatMap((endpoint): StaleFlow[] => [
        ...addresses.map((address) => ({ protocol: 'udp' as const, address, nodePort: undefined, endpoint })),
        ...(old.nodePort ? [{ protocol: 'udp' as const, address: undefined, nodePort: old.nodePort, endpoint }] : []),
      ]);
    });
}
