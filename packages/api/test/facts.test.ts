import { existsSync, readFileSync } from 'node:fs';
import {
  decodeMessage,
  discoveryRoutes,
  type JsonObject,
  type JsonValue,
  type KindDefinition,
  openApiV2,
  openApiV2DocumentMessage,
  openApiV2Protobuf,
  openApiV3,
  openApiV3Discovery,
  routesOfKind,
} from '@kubets/core';
import { describe, expect, test } from 'vitest';
import { builtInKinds, openApiMachinery as machinery } from '../src/index.ts';

/**
 * Compares what the definitions say with what is known of the API. The facts are no part of the product; without them there is
 * nothing to compare with. A failure prints every difference.
 */
const folder = new URL('../../../../shared/reference/api/', import.meta.url);
const facts = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as T;
const options = { title: 'Kubernetes', serverVersion: 'v1.36.0', machinery };

function groupVersions(): Map<string, KindDefinition[]> {
  const groups = new Map<string, KindDefinition[]>();
  for (const kind of builtInKinds) {
    const key = `${kind.group}/${kind.version}`;
    groups.set(key, [...(groups.get(key) ?? []), kind]);
  }
  return groups;
}

describe.runIf(existsSync(folder))('facts', () => {
  test('every schema', () => {
    const ours: JsonObject = {};
    for (const kinds of groupVersions().values()) {
      const { group, version } = kinds[0]!;
      const document = openApiV3({ ...options, group, version, kinds });
      Object.assign(ours, (document.components as JsonObject).schemas);
    }
    for (const name of ['api', 'apis', 'apis/apps']) {
      Object.assign(ours, (openApiV3Discovery({ ...options, name }).components as JsonObject).schemas);
    }
    const definitions = facts<Record<string, { schema: JsonValue }>>('definitions.json');
    const differences: string[] = [];
    for (const name of new Set([...Object.keys(ours), ...Object.keys(definitions)])) {
      if (UNROUTED.has(name)) continue;
      compare(normalized(ours[name]), normalized(definitions[name]?.schema), name, differences);
    }
    expect(differences).toEqual([]);
  });

  test('every route', () => {
    const routes = [
      ...discoveryRoutes(
        [...groupVersions().values()].map(([kind]) => kind!),
        machinery,
      ),
      ...builtInKinds.flatMap((kind) => routesOfKind(kind, machinery)),
    ];
    const ours: JsonObject = {};
    for (const route of routes) {
      const { path, method, operationId, action, kind, query, consumes, produces, responses } = route;
      const answers = responses.map(([code, message]) => [code, message ? [message.name] : []]);
      const methods = (ours[path] ?? {}) as JsonObject;
      methods[method] = {
        operationId,
        ...(action ? { action } : {}),
        ...(kind ? { kind: `${kind.group}/${kind.version}/${kind.kind}` } : {}),
        ...(query.length ? { query: [...query] } : {}),
        ...(consumes.length ? { consumes: [...consumes] } : {}),
        produces: [...produces],
        responses: { ...Object.fromEntries(answers), 401: [] },
      } as JsonObject;
      ours[path] = methods;
    }
    const theirs = facts<JsonObject>('routes.json');
    // These two are no resources; the server serves them by hand.
    delete theirs['/version/'];
    delete theirs['/openid/v1/jwks/'];
    const differences: string[] = [];
    compare(ours, theirs, '', differences);
    expect(differences).toEqual([]);
  });
});

/** Known to the API but reachable from no resource. */
const UNROUTED = new Set(['io.k8s.apimachinery.pkg.version.Info']);

/** A reference alone and a reference wrapped mean the same; texts and the order of keys and `required` do not matter. */
function normalized(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((item) => normalized(item)!);
  if (typeof value !== 'object' || value === null) return value;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (key === 'description' && typeof inner === 'string') continue;
    if (key === 'required' && Array.isArray(inner)) result[key] = [...inner].sort();
    else if (key === 'allOf' && Array.isArray(inner) && inner.length === 1) Object.assign(result, inner[0]);
    else result[key] = normalized(inner)!;
  }
  return result;
}

function compare(ours: JsonValue | undefined, theirs: JsonValue | undefined, path: string, found: string[]): void {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  const areObjects = [ours, theirs].every((it) => typeof it === 'object' && it !== null && !Array.isArray(it));
  if (!areObjects) {
    found.push(`${path}: ours ${JSON.stringify(ours)}, expected ${JSON.stringify(theirs)}`);
    return;
  }
  const [left, right] = [ours as JsonObject, theirs as JsonObject];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    compare(left[key], right[key], `${path}/${key}`, found);
  }
}

test('the swagger document survives its protobuf form', () => {
  const document = openApiV2({ ...options, kinds: builtInKinds });
  const decoded = decodeMessage(openApiV2DocumentMessage, openApiV2Protobuf(document)) as {
    definitions: {
      additionalProperties: { name: string; value: { vendorExtension?: { name: string; value: JsonObject }[] } }[];
    };
    paths: { path: { name: string }[] };
  };
  expect(decoded.definitions.additionalProperties.map(({ name }) => name)).toEqual(
    Object.keys(document.definitions as JsonObject),
  );
  expect(decoded.paths.path.map(({ name }) => name)).toEqual(Object.keys(document.paths as JsonObject));
  const pod = decoded.definitions.additionalProperties.find(({ name }) => name === 'io.k8s.api.core.v1.Pod')!;
  expect(pod.value.vendorExtension).toEqual([
    { name: 'x-kubernetes-group-version-kind', value: { yaml: '[{"group":"","version":"v1","kind":"Pod"}]\n' } },
  ]);
});
