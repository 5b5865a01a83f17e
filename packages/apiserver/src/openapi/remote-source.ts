import { type JsonObject, openApiV2Protobuf } from '@kubets/core';
import type { Aggregation } from '../aggregation/aggregation.ts';
import type { OpenApiSource } from './handlers.ts';
import { mergeV2 } from './merge-v2.ts';

/** The documents of this server together with those of aggregated ones: v2 as one document, v3 by the way to each. */
export function withRemoteDocuments(
  source: OpenApiSource,
  remote: Pick<Aggregation, 'generation' | 'versions'>,
): OpenApiSource {
  const merged = (): JsonObject => {
    const others = remote
      .versions()
      .flatMap(({ group, openApiV2: document }) => (document === undefined ? [] : [{ group, document }]));
    return mergeV2(source.v2() as JsonObject, others);
  };
  const { v2Protobuf } = source;
  return {
    v2: merged,
    v3Paths: () => source.v3Paths(),
    v3: (path) => source.v3(path),
    ...(v2Protobuf ? { v2Protobuf: () => protobufOf(merged(), () => v2Protobuf()) } : {}),
    // Both only ever rise, so their sum changes with either.
    get generation() {
      return source.generation + remote.generation;
    },
    remotePaths: () => Object.assign({}, ...remote.versions().map(({ openApiUrls }) => openApiUrls)),
  };
}

/** Others may write what has no such form; what this server serves itself is told all the same. */
function protobufOf(document: JsonObject, otherwise: () => Uint8Array): Uint8Array {
  try {
    return openApiV2Protobuf(document);
  } catch {
    return otherwise();
  }
}
