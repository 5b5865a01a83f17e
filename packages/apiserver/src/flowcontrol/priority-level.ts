import { type Clock, type Disposable, type StatusError, tooManyRequests } from '@kubets/core';
import type { FlowTicket } from './flow-control.ts';
import type { FlowStats } from './stats.ts';

export interface LevelSettings {
  readonly uid: string;
  readonly exempt: boolean;
  readonly shares: number;
  readonly lendablePercent: number;
  readonly borrowingLimitPercent: number | undefined;
  /** Absent: requests beyond the level's seats are refused at once. */
  readonly queuing:
    | { readonly queues: number; readonly handSize: number; readonly queueLengthLimit: number }
    | undefined;
}

/** A request waits for so long at most. */
export const MAX_WAIT_MS = 15_000;
const RETRY_AFTER_SECONDS = 1;

/** Whose request it is. */
interface Entering {
  readonly uid: string;
  readonly stats?: FlowStats;
}

interface Waiting {
  readonly schema: Entering;
  readonly sinceMs: number;
  readonly timeout: Disposable;
  resolve(ticket: FlowTicket): void;
  reject(error: StatusError): void;
}

interface Queue {
  readonly requests: Waiting[];
  /** How much this queue has been served; the least served one is next. */
  served: number;
}

function refused(): StatusError {
  return tooManyRequests('too many requests, please try again later.', RETRY_AFTER_SECONDS);
}

/** The queues of a flow: a few of all, always the same, so that one flow cannot fill them all (shuffle sharding). */
export function dealHand(flow: string, queues: number, handSize: number): number[] {
  let hash = 0x811c9dc5;
  for (let i = 0; i < flow.length; i++) hash = Math.imul(hash ^ flow.charCodeAt(i), 0x01000193);
  const hand: number[] = [];
  const deck = Array.from({ length: queues }, (_, index) => index);
  for (let dealt = 0; dealt < Math.min(handSize, queues); dealt++) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + dealt;
    const at = dealt + ((hash >>> 0) % (queues - dealt));
    [deck[dealt], deck[at]] = [deck[at]!, deck[dealt]!];
    hand.push(deck[dealt]!);
  }
  return hand;
}

/** One priority level: its seats, and the queues of those that wait for one. */
export class PriorityLevel {
  readonly name: string;
  readonly #clock: Clock;
  readonly #mayBorrow: (level: PriorityLevel) => boolean;
  readonly #hands = new Map<string, number[]>();
  settings: LevelSettings;
  seats: number;
  inUse = 0;
  waiting = 0;
  #queues: Queue[] = [];
  #turn = 0;

  constructor(options: {
    name: string;
    settings: LevelSettings;
    seats: number;
    clock: Clock;
    mayBorrow: (level: PriorityLevel) => boolean;
  }) {
    this.name = options.name;
    this.settings = options.settings;
    this.seats = options.seats;
    this.#clock = options.clock;
    this.#mayBorrow = options.mayBorrow;
  }

  get uid(): string {
    return this.settings.uid;
  }

  configure(settings: LevelSettings, seats: number): void {
    const changed =
      settings.queuing?.queues !== this.settings.queuing?.queues ||
      settings.queuing?.handSize !== this.settings.queuing?.handSize;
    this.settings = settings;
    this.seats = seats;
    if (changed) this.#hands.clear();
    this.#dispatch();
  }

  /** Turns everybody away who waits. */
  close(): void {
    for (const queue of this.#queues) for (const waiting of queue.requests.splice(0)) this.#turnAway(waiting);
  }

  enter(schema: Entering, flow: string): FlowTicket | Promise<FlowTicket> {
    if (this.waiting === 0 && this.#hasSeat()) return this.#seat(schema, 0);
    const queue = this.#queueFor(flow);
    if (!queue) {
      schema.stats?.reject(this.settings.queuing ? 'queue-full' : 'concurrency-limit', 0);
      throw refused();
    }
    return new Promise((resolve, reject) => {
      const timeout = this.#clock.after(MAX_WAIT_MS, () => {
        const at = queue.requests.indexOf(waiting);
        if (at < 0) return;
        queue.requests.splice(at, 1);
        this.#turnAway(waiting);
      });
      const waiting: Waiting = { schema, sinceMs: this.#clock.monotonicMs(), timeout, resolve, reject };
      if (queue.requests.length === 0) queue.served = Math.max(queue.served, this.#turn);
      queue.requests.push(waiting);
      this.waiting++;
      if (schema.stats) schema.stats.waiting++;
      this.#dispatch();
    });
  }

  #hasSeat(): boolean {
    return this.inUse < this.seats || this.#mayBorrow(this);
  }

  #seat({ uid, stats }: Entering, waitedMs: number): FlowTicket {
    this.inUse++;
    stats?.begin(waitedMs);
    let held = true;
    return {
      flowSchemaUid: uid,
      priorityLevelUid: this.uid,
      release: () => {
        if (!held) return;
        held = false;
        this.inUse--;
        stats?.end();
        if (this.waiting > 0) this.#dispatch();
      },
    };
  }

  /** The shortest queue of the flow's hand; undefined when even that is full. */
  #queueFor(flow: string): Queue | undefined {
    const { queuing } = this.settings;
    if (!queuing) return undefined;
    while (this.#queues.length < queuing.queues) this.#queues.push({ requests: [], served: 0 });
    let hand = this.#hands.get(flow);
    if (!hand) {
      hand = dealHand(flow, queuing.queues, queuing.handSize);
      this.#hands.set(flow, hand);
    }
    let best: Queue | undefined;
    for (const index of hand) {
      const queue = this.#queues[index]!;
      if (!best || queue.requests.length < best.requests.length) best = queue;
    }
    return best && best.requests.length < queuing.queueLengthLimit ? best : undefined;
  }

  /** Seats those who wait, the least served queue first. */
  #dispatch(): void {
    while (this.waiting > 0 && this.#hasSeat()) {
      let next: Queue | undefined;
      for (const queue of this.#queues)
        if (queue.requests.length > 0 && (!next || queue.served < next.served)) next = queue;
      const waiting = next!.requests.shift()!;
      this.#turn = next!.served;
      next!.served++;
      this.waiting--;
      waiting.timeout.dispose();
      if (waiting.schema.stats) waiting.schema.stats.waiting--;
      waiting.resolve(this.#seat(waiting.schema, this.#clock.monotonicMs() - waiting.sinceMs));
      if (this.waiting === 0) this.#hands.clear();
    }
  }

  #turnAway(waiting: Waiting): void {
    this.waiting--;
    waiting.timeout.dispose();
    const { schema, sinceMs } = waiting;
    if (schema.stats) schema.stats.waiting--;
    schema.stats?.reject('time-out', this.#clock.monotonicMs() - sinceMs);
    waiting.reject(refused());
  }
}
