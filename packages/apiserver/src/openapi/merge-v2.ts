import { type JsonObject, type JsonValue, sameJson } from '@kubets/core';

const GVK = 'x-kubernetes-group-version-kind';
const SHARED = ['definitions', 'parameters'] as const;
type Shared = (typeof SHARED)[number];

/** The document of another server, for the group that it is to serve. */
export interface RemoteDocument {
  readonly group: string;
  readonly document: JsonObject;
}

/**
 * One OpenAPI v2 document of many. Of the others only what concerns their group is taken. A path that is there already stays as it
 * is; a definition of the same name and another content comes in as `name_v2`, `name_v3` and so on.
 */
export function mergeV2(own: JsonObject, others: readonly RemoteDocument[]): JsonObject {
  return others.reduce((merged, { group, document }) => mergeTwo(merged, newIn(document, group, merged)), own);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** The paths of a group that are not there yet, and what they refer to. */
function newIn(document: JsonObject, group: string, known: JsonObject): JsonObject {
  const taken = objectOf(known.paths);
  const paths = Object.entries(objectOf(document.paths)).filter(
    ([path]) => path.startsWith(`/apis/${group}/`) && taken[path] === undefined,
  );
  const kept: JsonObject = { paths: Object.fromEntries(paths) };
  const wanted = referredFrom(kept.paths!, document);
  for (const shared of SHARED) {
    const entries = Object.entries(objectOf(document[shared])).filter(([name]) => wanted.has(`#/${shared}/${name}`));
    kept[shared] = Object.fromEntries(entries);
  }
  return kept;
}

/** Every reference that is reached from `start`. */
function referredFrom(start: JsonValue, document: JsonObject): Set<string> {
  const found = new Set<string>();
  const queue: JsonValue[] = [start];
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    for (const reference of referencesIn(value)) {
      if (found.has(reference)) continue;
      found.add(reference);
      const [, shared = '', name = ''] = reference.split('/');
      const target = objectOf(document[shared])[unescapePointer(name)];
      if (target !== undefined) queue.push(target);
    }
  }
  return found;
}

const unescapePointer = (name: string) => name.replaceAll('~1', '/').replaceAll('~0', '~');

function referencesIn(value: JsonValue): string[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  const { $ref } = value;
  const own = typeof $ref === 'string' ? [$ref] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

function mergeTwo(into: JsonObject, from: JsonObject): JsonObject {
  const names = new Map<string, string>();
  for (const shared of SHARED) nameApart(shared, { into, from, names });
  const renamed = names.size > 0 ? (withNames(from, names) as JsonObject) : from;
  const merged: JsonObject = { ...into, paths: { ...objectOf(into.paths), ...objectOf(renamed.paths) } };
  for (const shared of SHARED) {
    const added = Object.entries(objectOf(renamed[shared])).map(([name, value]): [string, JsonValue] => [
      names.get(`#/${shared}/${name}`)?.slice(`#/${shared}/`.length) ?? name,
      value,
    ]);
    const all = { ...objectOf(into[shared]) };
    for (const [name, value] of added) all[name] = all[name] === undefined ? value : withKindsOf(all[name], value);
    if (Object.keys(all).length > 0) merged[shared] = all;
  }
  return merged;
}

/** Finds, for whatever has the name of something else, a name that nothing else has. */
function nameApart(
  shared: Shared,
  { into, from, names }: { into: JsonObject; from: JsonObject; names: Map<string, string> },
): void {
  const existing = objectOf(into[shared]);
  const added = objectOf(from[shared]);
  for (const [name, value] of Object.entries(added)) {
    if (existing[name] === undefined || isSame(existing[name], value)) continue;
    let number = 2;
    const isTaken = (other: string) =>
      added[other] !== undefined || (existing[other] !== undefined && !isSame(existing[other], value));
    while (isTaken(`${name}_v${number}`)) number++;
    names.set(`#/${shared}/${name}`, `#/${shared}/${name}_v${number}`);
  }
}

/** What kinds a definition is counts only where all else is the same, and is then put together. */
function isSame(one: JsonValue, other: JsonValue): boolean {
  const { [GVK]: _one, ...left } = objectOf(one);
  const { [GVK]: _other, ...right } = objectOf(other);
  return sameJson(left, right);
}

function withKindsOf(one: JsonValue, other: JsonValue): JsonValue {
  const kinds = objectOf(one)[GVK];
  const more = objectOf(other)[GVK];
  if (!Array.isArray(more)) return one;
  const known = Array.isArray(kinds) ? kinds : [];
  const added = more.filter((kind) => !known.some((each) => sameJson(each, kind)));
  return added.length > 0 ? { ...objectOf(one), [GVK]: [...known, ...added] } : one;
}

function withNames(value: JsonValue, names: ReadonlyMap<string, string>): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => withNames(item, names));
  const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => [
    key,
    key === '$ref' && typeof item === 'string' ? (names.get(item) ?? item) : withNames(item, names),
  ]);
  return Object.fromEntries(entries);
}
