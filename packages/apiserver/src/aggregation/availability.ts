import type { APIService, EndpointSlice, Service } from '@kubets/api';
import type { JsonObject } from '@kubets/core';
import type { Lookup } from '../admission/lookup.ts';
import type { ApiResource } from '../discovery/documents.ts';
import type { HttpsAnswer, HttpsCaller } from '../webhooks/https-caller.ts';
import { readyAddresses } from '../webhooks/service-address.ts';

const CHECK_TIMEOUT_MS = 5_000;
const HTTPS_PORT = 443;

/** What a look at an aggregated server has found. */
export interface Observation {
  readonly isAvailable: boolean;
  readonly reason: string;
  readonly message: string;
  /** What the server serves; undefined where it could not be asked. */
  readonly resources?: readonly ApiResource[];
  /** Where its OpenAPI v3 documents of the group are, by path; for servers that have some. */
  readonly openApiUrls?: Readonly<Record<string, string>>;
  /** Its OpenAPI v2 document; undefined where it has none, or could not be asked. */
  readonly openApiV2?: JsonObject;
}

export interface Reach {
  readonly host: string;
  readonly port: number;
  /** As certificates name the server. */
  readonly serverName: string;
}

const missing = (reason: string, message: string): Observation => ({ isAvailable: false, reason, message });

/** A ready endpoint of an API service's service, or what is missing. */
export async function reachOf(
  { spec }: APIService,
  { lookup, next }: { lookup: Lookup; next: () => number },
): Promise<Reach | Observation> {
  const { namespace = '', name = '', port = HTTPS_PORT } = spec.service ?? {};
  const service = await lookup.get<Service>({ group: '', resource: 'services', namespace }, name);
  if (!service) return missing('ServiceNotFound', `service/${name} in "${namespace}" is not present`);
  const serverName = `${name}.${namespace}.svc`;
  if (service.spec?.type === 'ExternalName') return { host: service.spec.externalName ?? '', port, serverName };
  const servicePort = service.spec?.ports?.find((each) => each.port === port);
  if (!servicePort)
    return missing('ServicePortError', `service/${name} in "${namespace}" is not listening on port ${port}`);
  const target = { group: 'discovery.k8s.io', resource: 'endpointslices', namespace };
  const slices = (await lookup.list<EndpointSlice>(target)).filter(
    ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name,
  );
  if (slices.length === 0)
    return missing('EndpointsNotFound', `cannot find endpointslices for service/${name} in "${namespace}"`);
  const portName = servicePort.name ?? '';
  const ready = slices.flatMap((slice) => readyAddresses(slice, portName));
  const chosen = ready[Math.floor(next() * ready.length)];
  if (!chosen) {
    const message = `endpointslices for service/${name} in "${namespace}" have no addresses with port name "${portName}"`;
    return missing('MissingEndpoints', message);
  }
  return { ...chosen, serverName };
}

/** Asks an aggregated server for its discovery document. Never throws: a failure is an observation. */
export async function observe(
  service: APIService,
  { reach, caller, caBundle }: { reach: Reach; caller: HttpsCaller; caBundle: string | undefined },
): Promise<Observation> {
  const { group = '', version = '', insecureSkipTLSVerify } = service.spec;
  const { serverName, host, port } = reach;
  const get = (path: string) =>
    caller.call({
      method: 'GET',
      url: `https://${serverName}:${service.spec.service?.port ?? HTTPS_PORT}${path}`,
      address: { host, port },
      timeoutMs: CHECK_TIMEOUT_MS,
      asFrontProxy: true,
      headers: {
        accept: 'application/json',
        'x-remote-user': 'system:kube-aggregator',
        'x-remote-group': 'system:masters',
      },
      ...(caBundle ? { ca: caBundle } : {}),
      ...(insecureSkipTLSVerify ? { insecure: true } : {}),
    });
  const path = `/apis/${group}/${version}`;
  const shown = `https://${host}:${port}${path}`;
  try {
    const answer = await get(path);
    if (answer.code < 200 || answer.code > 299) return failed(shown, `bad status from ${shown}: ${answer.code}`);
    const [v3, v2] = await Promise.all(['/openapi/v3', '/openapi/v2'].map((each) => get(each).catch(() => undefined)));
    const openApiV2 = openApiV2In(v2);
    return {
      isAvailable: true,
      reason: 'Passed',
      message: 'all checks passed',
      resources: resourcesIn(answer),
      openApiUrls: openApiUrlsIn(v3, [path, `/apis/${group}`]),
      ...(openApiV2 ? { openApiV2 } : {}),
    };
  } catch (error) {
    return failed(shown, `Get "${shown}": ${(error as Error).message}`);
  }
}

function failed(url: string, why: string): Observation {
  return missing('FailedDiscoveryCheck', `failing or missing response from ${url}: ${why}`);
}

function parsed({ body }: HttpsAnswer): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

function resourcesIn(answer: HttpsAnswer): readonly ApiResource[] {
  const { resources } = parsed(answer);
  return Array.isArray(resources) ? (resources as unknown as ApiResource[]) : [];
}

function openApiUrlsIn(answer: HttpsAnswer | undefined, wanted: readonly string[]): Record<string, string> {
  if (answer?.code !== 200) return {};
  const { paths = {} } = parsed(answer) as { paths?: Record<string, { serverRelativeURL?: string }> };
  const found = wanted.map((path) => [path.slice(1), paths[path.slice(1)]?.serverRelativeURL]);
  return Object.fromEntries(found.filter(([, url]) => url !== undefined));
}

function openApiV2In(answer: HttpsAnswer | undefined): JsonObject | undefined {
  if (answer?.code !== 200) return undefined;
  const document = parsed(answer);
  return document.swagger === '2.0' ? document : undefined;
}
