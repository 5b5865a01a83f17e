import { decodeEnvelope, type KubeObject, type ListMeta } from '@kubets/core';
import type { StoredObject } from '../request.ts';
import type { Codec } from './codec.ts';
import { concatBytes, delimited, fieldHeader, textField, varint } from './envelope.ts';
import type { PieceWriter } from './pieces.ts';

/** How a list is written: what stands around its items, and each of them. */
export interface ListForm {
  begin(out: PieceWriter, isEmpty: boolean): void;
  item(out: PieceWriter, item: StoredObject, isFirst: boolean): void;
  end(out: PieceWriter, isEmpty: boolean): void;
}

/** What a document of text is made of: its fields but for the items, the name of their field, and what each is. */
export interface TextList {
  readonly head: Readonly<Record<string, unknown>>;
  readonly itemsField: string;
  readonly element: (item: StoredObject) => unknown;
}

const encoder = new TextEncoder();
const BRACE = 0x7b;
const COMMA = 0x2c;

/** The type of a list's items, which the list names for all of them. */
export interface ItemType {
  readonly kind: string;
  readonly apiVersion: string;
}

/** An object as the item of a list. */
export function withoutType({ kind, apiVersion, ...rest }: KubeObject): unknown {
  return rest;
}

/** JSON as objects are kept, copied byte by byte; without their type where `omitted` gives it. */
export function storedJsonForm(head: Readonly<Record<string, unknown>>, omitted?: ItemType): ListForm {
  // Objects are kept with these fields first.
  const type = encoder.encode(omitted ? `${JSON.stringify(omitted).slice(0, -1)},` : '{');
  const skipped = type.length - 1;
  return {
    begin: (out) => out.text(`${JSON.stringify(head).slice(0, -1)},"items":[`),
    item(out, item, isFirst) {
      if (!isFirst) out.byte(COMMA);
      const length = item.jsonLength;
      if (length === undefined) {
        const json = item.encoded('json');
        const startsWithType = type.every((byte, index) => json[index] === byte);
        if (!startsWithType) return out.text(JSON.stringify(withoutType(item.object)));
        out.bytes(type.subarray(0, 1));
        return out.bytes(json.subarray(type.length));
      }
      out.with(length, (target, at) => {
        if (skipped === 0) return item.writeJson!(target, at);
        target[at] = BRACE;
        return item.writeJson!(target, at + 1, type.length);
      });
    },
    end: (out) => out.text(']}'),
  };
}

export function jsonForm({ head, itemsField, element }: TextList): ListForm {
  return {
    begin: (out) => out.text(`${JSON.stringify(head).slice(0, -1)},"${itemsField}":[`),
    item(out, item, isFirst) {
      if (!isFirst) out.text(',');
      out.text(JSON.stringify(element(item)));
    },
    end: (out) => out.text(']}'),
  };
}

/** JSON for people, indented by two. */
export function prettyForm({ head, itemsField, element }: TextList): ListForm {
  const start = JSON.stringify(head, null, 2).slice(0, -2);
  return {
    begin: (out) => out.text(`${start},\n  "${itemsField}": [`),
    item(out, item, isFirst) {
      // Texts hold no line breaks of their own, so each of these is one of the layout.
      const lines = JSON.stringify(element(item), null, 2).replaceAll('\n', '\n    ');
      out.text(`${isFirst ? '' : ','}\n    ${lines}`);
    },
    end: (out, isEmpty) => out.text(isEmpty ? ']\n}' : '\n  ]\n}'),
  };
}

/** YAML, whose fields are in order of the alphabet. */
export function yamlForm(codec: Codec, { head, itemsField, element }: TextList): ListForm {
  const fields = Object.entries(head);
  const text = (some: typeof fields) => (some.length > 0 ? codec.formatYaml(Object.fromEntries(some)) : '');
  return {
    begin: (out, isEmpty) => {
      const before = text(fields.filter(([name]) => name < itemsField));
      out.text(`${before}${itemsField}:${isEmpty ? ' []' : ''}\n`);
    },
    item: (out, item) => out.text(codec.formatYaml([element(item)])),
    end: (out) => out.text(text(fields.filter(([name]) => name > itemsField))),
  };
}

/** A list in protobuf. Its envelope says at its start how long it is, so all items are encoded before the first is sent. */
export interface ProtobufList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ListMeta;
  /** Numbers of the fields of the list's message. */
  readonly metadataField: number;
  readonly itemsField: number;
  /** An item with its envelope. */
  readonly encode: (item: StoredObject) => Uint8Array;
}

const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0);

/** Encoded items on their way into a list. */
export class ProtobufParts {
  readonly #list: ProtobufList;
  readonly #metadata: Uint8Array;
  readonly #items: { readonly header: Uint8Array; readonly raw: Uint8Array }[] = [];
  #length: number;

  constructor(list: ProtobufList) {
    this.#list = list;
    this.#metadata = delimited(list.metadataField, listMetaMessage(list.metadata));
    this.#length = this.#metadata.length;
  }

  add(item: StoredObject): void {
    const { raw } = decodeEnvelope(this.#list.encode(item));
    const header = fieldHeader(this.#list.itemsField, raw.length);
    this.#items.push({ header, raw });
    this.#length += header.length + raw.length;
  }

  begin(out: PieceWriter): void {
    const { apiVersion, kind } = this.#list;
    out.bytes(MAGIC);
    out.bytes(delimited(1, concatBytes([textField(1, apiVersion), textField(2, kind)])));
    out.bytes(fieldHeader(2, this.#length));
    if (!this.#metadataIsLast) out.bytes(this.#metadata);
  }

  item(out: PieceWriter, index: number): void {
    const { header, raw } = this.#items[index]!;
    out.bytes(header);
    out.bytes(raw);
  }

  end(out: PieceWriter): void {
    if (this.#metadataIsLast) out.bytes(this.#metadata);
    out.bytes(textField(3, ''));
    out.bytes(textField(4, ''));
  }

  /** Fields are written in the order of their numbers. */
  get #metadataIsLast(): boolean {
    return this.#list.metadataField > this.#list.itemsField;
  }
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
