import type { AnyMessage, KindDefinition, KubeObject, Status } from '@kubets/core';

/** A text that has been read. */
export interface ParsedText {
  readonly value: unknown;
  /** Complaints about fields given more than once; empty unless asked for. */
  readonly duplicates: readonly string[];
}

/**
 * The encodings of bodies and answers. `decodeProtobuf` takes the message without its envelope, `encodeProtobuf` gives it
 * with one.
 */
export interface Codec {
  /** Throws an Error that says where the text is no JSON or YAML. */
  parseText(bytes: Uint8Array, format: 'json' | 'yaml', trackDuplicates: boolean): ParsedText;
  formatYaml(value: unknown): string;
  /** The message of a kind of the API's own, or of its lists; undefined for others, custom resources among them. */
  schemaOf(apiVersion: string, kind: string): AnyMessage | undefined;
  /** Undefined when the type is unknown. */
  decodeProtobuf(apiVersion: string, kind: string, raw: Uint8Array): unknown;
  /** Undefined when the type has no protobuf form; the answer is then sent as JSON. */
  encodeProtobuf(object: KubeObject | Status, kind?: KindDefinition): Uint8Array | undefined;
}
