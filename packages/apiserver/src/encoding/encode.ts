import {
  apiVersionOf,
  type Clock,
  decodeEnvelope,
  encodeEnvelope,
  type KindDefinition,
  type KubeObject,
  type ListMeta,
  type Status,
  StatusError,
} from '@kubets/core';
import type { StoredObject, VerbResult } from '../request.ts';
import type { Codec } from './codec.ts';
import { concatBytes, delimited, fieldHeader, textField, varint } from './envelope.ts';
import { contentTypeOf, JSON_TYPE, type Negotiated, PROTOBUF_TYPE, YAML_TYPE } from './negotiate.ts';
import { type IncludeObject, partialObject, tableOf } from './table.ts';

/** How one answer is to look. */
export interface Presentation {
  readonly negotiated: Negotiated;
  readonly pretty: boolean;
  readonly includeObject: IncludeObject;
}

export interface Encoded {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Longest time that encoding a list may keep the process from other requests, in milliseconds. */
const MAX_SLICE_MS = 8;
const ITEMS_PER_CHECK = 256;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const COMMA = 0x2c;
const LIST_END = encoder.encode(']}');

/** Encodes answers in the form asked for. */
export class Encoder {
  readonly #codec: Codec;
  readonly #clock: Clock;

  constructor(codec: Codec, clock: Clock) {
    this.#codec = codec;
    this.#clock = clock;
  }

  /** Encodes what a verb answered; synchronous but for long lists, which yield to other requests. */
  result(result: VerbResult, kind: KindDefinition | undefined, as: Presentation): Encoded | Promise<Encoded> {
    if (result.type === 'status') return this.value(result.status, as);
    if (as.negotiated.convert) return this.#converted(result, kind, as);
    if (result.type === 'transient') return this.value(result.object, as);
    const { format } = as.negotiated;
    if (result.type === 'list') return this.#list(result, as);
    if (format === 'protobuf') return { contentType: PROTOBUF_TYPE, body: result.stored.encoded('protobuf') };
    if (format === 'json' && !as.pretty) return { contentType: JSON_TYPE, body: result.stored.encoded('json') };
    return this.value(result.stored.object, as);
  }

  /** Encodes an object that is not kept encoded. */
  value(value: KubeObject | Status, as: Presentation): Encoded {
    const { format } = as.negotiated;
    if (format === 'yaml') return { contentType: YAML_TYPE, body: encoder.encode(this.#codec.formatYaml(value)) };
    if (format === 'protobuf') {
      const body = this.#codec.encodeProtobuf(value);
      if (body) return { contentType: PROTOBUF_TYPE, body };
    }
    return {
      contentType: JSON_TYPE,
      body: encoder.encode(as.pretty ? JSON.stringify(value, null, 2) : JSON.stringify(value)),
    };
  }

  async #list(result: VerbResult & { type: 'list' }, as: Presentation): Promise<Encoded> {
    const { kind, metadata, items } = result;
    const apiVersion = apiVersionOf(kind.group, kind.version);
    const { format } = as.negotiated;
    if (format === 'protobuf') {
      const parts = [delimited(1, listMetaMessage(metadata))];
      await this.#eachItem(items, (item) => {
        const { raw } = decodeEnvelope(item.encoded('protobuf'));
        parts.push(fieldHeader(2, raw.length), raw);
      });
      return {
        contentType: PROTOBUF_TYPE,
        body: encodeEnvelope({ apiVersion, kind: kind.listKind, raw: concatBytes(parts) }),
      };
    }
    const start = `{"kind":${JSON.stringify(kind.listKind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[`;
    const body = await this.#jsonList(encoder.encode(start), items);
    if (format === 'json' && !as.pretty) return { contentType: JSON_TYPE, body };
    return this.value(JSON.parse(decoder.decode(body)), as);
  }

