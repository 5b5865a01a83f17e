import { createClient } from '@kubets/client';
import {
  type Clock,
  type Disposable,
  DisposableStore,
  type KindDefinition,
  type Logger,
  type Random,
} from '@kubets/core';
import { Aggregation } from './aggregation/aggregation.ts';
import { type ClientAuthorities, publishAuthorities } from './aggregation/authentication-config.ts';
import type { AuditSink } from './audit/audit.ts';
import { Authenticator, staticTokens, type TokenAuthenticator } from './authn/authenticator.ts';
import { BootstrapTokens } from './authn/bootstrap-tokens.ts';
import { registerIssuerDiscovery } from './authn/issuer-discovery.ts';
import type { JwtKeys } from './authn/jwt.ts';
import { noteLegacyTokenUse, publishTokenTracking } from './authn/legacy-token-use.ts';
import { ServiceAccountTokens } from './authn/service-accounts.ts';
import type { Authorizer } from './authz/authorizer.ts';
import { authorizerOf } from './authz/chain.ts';
import { type AuthorizerChoice, DEFAULT_AUTHORIZERS } from './authz/configuration.ts';
import type { EscalationGuard } from './authz/escalation.ts';
import { NodeAuthorizer } from './authz/node.ts';
import { RbacAuthorizer } from './authz/rbac.ts';
import { Bootstrap } from './bootstrap/reconcile.ts';
import { type Connector, type Forwarder, KubeletConnector } from './connect/connector.ts';
import { Targets } from './connect/targets.ts';
import { Discovery } from './discovery/handlers.ts';
import type { Codec } from './encoding/codec.ts';
import { checkProduced, JSON_TYPE } from './encoding/negotiate.ts';
import { schemaCodec } from './encoding/schema-codec.ts';
import { DanglingReports } from './flowcontrol/dangling.ts';
import { PriorityAndFairness } from './flowcontrol/flow-control.ts';
import { flowControlMetrics } from './flowcontrol/metrics.ts';
import { OpenApi } from './openapi/handlers.ts';
import { openApiOfKinds } from './openapi/kinds-source.ts';
import { withRemoteDocuments } from './openapi/remote-source.ts';
import type { KindCatalog, RequestHandler } from './pipeline/backend.ts';
import { FrontDoor, type FrontDoorOptions } from './pipeline/front-door.ts';
import { headerOf } from './pipeline/http.ts';
import { lookupIn } from './pipeline/lookup.ts';
import { buildInfo, type MetricFamily, RequestMetricsRegistry, registerMetrics } from './pipeline/metrics.ts';
import { PathHandlers, readOnly } from './pipeline/path-handlers.ts';
import { resourceNotFound } from './pipeline/route.ts';
import { defaultVersion, Health, type HealthCheck, jsonAnswer, type VersionInfo } from './pipeline/status-paths.ts';
import { startTypeChecking } from './policies/type-checking.ts';
import type { Registry } from './registry/registry.ts';
import type { User } from './request.ts';
import { reviewVerbs } from './reviews/reviews.ts';
import { type TokenLimits, TokenRequests } from './reviews/token-request.ts';
import { adviceOf } from './served-kinds.ts';
import type { ApiServer } from './server.ts';
import type { HttpsCaller } from './webhooks/https-caller.ts';

