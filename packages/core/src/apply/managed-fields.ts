import type { JsonObject, KubeObject, ManagedFieldsEntry, ObjectMeta } from '../object.ts';
import { jsonEqual } from '../patch/json-value.ts';
import type { AnyMessage } from '../schema/types.ts';
import { type Comparison, compareObjects, NO_CHANGE } from './comparison.ts';
import {
  deepDifferenceOfFields,
  differenceOfFields,
  EMPTY_FIELD_SET,
  type FieldSet,
  isEmptyFieldSet,
  readFieldSet,
  unionFields,
} from './field-set.ts';
import { structOf } from './merge-type.ts';
import { shareFieldSet } from './shared-sets.ts';

/** The manager of what an object held before anybody's fields were tracked. */
export const BEFORE_FIRST_APPLY = 'before-first-apply';
/** The manager that the oldest entries are merged into. */
export const ANCIENT_CHANGES = 'ancient-changes';
/** How many entries made by updates an object keeps. */
export const MAX_UPDATE_MANAGERS = 10;

/** An entry of `managedFields`, read. */
export interface ManagedEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Who writes, through what. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
}

/** An object in another version of its kind, as entries made in that version name its fields. */
export interface ObjectVersion {
  readonly schema: AnyMessage;
  convert(object: KubeObject): KubeObject;
}

/**
 * How to see an object in another version. Undefined for a version that is served no more: entries made in it are dropped.
 * Without this function all entries are taken to speak of the fields of the version written.
 */
export type VersionLookup = (apiVersion: string) => ObjectVersion | undefined;

export interface TrackUpdateOptions<T extends KubeObject> {
  /** The object before; undefined when it is being created. */
  readonly live: KubeObject | undefined;
  /** The object that is to be stored. */
  readonly updated: T;
  readonly schema: AnyMessage;
  /** Empty for `unknown`. */
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  /** Time of the request, RFC 3339 with seconds; undefined where the entry is to have none. */
  readonly nowIso: string | undefined;
  /** Fields that a write through this endpoint cannot change, such as status through the object itself. */
  readonly resetFields?: FieldSet;
  readonly versions?: VersionLookup;
}

/**
 * `updated` with `metadata.managedFields` brought up to date for a create, update or patch: the writer owns what it changed,
 * and nobody else does. Where nothing changed that can be owned, the result has the very managedFields of `live`, time included,
 * so that a write without effect can be told by comparing the objects.
 *
 * The client's own managedFields count when they are valid, except through a subresource; `[]` or `[{}]` forgets all owners,
 * and nothing is tracked from then on until somebody applies.
 */
export function trackUpdate<T extends KubeObject>(options: TrackUpdateOptions<T>): T {
  const { live, updated } = options;
  const given = givenEntries(options);
  if (given.length === 0 && live) return withManagedFields(updated, undefined);
  const before = (live ?? EMPTY_OBJECT) as unknown as JsonObject;
  const comparison = compareObjects(before, updated as unknown as JsonObject, structOf(options.schema));
  const entries = afterUpdate(given, comparison, options);
  return withManagedFields(updated, writtenFields(entries, live));
}

const EMPTY_OBJECT = Object.freeze({});

/** The entries that count before the write: the client's own if it may and does send any, or those of the live object. */
function givenEntries({ live, updated, subresource }: TrackUpdateOptions<KubeObject>): readonly ManagedEntry[] {
  const liveFields = live?.metadata.managedFields;
  const sent = updated.metadata.managedFields;
  if (subresource !== '' || sent === undefined || sent === null || sent === liveFields) return readEntries(liveFields);
  if (isReset(sent)) return [];
  // Most clients send back what they have read; the entries of the live object are read already, and shared.
  if (liveFields && isSameJson(sent, liveFields)) return readEntries(liveFields);
  const entries = tryReadEntries(sent);
  return entries && entries.length > 0 ? entries : readEntries(liveFields);
}

function isSameJson(a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[]): boolean {
  return jsonEqual(a as unknown as JsonObject[], b as unknown as JsonObject[]);
}

function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0);
}

/** The entries of a stored object; none when they are malformed. */
export function readEntries(encoded: readonly ManagedFieldsEntry[] | undefined): readonly ManagedEntry[] {
  return (encoded && tryReadEntries(encoded)) ?? [];
}

const readLists = new WeakMap<readonly ManagedFieldsEntry[], readonly ManagedEntry[] | 'invalid'>();

