import type { EndpointSlice, Service } from '@kubets/api';
import { notFound, type Random, StatusError, serviceUnavailable } from '@kubets/core';
import type { Lookup } from '../admission/lookup.ts';

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/**
 * Where a port of a service is reached without a service proxy: at one of its ready endpoints, by chance. Throws 404 for a
 * service that is not there and 503 for one that has no such port or no ready endpoint.
 */
export async function serviceAddress(
  { namespace, name, port }: ServicePort,
  { lookup, random }: { lookup: Lookup; random: Random },
): Promise<{ host: string; port: number }> {
  const service = await lookup.get<Service>({ group: '', resource: 'services', namespace }, name);
  if (!service) throw notFound({ group: '', resource: 'service' }, name);
  if (service.spec?.type === 'ExternalName') return { host: service.spec.externalName ?? '', port };
  const servicePort = service.spec?.ports?.find((each) => each.port === port);
  if (!servicePort) throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const target = { group: 'discovery.k8s.io', resource: 'endpointslices', namespace };
  const slices = await lookup.list<EndpointSlice>(target);
  const ready = slices
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME_LABEL] === name)
    .flatMap((slice) => readyAddresses(slice, servicePort.name ?? ''));
  const chosen = ready[Math.floor(random.next() * ready.length)];
  if (!chosen) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}

export function readyAddresses(slice: EndpointSlice, portName: string): { host: string; port: number }[] {
  const port = slice.ports?.find((each) => (each.name ?? '') === portName)?.port;
  if (!port) return [];
  return (slice.endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port })));
}

/** What is wrong, as errors about a URL repeat it. */
export function wordsOf(error: unknown): string {
  if (error instanceof StatusError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
