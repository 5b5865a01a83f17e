import type { Aggregation } from '../aggregation/aggregation.ts';
import type { OpenApiSource } from './handlers.ts';

/** The documents of this server, with the way to those of aggregated ones. */
export function withRemoteDocuments(
  source: OpenApiSource,
  remote: Pick<Aggregation, 'generation' | 'versions'>,
): OpenApiSource {
  return {
    v2: () => source.v2(),
    v3Paths: () => source.v3Paths(),
    v3: (path) => source.v3(path),
    ...(source.v2Protobuf ? { v2Protobuf: () => source.v2Protobuf!() } : {}),
    // Both only ever rise, so their sum changes with either.
    get generation() {
      return source.generation + remote.generation;
    },
    remotePaths() {
      const known = remote.versions().filter(({ openApiUrl }) => openApiUrl !== undefined);
      return Object.fromEntries(
        known.map(({ group, version, openApiUrl }) => [`apis/${group}/${version}`, openApiUrl!]),
      );
    },
  };
}
