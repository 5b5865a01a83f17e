import {
  type FlowSchema,
  flowSchemaKind,
  type PriorityLevelConfiguration,
  priorityLevelConfigurationKind,
} from '@kubets/api';
import {
  type Clock,
  type Disposable,
  DisposableStore,
  type KindDefinition,
  type KubeObject,
  type Logger,
} from '@kubets/core';
import type { RequestHandler } from '../pipeline/backend.ts';
import { Mirror } from '../pipeline/mirror.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';
import { type CompiledFlowSchema, compileFlowSchema, flowOf, matchesRequest, matchesUser } from './flow-schemas.ts';
import { type LevelSettings, PriorityLevel } from './priority-level.ts';
import { type FlowStats, FlowStatsRegistry } from './stats.ts';

/** A place in the server for one request. */
export interface FlowTicket {
  readonly flowSchemaUid: string;
  readonly priorityLevelUid: string;
  /** Gives the place up; more than once is harmless. */
  release(): void;
}

/** Decides when a request is served. */
export interface FlowControl {
  /** The ticket, at once or after waiting in a queue. Throws 429 when the queue is full or the wait too long. */
  enter(info: RequestInfo, user: User): FlowTicket | Promise<FlowTicket>;
}

/** Requests that are served at one time, over all levels: upstream's 400 reading and 200 writing ones. */
export const DEFAULT_CONCURRENCY = 600;

interface SchemasOfUser {
  readonly generation: number;
  readonly schemas: readonly CompiledFlowSchema[];
}

/**
 * API priority and fairness: each request belongs to a flow schema, which names a priority level and tells flows apart.
 * A level serves as many requests at a time as its share of the whole allows; the flows beyond that wait in queues, which
 * take turns.
 */
export class PriorityAndFairness implements FlowControl, Disposable {
  readonly #owned = new DisposableStore();
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #schemas: Mirror<FlowSchema>;
  readonly #configurations: Mirror<PriorityLevelConfiguration>;
  readonly #levels = new Map<string, PriorityLevel>();
  readonly #byUser = new WeakMap<User, SchemasOfUser>();
  readonly #stats = new FlowStatsRegistry();
  #compiled: CompiledFlowSchema[] = [];
  #generation = 0;
  /** Called after every change of schemas or levels, once both are known. */
  onChange: (() => void) | undefined;
  readonly synced: Promise<unknown>;

  constructor(options: { handler: RequestHandler; clock: Clock; logger: Logger; concurrency?: number }) {
    this.#clock = options.clock;
    this.#concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    const mirror = <T extends KubeObject>(kind: KindDefinition<T>, changed: () => void) => {
      const listener = { onReplace: changed, onSet: changed, onDelete: changed };
      return this.#owned.add(new Mirror<T>({ ...options, kind, listener }));
    };
    this.#schemas = mirror(flowSchemaKind, () => this.#compileSchemas());
    this.#configurations = mirror(priorityLevelConfigurationKind, () => this.#compileLevels());
    this.synced = Promise.all([this.#schemas.synced, this.#configurations.synced]);
  }

  dispose(): void {
    this.#owned.dispose();
    for (const level of this.#levels.values()) level.close();
  }

  enter(info: RequestInfo, user: User): FlowTicket | Promise<FlowTicket> {
    const schema = this.#classify(info, user);
    const level = schema && this.#levels.get(schema.level);
    if (!schema || !level) return NO_LIMIT;
    if (level.settings.exempt) return schema.exemptTicket(level.uid);
    return level.enter(schema, flowOf(schema, info, user));
  }

  /** What becomes of requests, for metrics. */
  stats(): Iterable<FlowStats> {
    return this.#stats.values();
  }

  /** Levels with their seats, for metrics. */
  levels(): Iterable<PriorityLevel> {
    return this.#levels.values();
  }

  schemas(): Iterable<FlowSchema> {
    return this.#schemas.values();
  }

  hasLevel(name: string): boolean {
    return this.#levels.has(name);
  }

  #classify(info: RequestInfo, user: User): CompiledFlowSchema | undefined {
    let known = this.#byUser.get(user);
    if (!known || known.generation !== this.#generation) {
      known = { generation: this.#generation, schemas: this.#compiled.filter((schema) => matchesUser(schema, user)) };
      this.#byUser.set(user, known);
    }
    for (const schema of known.schemas) if (matchesRequest(schema, info, user)) return schema;
    return undefined;
  }

  #compileSchemas(): void {
    this.#compiled = [...this.#schemas.values()]
      .map((schema) => compileFlowSchema(schema, this.#stats))
      .sort((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1));
    this.#generation++;
    this.onChange?.();
  }

  #compileLevels(): void {
    const settings = new Map(
      [...this.#configurations.values()].map((each) => [each.metadata.name ?? '', settingsOf(each)]),
    );
    let shares = 0;
    for (const each of settings.values()) shares += each.shares;
    for (const [name, level] of this.#levels) {
      if (settings.has(name)) continue;
      this.#levels.delete(name);
      level.close();
    }
    for (const [name, each] of settings) {
      const seats = each.exempt ? 0 : Math.ceil((this.#concurrency * each.shares) / Math.max(shares, 1));
      const known = this.#levels.get(name);
      if (known) known.configure(each, seats);
      else
        this.#levels.set(
          name,
          new PriorityLevel({
            name,
            settings: each,
            seats,
            clock: this.#clock,
            mayBorrow: (level) => this.#mayBorrow(level),
          }),
        );
    }
    this.onChange?.();
  }

  /** A full level may use what the others are ready to lend and do not use themselves. */
  #mayBorrow(borrower: PriorityLevel): boolean {
    let taken = borrower.inUse + 1;
    for (const level of this.#levels.values()) {
      if (level === borrower || level.settings.exempt) continue;
      const kept = Math.ceil(level.seats * (1 - level.settings.lendablePercent / 100));
      taken += Math.max(level.inUse + level.waiting, kept);
    }
    const limit = borrower.settings.borrowingLimitPercent;
    const within = limit === undefined || borrower.inUse < borrower.seats * (1 + limit / 100);
    return within && taken <= this.#concurrency;
  }
}

const NO_LIMIT: FlowTicket = { flowSchemaUid: '', priorityLevelUid: '', release() {} };

function settingsOf(configuration: PriorityLevelConfiguration): LevelSettings {
  const { spec, metadata } = configuration;
  const uid = metadata.uid ?? '';
  if (spec?.type === 'Exempt')
    return { uid, exempt: true, shares: 0, lendablePercent: 0, borrowingLimitPercent: undefined, queuing: undefined };
  const limited = spec?.limited;
  return {
    uid,
    exempt: false,
    shares: limited?.nominalConcurrencyShares ?? 30,
    lendablePercent: limited?.lendablePercent ?? 0,
    borrowingLimitPercent: limited?.borrowingLimitPercent ?? undefined,
    queuing: limited?.limitResponse?.type === 'Queue' ? queuingOf(limited.limitResponse.queuing ?? {}) : undefined,
  };
}

function queuingOf(given: { queues?: number; handSize?: number; queueLengthLimit?: number }) {
  const { queues = 64, handSize = 8, queueLengthLimit = 50 } = given;
  return { queues, handSize, queueLengthLimit };
}
