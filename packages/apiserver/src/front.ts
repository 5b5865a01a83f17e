import {
  type Clock,
  type Disposable,
  DisposableStore,
  type KindDefinition,
  type Logger,
  type Random,
} from '@kubets/core';
import type { AuditSink } from './audit/audit.ts';
import { Authenticator, staticTokens } from './authn/authenticator.ts';
import type { JwtKeys } from './authn/jwt.ts';
import { ServiceAccountTokens } from './authn/service-accounts.ts';
import { type Authorizer, firstOpinion, privilegedGroup } from './authz/authorizer.ts';
import { RbacAuthorizer } from './authz/rbac.ts';
import { Bootstrap } from './bootstrap/reconcile.ts';
import type { Connector } from './connect/connector.ts';
import { Discovery } from './discovery/handlers.ts';
import { schemaCodec } from './encoding/schema-codec.ts';
import type { KindCatalog, RequestHandler } from './pipeline/backend.ts';
import { FrontDoor } from './pipeline/front-door.ts';
import { lookupIn } from './pipeline/lookup.ts';
import { PathHandlers } from './pipeline/path-handlers.ts';
import { defaultVersion, Health, type HealthCheck, jsonAnswer, type VersionInfo } from './pipeline/status-paths.ts';
import type { Registry } from './registry/registry.ts';
import type { User } from './request.ts';

export interface FrontOptions {
  /** The verbs behind the front door, as `createApiServer` makes them. */
  readonly server: RequestHandler & { readonly registry: Registry };
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
  /** Whether requests without credentials are served as system:anonymous. Default true. */
  readonly anonymous?: boolean;
  readonly connector?: Connector;
  readonly audit?: AuditSink;
  readonly gzip?: (body: Uint8Array) => Promise<Uint8Array>;
  /** Host and port under which clients in the cluster reach the server, as /api tells them. */
  readonly serverAddress?: string;
  readonly version?: VersionInfo;
  readonly healthChecks?: readonly HealthCheck[];
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

/** The kinds of a registry; the generation rises when the set is another than at the last look. */
export function catalogOf(registry: Registry): KindCatalog {
  let known: readonly KindDefinition[] = [];
  let generation = 0;
  const refresh = () => {
    const kinds = registry.resources().map((resource) => resource.kind);
    if (kinds.length === known.length && kinds.every((kind, index) => kind === known[index])) return;
    known = kinds;
    generation++;
  };
  return {
    get generation() {
      refresh();
      return generation;
    },
    kinds() {
      refresh();
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
  const codec = schemaCodec(catalog, yamlText);
  await new Bootstrap({ handler: server, logger }).run();
  const rbac = owned.add(new RbacAuthorizer({ handler: server, clock, logger }));
  const authorizer = firstOpinion([privilegedGroup, rbac]);
  const tokens = new ServiceAccountTokens({
    keys: options.keys,
    issuer: options.issuer,
    apiAudiences: options.audiences ?? [options.issuer],
    lookup: lookupIn(server),
    clock,
    random,
  });
  const authenticator = new Authenticator({
    tokens: [staticTokens(options.tokens ?? new Map()), tokens],
    clock,
    anonymous: options.anonymous ?? true,
    frontProxyNames: ['front-proxy-client'],
  });
  const health = new Health({ checks: options.healthChecks ?? [], clock });
  const paths = new PathHandlers();
  new Discovery({ catalog, codec, serverAddress: () => options.serverAddress ?? '' }).register(paths);
  health.register(paths);
  paths.exact('/version', () => jsonAnswer(options.version ?? defaultVersion));
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
      customVerbs: new Map(),
      ...(options.connector ? { connector: options.connector } : {}),
      ...(options.audit ? { audit: options.audit } : {}),
      ...(options.gzip ? { gzip: options.gzip } : {}),
    }),
  );
  await rbac.synced;
  return { frontDoor, authenticator, authorizer, rbac, tokens, health, dispose: () => owned.dispose() };
}

/** Text forms of YAML; JSON is YAML, so it serves until there is a parser. */
const yamlText = {
  parse: (text: string): unknown => JSON.parse(text),
  format: (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`,
};
