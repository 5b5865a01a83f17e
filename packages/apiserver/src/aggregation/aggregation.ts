import {
  type APIService,
  apiServiceKind,
  type CustomResourceDefinition,
  customResourceDefinitionKind,
} from '@kubets/api';
import { type Client, createClient, formatTime } from '@kubets/client';
import {
  type Clock,
  type Disposable,
  DisposableStore,
  decodeBase64,
  hasReason,
  type JsonObject,
  type KindDefinition,
  type Logger,
  type Random,
  StatusError,
  sameJson,
} from '@kubets/core';
import type { Forwarder } from '../connect/connector.ts';
import type { ApiResource } from '../discovery/documents.ts';
import type { HttpExchange, ResponseHeaders } from '../pipeline/http.ts';
import { Mirror } from '../pipeline/mirror.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';
import type { ApiServer } from '../server.ts';
import type { HttpsCaller } from '../webhooks/https-caller.ts';
import { type Observation, observe, reachOf } from './availability.ts';
import { builtInServices, customServices, syncLocalServices } from './local-services.ts';

/** How often an aggregated server is looked at while it answers, and while it does not. */
const CHECK_PERIOD_MS = 30_000;
const RETRY_PERIOD_MS = 2_000;
const SYNC_RETRY_MS = 1_000;
const OPENAPI_PREFIX = '/openapi/v3/';

/** An API version that another server serves. */
export interface RemoteVersion {
  readonly group: string;
  readonly version: string;
  readonly groupPriority: number;
  readonly versionPriority: number;
  /** As it was last known. */
  readonly resources: readonly ApiResource[];
  readonly isCurrent: boolean;
  /** OpenAPI v3 documents of the group, by path. */
  readonly openApiUrls: Readonly<Record<string, string>>;
  readonly openApiV2: JsonObject | undefined;
}

/** A request that is passed on. */
export interface AggregatedRequest {
  readonly info: RequestInfo;
  readonly user: User;
  readonly exchange: HttpExchange;
  readonly headers: ResponseHeaders;
  /** Called with the code of the answer when it begins. */
  onAnswer?(code: number): void;
}

interface Remote {
  service: APIService;
  observation: Observation | undefined;
  resources: readonly ApiResource[];
  openApiUrls: Readonly<Record<string, string>>;
  openApiV2: JsonObject | undefined;
  timer: Disposable | undefined;
  checking: boolean;
}

export interface AggregationOptions {
  readonly server: Pick<ApiServer, 'handle' | 'watch' | 'registry' | 'localTransport' | 'admissionExtensions'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Asks aggregated servers what they serve; without it they stay unavailable. */
  readonly caller: HttpsCaller | undefined;
  /** Passes requests on; without it they are answered 503. */
  readonly forwarder: Forwarder | undefined;
}

/**
 * API services: which server serves which API version. What this server serves itself is registered by it; for the others it
 * sees to it that they can be reached, passes requests on to them and tells clients of them in its discovery documents.
 */
export class Aggregation implements Disposable {
  readonly #options: AggregationOptions;
  readonly #client: Client;
  readonly #owned = new DisposableStore();
  readonly #remotes = new Map<string, Remote>();
  readonly #services: Mirror<APIService>;
  readonly #definitions: Mirror<CustomResourceDefinition>;
  readonly #builtIn: readonly APIService[];
  #syncing: Promise<void> | undefined;
  #syncAgain = false;
  #disposed = false;
  /** Rises whenever `versions` tells something else. */
  generation = 1;

  constructor(options: AggregationOptions, kinds: readonly KindDefinition[]) {
    this.#options = options;
    const { server: handler, clock, logger } = options;
    this.#client = createClient(options.server.localTransport());
    this.#builtIn = builtInServices(kinds);
    const base = { handler, clock, logger };
    const services = new Mirror<APIService>({
      ...base,
      kind: apiServiceKind,
      listener: {
        onReplace: (all) => this.#replace(all),
        onSet: (service) => this.#set(service),
        onDelete: ({ metadata }) => this.#delete(metadata.name!),
      },
    });
    this.#services = this.#owned.add(services);
    const sync = () => this.#sync();
    const definitions = new Mirror<CustomResourceDefinition>({
      ...base,
      kind: customResourceDefinitionKind,
      listener: { onReplace: sync, onSet: sync, onDelete: sync },
    });
    this.#definitions = this.#owned.add(definitions);
  }

