import type { ObjectEvent } from './cached-object.ts';

/** How much of the past one kind keeps for watches that resume. */
const MAX_EVENTS = 20_000;
const MAX_BYTES = 32 << 20;

/** The latest events of one kind, in order. */
export class EventWindow {
  #events: ObjectEvent[] = [];
  /** Index of the oldest event that still counts; the array is cut now and then. */
  #head = 0;
  #bytes = 0;
  /** Every event after this revision is here. */
  #since: number;

  constructor(sinceRevision: number) {
    this.#since = sinceRevision;
  }

  get since(): number {
    return this.#since;
  }

  push(event: ObjectEvent): void {
    this.#events.push(event);
    this.#bytes += event.stored.value.length;
    while (this.#events.length - this.#head > MAX_EVENTS || this.#bytes > MAX_BYTES) this.#drop();
  }

  /** Events after `revision`; the caller has checked that it is not before `since`. */
  after(revision: number): ObjectEvent[] {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.stored.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }

  /** Forgets events that are no newer than `revision`. */
  forget(revision: number): void {
    while (this.#head < this.#events.length && this.#events[this.#head]!.stored.revision <= revision) this.#drop();
    this.#since = Math.max(this.#since, revision);
  }

  #drop(): void {
    const event = this.#events[this.#head]!;
    this.#bytes -= event.stored.value.length;
    this.#since = event.stored.revision;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }
}
