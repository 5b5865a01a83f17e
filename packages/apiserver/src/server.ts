import type { Transport } from '@kubets/client';
import {
  type Clock,
  type Disposable,
  internalError,
  type KindDefinition,
  type Logger,
  type Random,
  StatusError,
  serviceUnavailable,
  silentLogger,
} from '@kubets/core';
import { type Store, StoreClosedError } from '@kubets/storage';
import { Admission, type AdmissionPlugin } from './admission/admission.ts';
import type { AdmissionConfiguration } from './admission/configuration.ts';
import { AdmissionExtensions } from './admission/extensions.ts';
import { Lookup } from './admission/lookup.ts';
import { chosenPlugins } from './admission/plugins.ts';
import { ClusterIps } from './allocators/cluster-ips.ts';
import { NodePorts } from './allocators/node-ports.ts';
import { PortRange } from './allocators/port-range.ts';
import { ServiceAllocator } from './allocators/services.ts';
import type { WriteHook } from './allocators/write-hook.ts';
import { BackgroundTasks } from './background.ts';
import { advertise, createBootstrapObjects } from './bootstrap-objects.ts';
import { admitConnect } from './connect/admit.ts';
import type { ConnectOptions } from './connect/options.ts';
import { ConvertingSink, convertedResult, withConversions } from './custom-resources/converted.ts';
import { CustomResources } from './custom-resources/custom-resources.ts';
import { customResourceTermination } from './custom-resources/deletion.ts';
import { protobufForms } from './encoding/protobuf-forms.ts';
import { localTransport } from './local-transport.ts';
import type { MetricFamily } from './pipeline/metrics.ts';
import { Expiry } from './registry/expiry.ts';
import { storageMetrics } from './registry/metrics.ts';
import { Registry } from './registry/registry.ts';
import { selectorOf } from './registry/selectors.ts';
import type { AuthenticatedRequest, User, VerbResult, WatchSink } from './request.ts';
import { type RuntimeConfig, servedKinds } from './served-kinds.ts';
import type { ServerContext } from './server-context.ts';
import { loopbackUser } from './system-users.ts';
import { Turns, yieldToLoop } from './turns.ts';
import { type CustomVerb, dispatch, noSuchResource } from './verbs/dispatch.ts';
import { watch } from './verbs/watch.ts';
import type { ProtobufForms } from './watch-cache/cached-object.ts';
import type { HttpsCaller } from './webhooks/https-caller.ts';
import { WebhookClient } from './webhooks/webhook-client.ts';

export interface ApiServerOptions {
  /** Where the state is; the server does not close it. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** Which versions of the built-in kinds are served, retired ones among them: `{ 'legacy/all': true }`. */
  readonly runtimeConfig?: RuntimeConfig;
  /** What is served instead of the built-in kinds; nothing is created at the start then. */
  readonly kinds?: readonly KindDefinition[];
  /** Further admission plugins, behind the built-in ones but before quotas are charged. */
  readonly admission?: readonly AdmissionPlugin[];
  /** Address ranges of services, one a family, the default family first. Default 10.96.0.0/12. */
  readonly serviceCidrs?: readonly string[];
  /** Ports that services may have on every node. Default 30000 to 32767. */
  readonly nodePorts?: { readonly first: number; readonly last: number };
  /** Names of admission plugins that are off by default and are to run. */
  readonly enabledAdmission?: readonly string[];
  /** Names of admission plugins that are left out. */
  readonly disabledAdmission?: readonly string[];
  /** What admission plugins are told. */
  readonly admissionConfiguration?: AdmissionConfiguration;
  /** Calls webhooks; without it they are not implemented. */
  readonly httpsCaller?: HttpsCaller;
  /** Makes the protobuf forms of objects; the usual ones when absent. */
  readonly protobuf?: ProtobufForms;
}

/** The verbs over the store: everything behind authentication and authorization. */
export interface ApiServer {
  readonly registry: Registry;
  /**
   * Answers to creates of what is not stored but computed (reviews, tokens), by `group/resource` or
   * `group/resource/subresource`. Whoever knows how adds them.
   */
  readonly customVerbs: Map<string, CustomVerb>;
  /** Webhooks and policies, to be told who may do what. */
  readonly admissionExtensions: AdmissionExtensions;
  /** Runs one request of any verb but watch. Failures are thrown as `StatusError`. */
  handle(request: AuthenticatedRequest): Promise<VerbResult>;
  /**
   * Asks the admission plugins about a connection: a request of the verb `connect` whose body are its options. Returns the options
   * to go on with, the very ones where no plugin has changed them.
   */
  admitConnect(request: AuthenticatedRequest): Promise<ConnectOptions>;
  /** Starts a watch; a malformed request throws at once, anything later reaches the sink's `onEnd`. */
  watch(request: AuthenticatedRequest, sink: WatchSink): Disposable;
  /** A transport for parts in the same process, by default with all rights. */
  localTransport(user?: User): Transport;
  /** Publishes, as endpoints of the service `kubernetes`, where clients in the cluster reach the server. */
  advertise(endpoint: { address: string; port: number }): Promise<void>;
  /** What it knows of admission and of what is stored. */
  metrics(): Promise<MetricFamily[]>;
  close(): Promise<void>;
}

