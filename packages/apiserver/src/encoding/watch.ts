import type { KindDefinition, KubeObject, Status } from '@kubets/core';
import { encodeWatchEvent, internalError, StatusError } from '@kubets/core';
import type { CacheEvent } from '../request.ts';
import type { Codec } from './codec.ts';
import type { Presentation } from './encode.ts';
import { lengthPrefixed } from './envelope.ts';
import { partialObject, tableOf } from './table.ts';

const encoder = new TextEncoder();

/** Makes the frames of one watch. Plain ones are the shared frames of the cache's events. */
export class WatchEncoder {
  readonly #codec: Codec;
  readonly #kind: KindDefinition | undefined;
  readonly #as: Presentation;
  readonly #nowMs: () => number;
  #sentColumns = false;

  constructor(options: { codec: Codec; kind: KindDefinition | undefined; as: Presentation; nowMs: () => number }) {
    this.#codec = options.codec;
    this.#kind = options.kind;
    this.#as = options.as;
    this.#nowMs = options.nowMs;
  }

  get isBinary(): boolean {
    return this.#as.negotiated.format === 'protobuf';
  }

  event(event: CacheEvent): Uint8Array {
    const { convert } = this.#as.negotiated;
    if (!convert) return event.frame(this.isBinary ? 'protobuf' : 'json');
    const object = event.stored.object;
    if (convert.kind !== 'Table') return this.frame(event.type, partialObject(object, convert.version));
    const isBookmark = event.type === 'BOOKMARK';
    const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
    const table = tableOf(this.#kind, isBookmark ? [] : [object], metadata, {
      convert,
      includeObject: this.#as.includeObject,
      nowMs: this.#nowMs(),
      withColumns: !this.#sentColumns,
    });
    this.#sentColumns = true;
    return this.frame(event.type, table as unknown as KubeObject);
  }

  /** The last frame of a watch that failed. */
  error(error: unknown): Uint8Array {
    const status = (error instanceof StatusError ? error : internalError(error)).toStatus();
    return this.frame('ERROR', status);
  }

  frame(type: string, object: KubeObject | Status): Uint8Array {
    if (this.isBinary) {
      const raw = this.#codec.encodeProtobuf(object);
      if (raw) return protobufFrame(type, raw);
    }
    return encoder.encode(`{"type":"${type}","object":${JSON.stringify(object)}}\n`);
  }
}

/** A length-delimited WatchEvent around an encoded object, as the watch cache shares it. */
export function protobufFrame(type: string, object: Uint8Array): Uint8Array {
  return lengthPrefixed(encodeWatchEvent(type, object));
}
