import {
  apiVersionOf,
  type Clock,
  type KindDefinition,
  type KubeObject,
  parseApiVersion,
  type Status,
  StatusError,
} from '@kubets/core';
import { withNulls } from '../registry/nil-lists.ts';
import type { StoredObject, VerbResult } from '../request.ts';
import { Turns } from '../turns.ts';
import type { Codec } from './codec.ts';
import { internalType } from './internal-types.ts';
import {
  jsonForm,
  type ListForm,
  type ProtobufList,
  ProtobufParts,
  prettyForm,
  storedJsonForm,
  type TextList,
  withoutType,
  yamlForm,
} from './list-forms.ts';
import { type Conversion, contentTypeOf, JSON_TYPE, type Negotiated, PROTOBUF_TYPE, YAML_TYPE } from './negotiate.ts';
import { PieceWriter } from './pieces.ts';
import { type IncludeObject, partialObject, tableHead, tableOf } from './table.ts';

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

/** An answer of any length: a piece is made when it is asked for, and other requests get their turn in between. */
export interface EncodedPieces {
  readonly contentType: string;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Longest time that encoding lists may keep the process from other requests, in milliseconds. */
const MAX_SLICE_MS = 4;
const ITEMS_PER_CHECK = 4;
const encoder = new TextEncoder();
type ListResult = VerbResult & { readonly type: 'list' };

/** Encodes answers in the form asked for. */
export class Encoder {
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #turns: Turns;

  constructor(codec: Codec, clock: Clock) {
    this.#codec = codec;
    this.#clock = clock;
    this.#turns = new Turns(clock, MAX_SLICE_MS);
  }

  /** Encodes what a verb answered. Throws 406 for what it cannot be turned into. */
  result(result: VerbResult, kind: KindDefinition | undefined, as: Presentation): Encoded | EncodedPieces {
    if (result.type === 'list') return this.#list(result, as);
    if (result.type === 'status') return this.value(result.status, as);
    if (as.negotiated.convert) return this.#converted(result, kind, as);
    if (result.type === 'transient') return this.value(result.object, as);
    const { format } = as.negotiated;
    if (format === 'protobuf') return { contentType: PROTOBUF_TYPE, body: result.stored.encoded('protobuf') };
    if (format === 'json' && !as.pretty) return { contentType: JSON_TYPE, body: result.stored.encoded('json') };
    return this.value(result.stored.object, as);
  }

  /** Encodes an object that is not kept encoded. */
  value(given: KubeObject | Status, as: Presentation): Encoded {
    const { format } = as.negotiated;
    const value = withNulls(given);
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

  #list(result: ListResult, as: Presentation): EncodedPieces {
    const { format, convert } = as.negotiated;
    const { kind, metadata, items } = result;
    if (format === 'protobuf') {
      const parts = new ProtobufParts(convert ? this.#partialMessages(result, convert) : messagesOf(result));
      return { contentType: PROTOBUF_TYPE, pieces: this.#protobufPieces(items, parts) };
    }
    const contentType = contentTypeOf(format);
    const apiVersion = apiVersionOf(kind.group, kind.version);
    // Items are of the type that the list names; only custom resources repeat it, and tell of a continuation that is none.
    const isTyped = kind.isCustom === true;
    const head = {
      kind: kind.listKind,
      apiVersion,
      metadata: isTyped ? { ...metadata, continue: metadata.continue ?? '' } : metadata,
    };
    if (format === 'json' && !as.pretty && !convert) {
      const form = storedJsonForm(head, isTyped ? undefined : { kind: kind.kind, apiVersion });
      return { contentType, pieces: this.#pieces(items, form) };
    }
    const element = (item: StoredObject) => (isTyped ? item.object : withoutType(withNulls(item.object)));
    const list = convert ? this.#convertedList(result, convert, as) : { head, itemsField: 'items', element };
    return { contentType, pieces: this.#pieces(items, this.#textForm(list, as)) };
  }

  #textForm(list: TextList, as: Presentation): ListForm {
    if (as.negotiated.format === 'yaml') return yamlForm(this.#codec, list);
    return as.pretty ? prettyForm(list) : jsonForm(list);
  }

  /** Writes a list piece by piece, giving way to other requests. */
  async *#pieces(items: readonly StoredObject[], form: ListForm): AsyncGenerator<Uint8Array, void, undefined> {
    const out = new PieceWriter();
    const isEmpty = items.length === 0;
    form.begin(out, isEmpty);
    for (let i = 0; i < items.length; i++) {
      form.item(out, items[i]!, i === 0);
      const turn = i % ITEMS_PER_CHECK === 0 ? this.#turns.whenFree() : undefined;
      if (turn) await turn;
      for (let piece = out.take(); piece; piece = out.take()) yield piece;
    }
    form.end(out, isEmpty);
    for (let piece = out.take(); piece; piece = out.take()) yield piece;
    yield out.rest();
  }

  async *#protobufPieces(
    items: readonly StoredObject[],
    parts: ProtobufParts,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    for (let i = 0; i < items.length; i++) {
      parts.add(items[i]!);
      const turn = i % ITEMS_PER_CHECK === 0 ? this.#turns.whenFree() : undefined;
      if (turn) await turn;
    }
    let index = 0;
    yield* this.#pieces(items, {
      begin: (out) => parts.begin(out),
      item: (out) => parts.item(out, index++),
      end: (out) => parts.end(out),
    });
  }

