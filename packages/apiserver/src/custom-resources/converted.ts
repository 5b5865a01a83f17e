import type { KubeObject } from '@kubets/core';
import type { ObjectSelector } from '../registry/selectors.ts';
import type { CacheEvent, Encoding, StoredObject, VerbResult, WatchSink } from '../request.ts';
import { ConversionNeeded } from './conversion.ts';

/** Objects that are converted with one request. */
const BATCH = 500;
/** How often a request begins anew because it needs one more conversion. */
const MAX_CONVERSIONS = 1000;

const encoder = new TextEncoder();

/** Runs `attempt`, again after each conversion that it turns out to need. Until it writes, it may only read. */
export async function withConversions<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConversionNeeded) || count === MAX_CONVERSIONS) throw error;
      await ConversionNeeded.fulfil([error]);
    }
  }
}

/** An answer whose objects have been converted, and stay so until they are encoded. */
export async function convertedResult(result: VerbResult): Promise<VerbResult> {
  if (result.type === 'object') {
    const [stored] = await convertedObjects([result.stored]);
    return { ...result, stored: stored! };
  }
  return result.type === 'list' ? { ...result, items: await convertedObjects(result.items) } : result;
}

async function convertedObjects(items: readonly StoredObject[]): Promise<StoredObject[]> {
  const converted: StoredObject[] = [];
  for (let at = 0; at < items.length; at += BATCH)
    converted.push(...(await convertedBatch(items.slice(at, at + BATCH))));
  return converted;
}

async function convertedBatch(items: readonly StoredObject[]): Promise<StoredObject[]> {
  const needed: ConversionNeeded[] = [];
  for (const item of items) {
    try {
      void item.object;
    } catch (error) {
      if (!(error instanceof ConversionNeeded)) throw error;
      needed.push(error);
    }
  }
  if (needed.length > 0) await ConversionNeeded.fulfil(needed);
  return Promise.all(items.map((item) => withConversions(async () => new ConvertedObject(item))));
}

class ConvertedObject implements StoredObject {
  readonly key: string;
  readonly revision: number;
  readonly object: KubeObject;

  constructor({ key, revision, object }: StoredObject) {
    this.key = key;
    this.revision = revision;
    this.object = object;
  }

  encoded(encoding: Encoding): Uint8Array {
    if (encoding === 'protobuf') throw new Error('custom resources have no protobuf form');
    return encoder.encode(JSON.stringify(this.object));
  }
}

/** Passes a watch's events on once their objects have been converted, in order. A conversion that fails ends the watch. */
export class ConvertingSink implements WatchSink {
  readonly #sink: WatchSink;
  readonly #matches: ObjectSelector['matches'];
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #ended = false;

  /** `matches` decides again once objects can be seen: before, `lenient` has let through what could not. */
  constructor(sink: WatchSink, matches: ObjectSelector['matches']) {
    this.#sink = sink;
    this.#matches = matches;
  }

  onEvents(events: readonly CacheEvent[]): void {
    this.#waiting++;
    this.#last = this.#last
      .then(async () => {
        if (this.#ended) return;
        const converted = await convertedEvents(events);
        const visible = converted.flatMap((event) => this.#view(event) ?? []);
        if (!this.#ended && visible.length > 0) this.#sink.onEvents(visible);
      })
      .catch((error) => this.#end(error))
      .finally(() => {
        this.#waiting--;
      });
  }

  onEnd(error?: unknown): void {
    if (this.#waiting === 0) this.#end(error);
    else this.#last = this.#last.then(() => this.#end(error));
  }

  pendingBytes(): number {
    return this.#sink.pendingBytes?.() ?? 0;
  }

  #view(event: CacheEvent): CacheEvent | undefined {
    const { type, stored } = event;
    if (!this.#matches || type === 'BOOKMARK') return event;
    if (this.#matches({ labels: stored.object.metadata.labels, object: stored.object })) return event;
    return type === 'MODIFIED' ? eventOf('DELETED', stored) : undefined;
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.onEnd(error);
  }
}

async function convertedEvents(events: readonly CacheEvent[]): Promise<CacheEvent[]> {
  const changes = events.filter(({ type }) => type !== 'BOOKMARK');
  const objects = await convertedObjects(changes.map(({ stored }) => stored));
  let next = 0;
  return events.map((event) => (event.type === 'BOOKMARK' ? event : eventOf(event.type, objects[next++]!)));
}

function eventOf(type: CacheEvent['type'], stored: StoredObject): CacheEvent {
  return {
    type,
    stored,
    frame: () => encoder.encode(`{"type":"${type}","object":${JSON.stringify(stored.object)}}\n`),
  };
}

/** A selector for a watch, which cannot wait for conversions: what it cannot see yet, it lets through. */
export function lenient(matches: ObjectSelector['matches']): ObjectSelector['matches'] {
  if (!matches) return undefined;
  return (candidate) => {
    try {
      return matches(candidate);
    } catch (error) {
      if (error instanceof ConversionNeeded) return true;
      throw error;
    }
  };
}
