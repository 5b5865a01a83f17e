import type { Store } from '@kubets/storage';
import type { ObjectEvent } from './cached-object.ts';

/** How much of the past one kind keeps for watches that resume. */
const MAX_EVENTS = 20_000;
/** Events of one kind that stay although the store has forgotten their time. */
const MIN_EVENTS = 100;
/** How much of the past all kinds of a server keep. */
const MAX_BYTES = 32 << 20;
/** What an event takes beside the bytes that it holds. */
const EVENT_BYTES = 400;

/** What the windows of all kinds may take together; the kind with most gives way. */
export class WindowBudget {
  readonly #maxBytes: number;
  readonly #windows = new Set<EventWindow>();
  #bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  join(window: EventWindow): void {
    this.#windows.add(window);
  }

  leave(window: EventWindow): void {
    this.#windows.delete(window);
  }

  take(bytes: number): void {
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) {
      const largest = this.#largest();
      if (!largest?.dropOldest()) return;
    }
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }

  #largest(): EventWindow | undefined {
    let largest: EventWindow | undefined;
    for (const window of this.#windows) if (!largest || window.bytes > largest.bytes) largest = window;
    return largest;
  }
}

const budgets = new WeakMap<Store, WindowBudget>();

/** The one budget of all caches that stand on `store`. */
export function windowBudgetOf(store: Store): WindowBudget {
  let budget = budgets.get(store);
  if (!budget) {
    budget = new WindowBudget();
    budgets.set(store, budget);
  }
  return budget;
}

/** The latest events of one kind, in order. */
export class EventWindow {
  readonly #budget: WindowBudget;
  /** Empty before `#head`. */
  #events: (ObjectEvent | undefined)[] = [];
  /** What each event counts for, beside it. */
  #costs: number[] = [];
  /** Index of the oldest event that still counts; the arrays are cut now and then. */
  #head = 0;
  #bytes = 0;
  /** Every event after this revision is here. */
  #since: number;

  constructor(sinceRevision: number, budget: WindowBudget) {
    this.#since = sinceRevision;
    this.#budget = budget;
    budget.join(this);
  }

  get since(): number {
    return this.#since;
  }

  /** What the events here count for. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#events.length - this.#head;
  }

  push(event: ObjectEvent): void {
    // What an event replaced was counted with the event that brought it.
    const cost = EVENT_BYTES + (event.stored.isLent ? 0 : event.stored.length);
    this.#events.push(event);
    this.#costs.push(cost);
    this.#bytes += cost;
    if (this.size > MAX_EVENTS) this.dropOldest();
    this.#budget.take(cost);
  }

  /** Events after `revision`; the caller has checked that it is not before `since`. */
  after(revision: number): ObjectEvent[] {
    return this.#events.slice(this.#firstAfter(revision)) as ObjectEvent[];
  }

  /** Forgets events that are no newer than `revision`. */
  forget(revision: number): void {
    this.#cut(this.#firstAfter(revision));
    this.#since = Math.max(this.#since, revision);
  }

  /** The store is about to forget what was before `revision`: a few events take back what they need of it, the others go. */
  outlive(revision: number): void {
    this.#cut(Math.max(this.#head, Math.min(this.#firstAfter(revision), this.#events.length - MIN_EVENTS)));
    // Places have changed where the arrays were cut.
    const end = this.#firstAfter(revision);
    let more = 0;
    for (let index = this.#head; index < end; index++) {
      const cost = EVENT_BYTES + this.#events[index]!.hold();
      more += cost - this.#costs[index]!;
      this.#costs[index] = cost;
    }
    this.#bytes += more;
    this.#budget.take(more);
  }

  /** False when there is none. */
  dropOldest(): boolean {
    if (this.size === 0) return false;
    this.#cut(this.#head + 1);
    return true;
  }

  /** Forgets everything. */
  close(): void {
    this.#cut(this.#events.length);
    this.#budget.leave(this);
  }

  #firstAfter(revision: number): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.stored.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Drops everything before `end`. */
  #cut(end: number): void {
    for (; this.#head < end; this.#head++) {
      const cost = this.#costs[this.#head]!;
      this.#bytes -= cost;
      this.#budget.giveBack(cost);
      this.#since = this.#events[this.#head]!.stored.revision;
      this.#events[this.#head] = undefined;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#costs = this.#costs.slice(this.#head);
      this.#head = 0;
    }
  }
}