  #convertedList({ kind, metadata }: ListResult, convert: Conversion, as: Presentation): TextList {
    if (convert.kind === 'Table') {
      const options = { convert, includeObject: as.includeObject, nowMs: this.#clock.now(), withColumns: true };
      const { head, row } = tableHead(kind, metadata, options);
      return { head: { ...head }, itemsField: 'rows', element: (item) => row(item.object) };
    }
    if (convert.kind !== 'PartialObjectMetadataList') throw notConvertible(convert.kind, aList(kind));
    const head = { kind: convert.kind, apiVersion: `meta.k8s.io/${convert.version}`, metadata };
    return { head, itemsField: 'items', element: (item) => partialObject(item.object, convert.version) };
  }

  #partialMessages({ kind: listed, metadata }: ListResult, convert: Conversion): ProtobufList {
    if (convert.kind === 'Table') throw notConvertible('Table', 'protobuf');
    if (convert.kind !== 'PartialObjectMetadataList') throw notConvertible(convert.kind, aList(listed));
    const { kind, version } = convert;
    const isOld = version === 'v1beta1';
    return {
      apiVersion: `meta.k8s.io/${version}`,
      kind,
      metadata,
      // The older version of the list numbers its fields the other way round.
      metadataField: isOld ? 2 : 1,
      itemsField: isOld ? 1 : 2,
      encode: (item) => this.#codec.encodeProtobuf(partialObject(item.object, version))!,
    };
  }

  #converted(
    result: Extract<VerbResult, { type: 'object' | 'transient' }>,
    kind: KindDefinition | undefined,
    as: Presentation,
  ): Encoded {
    const convert = as.negotiated.convert!;
    const object = result.type === 'object' ? result.stored.object : result.object;
    if (convert.kind === 'Table') {
      if (as.negotiated.format === 'protobuf') throw notConvertible('Table', 'protobuf');
      const shown = result.type === 'transient' ? kindOfTransient(object, kind) : result.kind;
      const { resourceVersion } = object.metadata ?? {};
      const metadata = resourceVersion ? { resourceVersion } : {};
      const options = { convert, includeObject: as.includeObject, nowMs: this.#clock.now(), withColumns: true };
      return this.value(tableOf(shown, [object], metadata, options) as unknown as KubeObject, as);
    }
    if (convert.kind === 'PartialObjectMetadataList') throw notConvertible(convert.kind, noList(object));
    return this.value(partialObject(object, convert.version), as);
  }
}

function messagesOf({ kind, metadata }: ListResult): ProtobufList {
  return {
    apiVersion: apiVersionOf(kind.group, kind.version),
    kind: kind.listKind,
    metadata,
    metadataField: 1,
    itemsField: 2,
    encode: (item) => item.encoded('protobuf'),
  };
}

/** The columns of the kind asked for do not fit a Scale or a review; those are shown by the default columns. */
function kindOfTransient(object: KubeObject, kind: KindDefinition | undefined): KindDefinition | undefined {
  return kind?.kind === object.kind ? kind : undefined;
}

function aList({ group, listKind, isCustom }: KindDefinition): string {
  return `a list (*${isCustom ? 'unstructured.UnstructuredList' : internalType(group, listKind)})`;
}

function noList({ apiVersion, kind }: KubeObject): string {
  return `not a list (*${internalType(parseApiVersion(apiVersion).group, kind)})`;
}

function notConvertible(target: string, what: string): StatusError {
  const message = `you requested ${target}, but the requested object is ${what}`;
  return new StatusError({ code: 406, reason: 'NotAcceptable', message });
}

/** The content type of a watch in a format; protobuf streams say so. */
export function watchContentType(negotiated: Negotiated): string {
  const type = contentTypeOf(negotiated.format === 'yaml' ? 'json' : negotiated.format);
  return type === PROTOBUF_TYPE ? `${type};stream=watch` : type;
}
