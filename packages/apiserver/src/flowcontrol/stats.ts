import { Histogram, labels } from '../pipeline/series.ts';

const WAIT_BUCKETS_SECONDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
/** Combinations of schema and level beyond this are counted together. */
const MAX_STATS = 1000;

/** Why a request is not served: its queues are full, its level has none, or it has waited too long. */
export type Rejection = 'queue-full' | 'concurrency-limit' | 'time-out';

/** What becomes of the requests of one flow schema at one level. */
export class FlowStats {
  readonly schema: string;
  readonly level: string;
  executing = 0;
  waiting = 0;
  dispatched = 0;
  readonly rejected = new Map<Rejection, number>();
  readonly #served: Histogram;
  readonly #refused: Histogram;

  constructor(schema: string, level: string) {
    this.schema = schema;
    this.level = level;
    const waits = (execute: string) =>
      new Histogram(WAIT_BUCKETS_SECONDS, labels({ execute, flow_schema: schema, priority_level: level }));
    this.#served = waits('true');
    this.#refused = waits('false');
  }

  /** A request is served after it has waited so long. */
  begin(waitedMs: number): void {
    this.executing++;
    this.dispatched++;
    if (waitedMs > 0) this.#served.observe(waitedMs / 1000);
  }

  end(): void {
    this.executing--;
  }

  reject(why: Rejection, waitedMs: number): void {
    this.rejected.set(why, (this.rejected.get(why) ?? 0) + 1);
    this.#refused.observe(waitedMs / 1000);
  }

  *waitLines(name: string): Iterable<string> {
    // Most requests do not wait at all, and cost nothing here.
    if (this.dispatched > 0) yield* this.#served.lines(name, this.dispatched - this.#served.count);
    if (this.#refused.count > 0) yield* this.#refused.lines(name);
  }
}

/** Those of all schemas and levels that have been met. */
export class FlowStatsRegistry {
  readonly #all = new Map<string, FlowStats>();

  of(schema: string, level: string): FlowStats {
    const isFull = this.#all.size >= MAX_STATS;
    const known = this.#all.get(`${schema} ${level}`);
    if (known || !isFull) return known ?? this.#add(schema, level);
    return this.#all.get(' ') ?? this.#add('', '');
  }

  values(): Iterable<FlowStats> {
    return this.#all.values();
  }

  #add(schema: string, level: string): FlowStats {
    const stats = new FlowStats(schema, level);
    this.#all.set(`${schema} ${level}`, stats);
    return stats;
  }
}