const DEFAULT_SERVICE_CIDRS = ['10.96.0.0/12'];
const DEFAULT_NODE_PORTS = { first: 30_000, last: 32_767 };

/** Puts an API server together over a store, and creates in it what every cluster has. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, clock, random, logger = silentLogger } = options;
  const kinds = options.kinds ?? servedKinds(options.runtimeConfig);
  const registry = new Registry({ store, kinds, protobuf: options.protobuf ?? protobufForms, yieldToLoop });
  const extensions = new AdmissionExtensions({
    lookup: new Lookup(() => context),
    random,
    logger,
    caller: options.httpsCaller,
  });
  const webhooks = new WebhookClient({ lookup: new Lookup(() => context), random, caller: options.httpsCaller });
  const hooks = new Map<string, WriteHook>();
  let custom: CustomResources | undefined;
  const termination = customResourceTermination((group, resource) => custom?.definitionOf(group, resource));
  const context: ServerContext = {
    store,
    registry,
    admission: new Admission(
      [termination, ...admissionPlugins(options, { context: () => context, extensions })],
      clock,
    ),
    customVerbs: new Map(),
    hooks,
    expiry: new Expiry({ store, clock }),
    clock,
    random,
    logger,
    yieldToLoop,
    turns: new Turns(clock),
  };
  const serviceCidrs = options.serviceCidrs ?? DEFAULT_SERVICE_CIDRS;
  const ips = new ClusterIps(context, serviceCidrs);
  const { first, last } = options.nodePorts ?? DEFAULT_NODE_PORTS;
  const ports = new NodePorts(context, new PortRange(first, last));
  hooks.set('/services', new ServiceAllocator(context, { ips, ports }));
  const { server, customResources } = assemble(context, { extensions, webhooks });
  custom = customResources;
  await customResources.start();
  const bootstrap = { serviceCidrs, serviceIp: ips.firstAddress, nowMs: clock.now() };
  if (!options.kinds) await createBootstrapObjects(server.localTransport(), bootstrap);
  return server;
}

function assemble(
  context: ServerContext,
  { extensions, webhooks }: { extensions: AdmissionExtensions; webhooks: WebhookClient },
): { server: ApiServer; customResources: CustomResources } {
  const { registry, customVerbs } = context;
  const background = new BackgroundTasks(context);
  const server: ApiServer = {
    registry,
    customVerbs,
    admissionExtensions: extensions,
    handle: async (request) => {
      try {
        return await handle(context, customResources, request);
      } catch (error) {
        throw asStatusError(error, context);
      }
    },
    admitConnect: async (request) => {
      try {
        return await admitConnect(context, request);
      } catch (error) {
        throw asStatusError(error, context);
      }
    },
    watch: (request, sink) => startWatch(context, customResources, request, sink),
    localTransport: (user = loopbackUser) => localTransport(server, { user, turns: context.turns }),
    advertise: ({ address, port }) => advertise(server.localTransport(), address, port),
    metrics: async () => [...context.admission.metrics.families(), ...(await storageMetrics(context))],
    async close() {
      background.dispose();
      customResources.dispose();
      registry.close();
    },
  };
  const customResources = new CustomResources(context, { transport: server.localTransport(), webhooks });
  return { server, customResources };
}

function admissionPlugins(
  options: ApiServerOptions,
  { context, extensions }: { context: () => ServerContext; extensions: AdmissionExtensions },
): AdmissionPlugin[] {
  const { enabledAdmission: enabled, disabledAdmission: disabled, admissionConfiguration: configuration } = options;
  const further = [...(options.admission ?? []), ...extensions.plugins];
  return chosenPlugins({ enabled, disabled, configuration }, { server: context, further, caller: options.httpsCaller });
}

/** Custom resources of which a webhook knows the versions take a turn more. */
async function handle(
  context: ServerContext,
  customResources: CustomResources,
  request: AuthenticatedRequest,
): Promise<VerbResult> {
  if (!customResources.isConverted(request.resource)) return dispatch(context, request);
  return convertedResult(await withConversions(() => dispatch(context, request)));
}

function startWatch(
  context: ServerContext,
  customResources: CustomResources,
  request: AuthenticatedRequest,
  sink: WatchSink,
): Disposable {
  const resource = context.registry.find(request.resource);
  if (!resource) throw noSuchResource();
  if (!resource.kind.verbs.includes('watch')) {
    throw new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'watch is not supported' });
  }
  if (!customResources.isConverted(request.resource)) return watch(context, request, { resource, sink });
  const { matches } = selectorOf(request.options, resource.kind);
  return watch(context, request, { resource, sink: new ConvertingSink(sink, matches) });
}

/** What went wrong below the verbs, as clients are told. */
function asStatusError(error: unknown, { logger }: ServerContext): unknown {
  if (error instanceof StoreClosedError) return serviceUnavailable('apiserver is shutting down');
  if (error instanceof StatusError) return error;
  logger.log('error', 'a request failed', { error });
  return internalError(error);
}