  /** Resolves once every API service of this server itself is registered. */
  async start(): Promise<void> {
    await Promise.all([this.#services.synced, this.#definitions.synced]);
    this.#sync();
    await this.#syncing;
  }

  dispose(): void {
    this.#disposed = true;
    this.#owned.dispose();
    for (const { timer } of this.#remotes.values()) timer?.dispose();
    this.#remotes.clear();
  }

  /** What other servers serve, the preferred first. */
  versions(): readonly RemoteVersion[] {
    return [...this.#remotes.values()]
      .map(({ service: { spec }, observation, resources, openApiUrls, openApiV2 }) => ({
        group: spec.group ?? '',
        version: spec.version ?? '',
        groupPriority: spec.groupPriorityMinimum,
        versionPriority: spec.versionPriority,
        resources,
        isCurrent: observation?.isAvailable === true,
        openApiUrls,
        openApiV2,
      }))
      .sort((a, b) => b.groupPriority - a.groupPriority || b.versionPriority - a.versionPriority);
  }

  /** Whether the path belongs to another server. */
  serves({ path }: Pick<RequestInfo, 'path'>): boolean {
    return this.#remotes.size > 0 && this.#remoteOf(path) !== undefined;
  }

  /** Passes a request on to the server that it is for. Throws 503 when that cannot be reached. */
  async forward({ info, user, exchange, headers, onAnswer }: AggregatedRequest): Promise<void> {
    const { forwarder, server, random } = this.#options;
    const { service, observation } = this.#remoteOf(info.path)!;
    if (!forwarder || observation?.isAvailable !== true) throw unavailable('service unavailable');
    const reach = await reachOf(service, { lookup: server.admissionExtensions.lookup, next: () => random.next() });
    if ('reason' in reach) throw unavailable('service unavailable');
    const { host, port, serverName } = reach;
    const ca = caBundleOf(service);
    const aggregated = {
      serverName,
      insecure: service.spec.insecureSkipTLSVerify === true,
      user,
      ...(ca ? { ca } : {}),
    };
    const target = { scheme: 'https' as const, host, port, isKubelet: false, aggregated };
    await forwarder.proxy({ exchange, target, path: exchange.target, method: info.method, headers, onAnswer });
  }

  #remoteOf(path: string): Remote | undefined {
    const isOpenApi = path.startsWith(OPENAPI_PREFIX);
    const rest = isOpenApi ? path.slice(OPENAPI_PREFIX.length) : path;
    const [prefix, group, version] = rest.split('/').filter(Boolean);
    if (prefix !== 'apis') return undefined;
    if (version !== undefined) return this.#remotes.get(`${version}.${group}`);
    // A group has a document of its own; where this server serves other versions of the group, it is this server's.
    if (!isOpenApi || this.#builtIn.some(({ spec }) => spec.group === group)) return undefined;
    return [...this.#remotes.values()].find(({ openApiUrls }) => openApiUrls[`apis/${group}`] !== undefined);
  }

  #replace(services: readonly APIService[]): void {
    const names = new Set(services.map(({ metadata }) => metadata.name));
    for (const name of this.#remotes.keys()) if (!names.has(name)) this.#delete(name);
    for (const service of services) this.#set(service);
  }

  #set(service: APIService): void {
    const name = service.metadata.name!;
    if (!service.spec.service) {
      if (this.#remotes.has(name)) this.#delete(name);
      return;
    }
    const known = this.#remotes.get(name);
    const remote = known ?? newRemote(service);
    const isSame = known && JSON.stringify(known.service.spec) === JSON.stringify(service.spec);
    remote.service = service;
    if (isSame) return;
    this.#remotes.set(name, remote);
    this.generation++;
    remote.timer?.dispose();
    void this.#check(name, remote);
  }

  #delete(name: string): void {
    const remote = this.#remotes.get(name);
    if (remote) {
      remote.timer?.dispose();
      this.#remotes.delete(name);
      this.generation++;
    }
    // What this server serves itself is registered anew.
    this.#sync();
  }

  async #check(name: string, remote: Remote): Promise<void> {
    if (remote.checking) return;
    remote.checking = true;
    try {
      const { service } = remote;
      const found = await this.#observe(service);
      if (this.#disposed || this.#remotes.get(name) !== remote) return;
      const isStale =
        remote.service.spec !== service.spec && JSON.stringify(remote.service.spec) !== JSON.stringify(service.spec);
      if (!isStale) await this.#record(remote, found);
    } catch (error) {
      this.#options.logger.log('warn', 'the check of an API service failed', { name, error });
    } finally {
      remote.checking = false;
      const period = remote.observation?.isAvailable ? CHECK_PERIOD_MS : RETRY_PERIOD_MS;
      if (!this.#disposed && this.#remotes.get(name) === remote)
        remote.timer = this.#options.clock.after(period, () => void this.#check(name, remote));
    }
  }

  async #observe(service: APIService): Promise<Observation> {
    const { caller, server, random } = this.#options;
    const reach = await reachOf(service, { lookup: server.admissionExtensions.lookup, next: () => random.next() });
    if ('reason' in reach) return reach;
    if (!caller)
      return { isAvailable: false, reason: 'FailedDiscoveryCheck', message: 'this server cannot reach other servers' };
    return observe(service, { reach, caller, caBundle: caBundleOf(service) });
  }

  async #record(remote: Remote, found: Observation): Promise<void> {
    const before = remote.observation;
    remote.observation = found;
    const { resources, openApiUrls, openApiV2 } = { ...remote, ...found };
    const isSame =
      before?.isAvailable === found.isAvailable &&
      sameJson([resources, openApiUrls, openApiV2], [remote.resources, remote.openApiUrls, remote.openApiV2]);
    Object.assign(remote, { resources, openApiUrls, openApiV2 });
    if (!isSame) this.generation++;
    await this.#writeStatus(remote.service, found);
  }

  async #writeStatus(service: APIService, { isAvailable, reason, message }: Observation): Promise<void> {
    const status = isAvailable ? 'True' : 'False';
    const conditions = service.status?.conditions ?? [];
    const known = conditions.find(({ type }) => type === 'Available');
    if (known?.status === status && known.reason === reason && known.message === message) return;
    const lastTransitionTime =
      known?.status === status ? known.lastTransitionTime : formatTime(this.#options.clock.now());
    const condition = {
      type: 'Available',
      status,
      reason,
      message,
      ...(lastTransitionTime ? { lastTransitionTime } : {}),
    };
    const others = conditions.filter(({ type }) => type !== 'Available');
    try {
      await this.#client
        .resource(apiServiceKind)
        .updateStatus({ ...service, status: { ...service.status, conditions: [...others, condition] } });
    } catch (error) {
      // Somebody else has written it: the next check sees what.
      if (!hasReason(error, 'Conflict') && !hasReason(error, 'NotFound')) throw error;
    }
  }

  /** Registers what this server serves itself; one run at a time, and another when something changed meanwhile. */
  #sync(): void {
    if (this.#disposed) return;
    this.#syncAgain = true;
    this.#syncing ??= this.#runSync().finally(() => {
      this.#syncing = undefined;
    });
  }

  async #runSync(): Promise<void> {
    await Promise.all([this.#services.synced, this.#definitions.synced]);
    while (this.#syncAgain && !this.#disposed) {
      this.#syncAgain = false;
      const known = new Map([...this.#services.values()].map((service) => [service.metadata.name!, service]));
      const wanted = [...this.#builtIn, ...customServices(this.#definitions.values())];
      try {
        await syncLocalServices(this.#client, { wanted, known });
      } catch (error) {
        if (this.#disposed) return;
        this.#options.logger.log('warn', 'API services could not be registered; trying again', { error });
        this.#owned.add(this.#options.clock.after(SYNC_RETRY_MS, () => this.#sync()));
      }
    }
  }
}

function newRemote(service: APIService): Remote {
  const nothing = { observation: undefined, resources: [], openApiUrls: {}, openApiV2: undefined };
  return { service, ...nothing, timer: undefined, checking: false };
}

function caBundleOf({ spec }: APIService): string | undefined {
  return spec.caBundle ? new TextDecoder().decode(decodeBase64(spec.caBundle)) : undefined;
}

function unavailable(message: string): StatusError {
  return new StatusError({ code: 503, reason: 'ServiceUnavailable', message });
}