/** Undefined when an entry is malformed. */
function tryReadEntries(encoded: readonly ManagedFieldsEntry[]): readonly ManagedEntry[] | undefined {
  let known = readLists.get(encoded);
  if (!known) {
    known = parseEntries(encoded) ?? 'invalid';
    readLists.set(encoded, known);
  }
  return known === 'invalid' ? undefined : known;
}

function parseEntries(encoded: readonly ManagedFieldsEntry[]): ManagedEntry[] | undefined {
  const entries: ManagedEntry[] = [];
  for (const each of encoded) {
    const entry = parseEntry(each);
    if (!entry) return undefined;
    const twin = entries.findIndex((other) => isBy(other, entry));
    if (twin >= 0) entries[twin] = entry;
    else entries.push(entry);
  }
  return entries;
}

function parseEntry(encoded: ManagedFieldsEntry): ManagedEntry | undefined {
  const { operation, apiVersion } = encoded;
  if ((operation !== 'Apply' && operation !== 'Update') || !apiVersion || encoded.fieldsType !== 'FieldsV1') {
    return undefined;
  }
  const fields = readFieldSet(encoded.fieldsV1 ?? EMPTY_FIELD_SET);
  if (!fields) return undefined;
  const { manager = '', subresource = '', time } = encoded;
  const entry: ManagedEntry = { manager, operation, apiVersion, subresource, time, fields };
  if (fields === encoded.fieldsV1) encodedForms.set(entry, encoded);
  return entry;
}

/** Entries and what they were read from or written as. */
const encodedForms = new WeakMap<ManagedEntry, ManagedFieldsEntry>();

/** Whether an entry is that of a writer. An applier has one entry whatever the version it applies in. */
export function isBy(entry: Writer, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.subresource === writer.subresource &&
    (entry.operation === 'Apply' || entry.apiVersion === writer.apiVersion)
  );
}

interface UpdateContext {
  readonly live: KubeObject | undefined;
  readonly updated: KubeObject;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly nowIso: string | undefined;
  readonly resetFields?: FieldSet;
  readonly versions?: VersionLookup;
}

/** The entries after an update that changed what `comparison` says. */
export function afterUpdate(
  entries: readonly ManagedEntry[],
  comparison: Comparison,
  context: UpdateContext,
): readonly ManagedEntry[] {
  const change = withoutResetFields(comparison, context.resetFields);
  if (!hasFields(change.taken) && !hasFields(change.removed)) return entries;
  const { manager, apiVersion, subresource, nowIso: time } = context;
  const writer: Writer = { manager: manager || 'unknown', operation: 'Update', apiVersion, subresource };
  const mine = entries.find((entry) => isBy(entry, writer));
  const others = mine ? entries.filter((entry) => entry !== mine) : entries;
  const left = disown(others, comparisonsByVersion(change, context));
  const before = mine?.fields ?? EMPTY_FIELD_SET;
  const kept = change.removed ? differenceOfFields(before, change.removed) : before;
  if (hasFields(change.taken)) {
    const fields = unionFields(kept, change.taken);
    const entry = { ...writer, time, fields: fields === before ? fields : shareFieldSet(fields) };
    return capUpdateEntries([...left, entry]);
  }
  if (kept === before && left === others) return entries;
  return mine && hasFields(kept) ? [...left, { ...mine, fields: kept }] : left;
}

function hasFields(set: FieldSet | undefined): set is FieldSet {
  return set !== undefined && !isEmptyFieldSet(set);
}

export function withoutResetFields({ taken, removed }: Comparison, resetFields: FieldSet | undefined): Comparison {
  if (!resetFields) return { taken, removed };
  return {
    taken: taken && deepDifferenceOfFields(taken, resetFields),
    removed: removed && deepDifferenceOfFields(removed, resetFields),
  };
}

/** What changed, as an entry made in `apiVersion` names it. Undefined when that version is gone. */
export type ComparisonLookup = (apiVersion: string) => Comparison | undefined;

export function comparisonsByVersion(change: Comparison, context: Omit<UpdateContext, 'manager'>): ComparisonLookup {
  const { versions, live, updated } = context;
  if (!versions) return () => change;
  const known = new Map<string, Comparison | undefined>([[context.apiVersion, change]]);
  return (apiVersion) => {
    if (known.has(apiVersion)) return known.get(apiVersion);
    const version = versions(apiVersion);
    const comparison = version && withoutResetFields(compareIn(version, live, updated), context.resetFields);
    known.set(apiVersion, comparison);
    return comparison;
  };
}

