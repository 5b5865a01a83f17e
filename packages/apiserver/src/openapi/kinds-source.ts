import { openApiMachinery } from '@kubets/api';
import {
  type JsonObject,
  type KindDefinition,
  openApiV2,
  openApiV2Protobuf,
  openApiV3,
  openApiV3Discovery,
} from '@kubets/core';
import type { KindCatalog } from '../pipeline/backend.ts';
import type { OpenApiSource } from './handlers.ts';

/** The OpenAPI documents that follow from the kinds served. */
export function openApiOfKinds(options: { catalog: KindCatalog; title: string; serverVersion: string }): OpenApiSource {
  const { catalog, title, serverVersion } = options;
  const common = { title, serverVersion, machinery: openApiMachinery };
  const groupVersions = () => {
    const found = new Map<string, { group: string; version: string }>();
    for (const { group, version } of catalog.kinds()) found.set(pathOf(group, version), { group, version });
    return found;
  };
  const documents = new Map<string, { readonly kinds: readonly KindDefinition[]; readonly document: JsonObject }>();
  /** The same document for as long as the kinds in it are the same. */
  const keep = (path: string, kinds: readonly KindDefinition[], make: () => JsonObject): JsonObject => {
    const known = documents.get(path);
    if (known && sameKinds(known.kinds, kinds)) return known.document;
    const document = make();
    documents.set(path, { kinds, document });
    return document;
  };
  const v2 = (): JsonObject => openApiV2({ ...common, kinds: catalog.kinds() });
  return {
    get generation() {
      return catalog.generation;
    },
    v2,
    v2Protobuf: () => openApiV2Protobuf(v2()),
    v3Paths() {
      const found = groupVersions();
      const groups = [...found.values()].filter(({ group }) => group !== '').map(({ group }) => `apis/${group}`);
      return [...new Set(['api', 'apis', ...groups, ...found.keys()])].sort();
    },
    v3(path) {
      const served = groupVersions().get(path);
      if (!served) return keep(path, [], () => openApiV3Discovery({ ...common, name: path }));
      const { group, version } = served;
      const kinds = catalog.kinds().filter((kind) => kind.group === group && kind.version === version);
      return keep(path, kinds, () => openApiV3({ ...common, group, version, kinds }));
    },
  };
}

function sameKinds(a: readonly KindDefinition[], b: readonly KindDefinition[]): boolean {
  return a.length === b.length && a.every((kind, index) => kind === b[index]);
}

function pathOf(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}