  /** Writes a list into one buffer; items that cannot write themselves are encoded first. */
  async #jsonList(start: Uint8Array, items: readonly StoredObject[]): Promise<Uint8Array> {
    const encoded = new Map<StoredObject, Uint8Array>();
    let length = start.length + Math.max(0, items.length - 1) + LIST_END.length;
    await this.#eachItem(items, (item) => {
      const own = item.jsonLength;
      if (own === undefined) encoded.set(item, item.encoded('json'));
      length += own ?? encoded.get(item)!.length;
    });
    const body = new Uint8Array(length);
    body.set(start);
    let at = start.length;
    await this.#eachItem(items, (item) => {
      if (at > start.length) body[at++] = COMMA;
      const bytes = encoded.size > 0 ? encoded.get(item) : undefined;
      if (bytes) {
        body.set(bytes, at);
        at += bytes.length;
      } else {
        at = item.writeJson!(body, at);
      }
    });
    body.set(LIST_END, at);
    return body;
  }

  /** Visits the items of a list, giving way to other requests when it takes long. */
  async #eachItem(items: readonly StoredObject[], visit: (item: StoredObject) => void): Promise<void> {
    let sliceStartMs = this.#clock.monotonicMs();
    for (let i = 0; i < items.length; i++) {
      visit(items[i]!);
      if (i % ITEMS_PER_CHECK !== ITEMS_PER_CHECK - 1) continue;
      if (this.#clock.monotonicMs() - sliceStartMs < MAX_SLICE_MS) continue;
      await this.#clock.sleep(0);
      sliceStartMs = this.#clock.monotonicMs();
    }
  }

  #converted(
    result: Exclude<VerbResult, { type: 'status' }>,
    kind: KindDefinition | undefined,
    as: Presentation,
  ): Encoded {
    const convert = as.negotiated.convert!;
    const isList = result.type === 'list';
    const objects = isList
      ? result.items.map((item) => item.object)
      : [result.type === 'object' ? result.stored.object : result.object];
    const metadata: ListMeta = isList
      ? result.metadata
      : { resourceVersion: objects[0]?.metadata?.resourceVersion ?? '' };
    if (convert.kind === 'Table') {
      if (as.negotiated.format === 'protobuf') throw notConvertible('Table', 'protobuf');
      const shown = result.type === 'transient' ? kindOfTransient(result.object, kind) : result.kind;
      const options = { convert, includeObject: as.includeObject, nowMs: this.#clock.now(), withColumns: true };
      return this.value(tableOf(shown, objects, metadata, options) as unknown as KubeObject, as);
    }
    if (isList !== (convert.kind === 'PartialObjectMetadataList'))
      throw notConvertible(convert.kind, isList ? 'a list' : 'an object');
    const items = objects.map((object) => partialObject(object, convert.version));
    if (!isList) return this.value(items[0]!, as);
    const list = { kind: convert.kind, apiVersion: `meta.k8s.io/${convert.version}`, metadata, items };
    return this.value(list as unknown as KubeObject, as);
  }
}

/** The columns of the kind asked for do not fit a Scale or a review; those are shown by the default columns. */
function kindOfTransient(object: KubeObject, kind: KindDefinition | undefined): KindDefinition | undefined {
  return kind?.kind === object.kind ? kind : undefined;
}

function notConvertible(target: string, what: string): StatusError {
  const message = `you requested ${target}, but the requested object is ${what}`;
  return new StatusError({ code: 406, reason: 'NotAcceptable', message });
}

function listMetaMessage(metadata: ListMeta): Uint8Array {
  const parts = [
    textField(1, metadata.selfLink ?? ''),
    textField(2, metadata.resourceVersion ?? ''),
    textField(3, metadata.continue ?? ''),
  ];
  if (metadata.remainingItemCount !== undefined) parts.push(Uint8Array.of(4 * 8), varint(metadata.remainingItemCount));
  return concatBytes(parts);
}

/** The content type of a watch in a format; protobuf streams say so. */
export function watchContentType(negotiated: Negotiated): string {
  const type = contentTypeOf(negotiated.format === 'yaml' ? 'json' : negotiated.format);
  return type === PROTOBUF_TYPE ? `${type};stream=watch` : type;
}