function compareIn(version: ObjectVersion, live: KubeObject | undefined, updated: KubeObject): Comparison {
  const before = (live ? version.convert(live) : EMPTY_OBJECT) as unknown as JsonObject;
  const after = version.convert(updated) as unknown as JsonObject;
  return live === updated ? NO_CHANGE : compareObjects(before, after, structOf(version.schema));
}

/** Takes what changed from all entries; those that are left with nothing are dropped. */
export function disown(entries: readonly ManagedEntry[], changes: ComparisonLookup): readonly ManagedEntry[] {
  let isSame = true;
  const left: ManagedEntry[] = [];
  for (const entry of entries) {
    const change = changes(entry.apiVersion);
    const fields = change ? disownedFields(entry.fields, change) : EMPTY_FIELD_SET;
    if (fields !== entry.fields) isSame = false;
    if (fields === entry.fields) left.push(entry);
    else if (!isEmptyFieldSet(fields)) left.push({ ...entry, fields });
  }
  return isSame ? entries : left;
}

function disownedFields(fields: FieldSet, { taken, removed }: Comparison): FieldSet {
  const kept = taken ? differenceOfFields(fields, taken) : fields;
  return removed ? differenceOfFields(kept, removed) : kept;
}

/** Merges the oldest entries of updates, a bucket for each version, until there are few enough. */
function capUpdateEntries(entries: readonly ManagedEntry[]): readonly ManagedEntry[] {
  const updates = entries.filter((entry) => entry.operation === 'Update');
  let excess = updates.length - MAX_UPDATE_MANAGERS;
  if (excess <= 0) return entries;
  const result = new Set(entries);
  const oldest = new Map<string, ManagedEntry>();
  for (const entry of updates.sort(byAge)) {
    if (excess <= 0) break;
    const bucket = oldest.get(entry.apiVersion);
    if (bucket) {
      result.delete(bucket);
      result.delete(entry);
      excess--;
    }
    const merged = bucket ? ancientEntry(bucket, entry) : entry;
    oldest.set(entry.apiVersion, merged);
    result.add(merged);
  }
  return [...result];
}

function ancientEntry(bucket: ManagedEntry, { fields, time, apiVersion }: ManagedEntry): ManagedEntry {
  const merged = unionFields(fields, bucket.fields);
  return { manager: ANCIENT_CHANGES, operation: 'Update', apiVersion, subresource: '', time, fields: merged };
}

function byAge(a: ManagedEntry, b: ManagedEntry): number {
  return compareTexts(a.time, b.time) || compareTexts(a.manager, b.manager);
}

export function compareTexts(a = '', b = ''): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** The wire form of `entries`: that of `live` itself where they say the same. Undefined for none. */
export function writtenFields(
  entries: readonly ManagedEntry[],
  live: KubeObject | undefined,
): ManagedFieldsEntry[] | undefined {
  if (entries.length === 0) return undefined;
  const before = live?.metadata.managedFields;
  if (before && readLists.get(before) === entries) return before;
  return [...entries].sort(inWireOrder).map(encodeEntry);
}

function inWireOrder(a: ManagedEntry, b: ManagedEntry): number {
  return (
    compareTexts(a.operation, b.operation) ||
    compareTexts(a.time, b.time) ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  );
}

function encodeEntry(entry: ManagedEntry): ManagedFieldsEntry {
  const known = encodedForms.get(entry);
  if (known) return known;
  const { manager, operation, apiVersion, subresource, time, fields } = entry;
  const encoded: ManagedFieldsEntry = { manager, operation, apiVersion };
  if (time !== undefined) encoded.time = time;
  encoded.fieldsType = 'FieldsV1';
  encoded.fieldsV1 = fields;
  if (subresource !== '') encoded.subresource = subresource;
  return encoded;
}

/** The object with these managedFields; the object itself where it has them already. What was applied may lack metadata. */
export function withManagedFields<T extends KubeObject>(object: T, managedFields: ManagedFieldsEntry[] | undefined): T {
  const { managedFields: before, ...metadata } = (object.metadata as ObjectMeta | undefined) ?? {};
  if (object.metadata && before === managedFields) return object;
  return { ...object, metadata: managedFields ? { ...metadata, managedFields } : metadata };
}
