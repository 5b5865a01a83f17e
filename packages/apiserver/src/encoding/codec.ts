import type { KindDefinition, KubeObject, Status } from '@kubets/core';

/**
 * The encodings that need a kind's schema or a parser of their own; JSON needs neither. `decodeProtobuf` takes the message
 * without its envelope, `encodeProtobuf` gives it with one.
 */
export interface Codec {
  parseJson(bytes: Uint8Array): unknown;
  parseYaml(bytes: Uint8Array): unknown;
  formatYaml(value: unknown): string;
  /** Undefined when the type is unknown. */
  decodeProtobuf(apiVersion: string, kind: string, raw: Uint8Array): unknown;
  /** Undefined when the type has no protobuf form; the answer is then sent as JSON. */
  encodeProtobuf(object: KubeObject | Status, kind?: KindDefinition): Uint8Array | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A codec for JSON alone: YAML and protobuf are refused. */
export const jsonOnlyCodec: Codec = {
  parseJson: (bytes) => JSON.parse(decoder.decode(bytes)),
  parseYaml: () => {
    throw new SyntaxError('YAML is not supported here');
  },
  formatYaml: (value) => `${JSON.stringify(value, null, 2)}\n`,
  decodeProtobuf: () => undefined,
  encodeProtobuf: () => undefined,
};