export interface FrontOptions {
  /** The verbs behind the front door, as `createApiServer` makes them. */
  readonly server: RequestHandler &
    Pick<ApiServer, 'registry' | 'customVerbs' | 'admissionExtensions' | 'localTransport' | 'admitConnect' | 'metrics'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** With which service-account tokens are signed and checked. */
  readonly keys: JwtKeys;
  /** The `iss` of tokens; also their audience unless another is given. */
  readonly issuer: string;
  readonly audiences?: readonly string[];
  /** Tokens that stand for fixed users, such as the administrator's. */
  readonly tokens?: ReadonlyMap<string, User>;
  /** How long tokens of service accounts last. */
  readonly tokenLimits?: TokenLimits;
  /** Whether, or at which paths, requests without credentials are served as system:anonymous. Default true. */
  readonly anonymous?: boolean | readonly string[];
  /** Who is asked, and in which order, what may be done. Default Node, RBAC. */
  readonly authorizers?: readonly AuthorizerChoice[];
  /** Further ways of understanding bearer tokens, asked last. */
  readonly tokenAuthenticators?: readonly TokenAuthenticator[];
  /** Reaches kubelets and the backends of proxies; without it logs, exec and proxies are not implemented. */
  readonly forwarder?: Forwarder;
  /** Asks servers of aggregated APIs what they serve; without it they stay unavailable. */
  readonly httpsCaller?: HttpsCaller;
  /** Answers streaming subresources in another way than over kubelets' HTTP. */
  readonly connector?: Connector;
  readonly audit?: AuditSink;
  readonly gzip?: (pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  /** How long a request may take that does not last by its nature. Default 60 seconds. */
  readonly requestTimeoutMs?: number;
  /** Host and port under which clients in the cluster reach the server, as /api tells them. */
  readonly serverAddress?: string;
  readonly version?: VersionInfo;
  readonly healthChecks?: readonly HealthCheck[];
  /** Further metrics for /metrics. */
  readonly metrics?: () => readonly MetricFamily[];
  /** Authorities of clients' and of the front proxy's certificates, PEM, to be told to servers of aggregated APIs. */
  readonly clientAuthorities?: ClientAuthorities;
  /** The admission plugin that the server was given, to be told who may do what. */
  readonly escalationGuard?: EscalationGuard;
}

/** Everything between the sockets and the verbs. */
export interface Front extends Disposable {
  readonly frontDoor: FrontDoor;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly rbac: RbacAuthorizer;
  readonly tokens: ServiceAccountTokens;
  readonly health: Health;
}

/** The kinds of a registry. */
export function catalogOf(registry: Registry): KindCatalog {
  let known: readonly KindDefinition[] = [];
  let generation = -1;
  return {
    get generation() {
      return registry.generation;
    },
    kinds() {
      if (generation !== registry.generation) known = registry.resources().map((resource) => resource.kind);
      generation = registry.generation;
      return known;
    },
    find: (group, version, resource) => registry.find({ group, version, resource })?.kind,
  };
}

/** Puts the front door together and brings the bootstrap objects up to date; resolves when requests can be served. */
export async function createFront(options: FrontOptions): Promise<Front> {
  const { server, clock, random, logger } = options;
  const owned = new DisposableStore();
  const catalog = catalogOf(server.registry);
  const codec = schemaCodec(catalog);
  await new Bootstrap({ handler: server, logger }).run();
  const rbac = owned.add(new RbacAuthorizer({ handler: server, clock, logger }));
  const nodes = owned.add(new NodeAuthorizer({ handler: server, clock, logger }));
  const asked = { nodes, rbac, clock, logger, caller: options.httpsCaller };
  const authorizer = authorizerOf(options.authorizers ?? DEFAULT_AUTHORIZERS, asked);
  const flowControl = owned.add(new PriorityAndFairness({ handler: server, clock, logger }));
  options.escalationGuard?.use({ rbac, authorizer });
  server.admissionExtensions.useAuthorizer(authorizer);
  const lookup = lookupIn(server);
  const apiAudiences = options.audiences ?? [options.issuer];
  const tokens = new ServiceAccountTokens({
    keys: options.keys,
    issuer: options.issuer,
    apiAudiences,
    lookup,
    clock,
    random,
    onLegacyUse: noteLegacyTokenUse({ client: createClient(server.localTransport()), clock, logger }),
  });
  const tokenRequests = new TokenRequests({ issuer: tokens, lookup, clock, limits: options.tokenLimits });
  const authenticator = authenticatorOf(options, [tokens, new BootstrapTokens({ lookup, clock })]);
  const reviews = reviewVerbs({ authenticator, apiAudiences, authorizer });
  for (const [key, verb] of reviews) server.customVerbs.set(key, verb);
  server.customVerbs.set('/serviceaccounts/token', (request) => tokenRequests.create(request));
  owned.add(startTypeChecking({ server, clock, logger }));
  const { forwarder } = options;
  const targets = new Targets({ lookup, random });
  const connector = options.connector ?? (forwarder && new KubeletConnector({ targets, forwarder }));
  const health = new Health({ checks: options.healthChecks ?? [], clock });
  const metrics = new RequestMetricsRegistry();
  const builtIn = catalog.kinds().filter((kind) => !kind.isCustom);
  const caller = options.httpsCaller;
  const aggregation = owned.add(new Aggregation({ server, clock, random, logger, caller, forwarder }, builtIn));
  const paths = documentPaths(options, { aggregation, catalog, codec, health, metrics, flowControl });
  const frontDoor = owned.add(
    new FrontDoor({
      handler: server,
      catalog,
      authenticator,
      authorizer,
      codec,
      clock,
      random,
      logger,
      paths,
      flowControl,
      metrics,
      adviceOf,
      aggregation,
      admitConnect: (request) => server.admitConnect(request),
      ...(connector ? { connector } : {}),
      ...passedOn(options),
    }),
  );
  await publish(options);
  await Promise.all([rbac.synced, nodes.synced, flowControl.synced, aggregation.start()]);
  await reportDangling(flowControl, { handler: server, clock, logger });
  return { frontDoor, authenticator, authorizer, rbac, tokens, health, dispose: () => owned.dispose() };
}

/** Tells the cluster what it may want to know of the front door. */
async function publish({ server, clientAuthorities, clock }: FrontOptions): Promise<void> {
  const transport = server.localTransport();
  if (clientAuthorities) await publishAuthorities(transport, clientAuthorities);
  await publishTokenTracking(createClient(transport), clock.now());
}

/** Resolves once every flow schema says whether its level exists; from then on they are kept up to date. */
async function reportDangling(
  flowControl: PriorityAndFairness,
  options: ConstructorParameters<typeof DanglingReports>[0],
): Promise<void> {
  const reports = new DanglingReports(options);
  await reports.update(flowControl);
  flowControl.onChange = () => void reports.update(flowControl);
}

/** Knows fixed tokens first, then `own` ones, then those of others. */
function authenticatorOf(options: FrontOptions, own: readonly TokenAuthenticator[]): Authenticator {
  const { tokens = new Map<string, User>(), tokenAuthenticators = [], anonymous = true, clock } = options;
  const all = [staticTokens(tokens), ...own, ...tokenAuthenticators];
  return new Authenticator({ tokens: all, clock, anonymous, frontProxyNames: ['front-proxy-client'] });
}

/** What the front door is given as it is. */
function passedOn({ audit, gzip, requestTimeoutMs }: FrontOptions): Partial<FrontDoorOptions> {
  return { ...(audit ? { audit } : {}), ...(gzip ? { gzip } : {}), ...(requestTimeoutMs ? { requestTimeoutMs } : {}) };
}

interface DocumentParts {
  readonly aggregation: Aggregation;
  readonly catalog: KindCatalog;
  readonly codec: Codec;
  readonly health: Health;
  readonly metrics: RequestMetricsRegistry;
  readonly flowControl: PriorityAndFairness;
}

/** Paths that the list at `/` also has with their last slash. */
const TWICE_LISTED = ['/apis/', '/openapi/v3/'];

/** Everything that is served beside resources. */
function documentPaths(options: FrontOptions, parts: DocumentParts): PathHandlers {
  const { aggregation, catalog, codec, health, metrics, flowControl } = parts;
  const version = options.version ?? defaultVersion;
  const paths = new PathHandlers();
  const discovery = new Discovery({
    catalog,
    remote: aggregation,
    codec,
    serverAddress: () => options.serverAddress ?? '',
  });
  discovery.register(paths);
  health.register(paths);
  const source = openApiOfKinds({ catalog, title: 'Kubernetes', serverVersion: version.gitVersion });
  new OpenApi({ source: withRemoteDocuments(source, aggregation) }).register(paths);
  registerMetrics(paths, async () => [
    ...metrics.families(),
    ...(await options.server.metrics()),
    ...health.families(),
    buildInfo(version),
    ...flowControlMetrics(flowControl),
    ...(options.metrics?.() ?? []),
  ]);
  registerIssuerDiscovery(paths, options);
  const toldVersion = readOnly(({ headers }) => {
    checkProduced(headerOf(headers, 'accept'), { types: [JSON_TYPE] });
    return jsonAnswer(version);
  });
  paths.exact('/version', toldVersion).exact('/version/', toldVersion);
  // It is routed like a resource, so that anything below it is answered like one that is not there.
  paths.below('/version/', () => {
    throw resourceNotFound();
  });
  const index = () => jsonAnswer({ paths: [...paths.paths(), ...discovery.paths(), ...TWICE_LISTED].sort() });
  paths.exact('/', index).exact('/index.html', index);
  return paths;
}
