import type { JsonObject, JsonValue, KubeObject } from '../object.ts';
import { goText, isObject, jsonEqual } from '../patch/json-value.ts';
import type { AnyMessage } from '../schema/types.ts';
import { badRequest, StatusError } from '../status.ts';
import { type Comparison, compareObjects, SYSTEM_METADATA } from './comparison.ts';
import {
  deepDifferenceOfFields,
  differenceOfFields,
  EMPTY_FIELD_SET,
  type FieldPathElements,
  type FieldSet,
  fieldSetOfPaths,
  hasPath,
  intersectionOfFields,
  isEmptyFieldSet,
  pathsOf,
  pathText,
  unionFields,
} from './field-set.ts';
import {
  afterUpdate,
  BEFORE_FIRST_APPLY,
  compareTexts,
  comparisonsByVersion,
  disown,
  isBy,
  type ManagedEntry,
  readEntries,
  type VersionLookup,
  type Writer,
  withManagedFields,
  withoutResetFields,
  writtenFields,
} from './managed-fields.ts';
import { type StructType, structOf } from './merge-type.ts';
import { shareFieldSet } from './shared-sets.ts';
import { appliedFields, complaintsAbout, mergeApplied, removeFields, withNamedFields } from './typed-value.ts';

/** Where client-side `kubectl apply` keeps what it applied last. */
export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** The manager for which apply takes over from client-side apply. */
const KUBECTL = 'kubectl';
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

export interface ApplyPatchOptions {
  /** The stored object; undefined when applying creates it. */
  readonly live: KubeObject | undefined;
  /** What the client sent: the fields that it wants to own, and no others. */
  readonly applied: JsonObject;
  readonly schema: AnyMessage;
  readonly manager: string;
  /** Take fields from other managers instead of failing. */
  readonly force: boolean;
  /** Version that the request is made in. */
  readonly apiVersion: string;
  readonly subresource: string;
  /** Time of the request, RFC 3339 with seconds. */
  readonly nowIso: string;
  /** Fields that are not owned through this endpoint and whose changes do not count, such as status. */
  readonly resetFields?: FieldSet;
  readonly versions?: VersionLookup;
}

/**
 * Server-side apply: the live object with the applied fields merged in, with those taken out that this manager applied before
 * and nobody owns any more, and with managedFields brought up to date. When nothing changes the result is `live` itself. The
 * caller defaults, validates and stores the result as it does after any patch.
 *
 * @throws StatusError 409 when other managers own fields that would change, unless forced; 400 when `applied` does not fit the
 * schema, has managedFields or is of another version.
 */
export function applyPatch(options: ApplyPatchOptions): KubeObject {
  checkApplied(options);
  const result = applyOrTakeOver(options);
  return options.manager === KUBECTL ? withLastApplied(result, options.applied) : result;
}

function checkApplied({ applied, apiVersion, schema }: ApplyPatchOptions): void {
  if (applied.apiVersion !== apiVersion) {
    const versions = `Specified patch version: ${goText(applied.apiVersion)}, expected: ${apiVersion}`;
    throw badRequest(`Incorrect version specified in apply patch. ${versions}`);
  }
  const metadata = isObject(applied.metadata) ? applied.metadata : {};
  if (metadata.managedFields !== undefined && metadata.managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const complaints = complaintsAbout(applied, structOf(schema));
  if (complaints.length === 0) return;
  const text =
    complaints.length === 1 ? complaints[0] : ['errors:', ...complaints.map((each) => `  ${each}`)].join('\n');
  const subject = `${goText(metadata.namespace ?? '')}/${goText(metadata.name ?? '')}; ${gvkText(applied)}`;
  // Others answer 500 here, though the fault is the client's.
  throw badRequest(`failed to create typed patch object (${subject}): ${text}`);
}

function gvkText({ apiVersion, kind }: JsonObject): string {
  const version = goText(apiVersion);
  return `${version.includes('/') ? version : `/${version}`}, Kind=${goText(kind)}`;
}

/** Applies; the manager `kubectl` takes fields over that client-side apply has put there. */
function applyOrTakeOver(options: ApplyPatchOptions): KubeObject {
  const plan = planApply(options);
  if (options.force || plan.conflicts.length === 0) return carryOut(plan, options);
  const allowed = options.manager === KUBECTL ? fieldsOfLastApplied(options) : undefined;
  const conflicts = allowed ? plan.conflicts.filter(({ path }) => !hasPath(allowed, path)) : plan.conflicts;
  if (conflicts.length > 0) throw conflictError(conflicts);
  return carryOut(plan, options);
}

/** What applying would do. */
interface ApplyPlan {
  readonly writer: Writer;
  /** The merged object, still with the live managedFields. */
  readonly merged: KubeObject;
  readonly fields: FieldSet;
  /** All entries before, that of the writer included. */
  readonly entries: readonly ManagedEntry[];
  readonly change: Comparison;
  readonly conflicts: readonly Conflict[];
}

interface Conflict {
  readonly entry: ManagedEntry;
  readonly path: FieldPathElements;
}

function planApply(options: ApplyPatchOptions): ApplyPlan {
  const { live, applied, apiVersion, subresource, resetFields } = options;
  const struct = structOf(options.schema);
  const writer: Writer = { manager: options.manager || 'unknown', operation: 'Apply', apiVersion, subresource };
  const entries = entriesBeforeApply(options, struct);
  const spokenOf = appliedFields(applied, struct);
  const fields = resetFields ? deepDifferenceOfFields(spokenOf, resetFields) : spokenOf;
  const merged = mergeApplied(live as JsonValue | undefined, applied, struct) as JsonObject;
  const after = prune(merged, { struct, writer, fields, entries });
  const updated = after as unknown as KubeObject;
  const comparison = compareObjects((live ?? {}) as unknown as JsonObject, after, struct);
  const change = withoutResetFields(comparison, resetFields);
  const others = entries.filter((entry) => !isBy(entry, writer));
  const changes = comparisonsByVersion(change, { ...options, updated });
  const conflicts = others.flatMap((entry) => conflictsWith(entry, changes(entry.apiVersion)?.taken));
  return { writer, merged: updated, fields, entries, change, conflicts };
}

/** The entries of the live object. What an untracked object holds belongs to `before-first-apply`. */
function entriesBeforeApply(options: ApplyPatchOptions, struct: StructType): readonly ManagedEntry[] {
  const { live } = options;
  const entries = readEntries(live?.metadata.managedFields);
  if (entries.length > 0 || !live) return entries;
  const comparison = compareObjects({}, live as unknown as JsonObject, struct);
  const { versions: _, ...context } = options;
  return afterUpdate([], comparison, { ...context, live: undefined, updated: live, manager: BEFORE_FIRST_APPLY });
}

/** Takes out of the merged object what this manager applied the last time, not this time, and nobody else owns. */
function prune(
  merged: JsonObject,
  plan: { struct: StructType; writer: Writer; fields: FieldSet; entries: readonly ManagedEntry[] },
): JsonObject {
  const { struct, writer, fields, entries } = plan;
  const last = entries.find((entry) => isBy(entry, writer))?.fields ?? EMPTY_FIELD_SET;
  if (isEmptyFieldSet(differenceOfFields(last, fields))) return merged;
  const others = entries.filter((entry) => !isBy(entry, writer));
  const owned = others.reduce((all, entry) => unionFields(all, entry.fields), fields);
  const allLast = withNamedFields(last, struct);
  const allMerged = allFieldsOf(merged, struct);
  const withoutLast = without(merged, allLast, struct);
  const kept = unionFields(allFieldsOf(withoutLast, struct), withNamedFields(owned, struct));
  const unowned = without(merged, differenceOfFields(allMerged, kept), struct);
  const gone = differenceOfFields(allMerged, allFieldsOf(unowned, struct));
  return without(merged, intersectionOfFields(gone, allLast), struct);
}

function allFieldsOf(object: JsonObject, struct: StructType): FieldSet {
  return withNamedFields(appliedFields(object, struct), struct);
}

function without(object: JsonObject, fields: FieldSet, struct: StructType): JsonObject {
  return isEmptyFieldSet(fields) ? object : ((removeFields(object, fields, struct) ?? {}) as JsonObject);
}

function conflictsWith(entry: ManagedEntry, taken: FieldSet | undefined): Conflict[] {
  if (!taken) return [];
  return pathsOf(intersectionOfFields(entry.fields, taken)).map((path) => ({ entry, path }));
}

const SYSTEM_FIELDS = fieldSetOfPaths(
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...SYSTEM_METADATA.map((name) => ['metadata', name]),
);

function carryOut(plan: ApplyPlan, options: ApplyPatchOptions): KubeObject {
  const { live, nowIso } = options;
  const fields = differenceOfFields(plan.fields, SYSTEM_FIELDS);
  const before = plan.entries.find((entry) => isBy(entry, plan.writer));
  // What has no owner may differ too: the order of a list, or a resourceVersion that the client relies on.
  const base = live && isSameObject(live, plan.merged) ? live : plan.merged;
  if (live && before && !isChange(plan.change) && isSameEntry(before, plan.writer, fields)) {
    return withManagedFields(base, live.metadata.managedFields);
  }
  const others = plan.entries.filter((entry) => entry !== before);
  const changes = comparisonsByVersion(plan.change, { ...options, updated: plan.merged });
  const left = disown(others, changes);
  // Who owns fields of an object that stays as it is has done nothing at any time.
  const time = base === live ? before?.time : nowIso;
  const mine = isEmptyFieldSet(fields) ? [] : [{ ...plan.writer, time, fields: shareFieldSet(fields) }];
  const managedFields = writtenFields([...left, ...mine], live);
  return withManagedFields(base, managedFields);
}

function isChange({ taken, removed }: Comparison): boolean {
  return (taken !== undefined && !isEmptyFieldSet(taken)) || (removed !== undefined && !isEmptyFieldSet(removed));
}

function isSameObject(a: KubeObject, b: KubeObject): boolean {
  return jsonEqual(a as unknown as JsonObject, b as unknown as JsonObject);
}

function isSameEntry(entry: ManagedEntry, writer: Writer, fields: FieldSet): boolean {
  return entry.apiVersion === writer.apiVersion && jsonEqual(entry.fields, fields);
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const byManager = [...conflicts].sort((a, b) => compareTexts(managerKey(a.entry), managerKey(b.entry)));
  const causes = byManager.map(({ entry, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(entry)}`,
    field: pathText(path),
  }));
  return new StatusError({ code: 409, reason: 'Conflict', message: conflictMessage(byManager), details: { causes } });
}

function managerKey({ manager, operation, apiVersion, subresource }: ManagedEntry): string {
  return JSON.stringify([manager, operation, apiVersion, subresource]);
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const first = conflicts[0]!;
  if (conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${managerText(first.entry)}: ${pathText(first.path)}`;
  }
  const lines = conflicts.flatMap(({ entry, path }, index) => {
    const isNewManager = conflicts[index - 1]?.entry !== entry;
    return isNewManager ? [`conflicts with ${managerText(entry)}:`, `- ${pathText(path)}`] : [`- ${pathText(path)}`];
  });
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function managerText({ manager, operation, apiVersion, subresource }: ManagedEntry): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

/** The fields that client-side apply put there and that still are as it left them. Undefined when there are none. */
function fieldsOfLastApplied({ live, apiVersion, schema }: ApplyPatchOptions): FieldSet | undefined {
  const last = parseObject(live?.metadata.annotations?.[LAST_APPLIED_ANNOTATION]);
  const struct = structOf(schema);
  if (last?.apiVersion !== apiVersion || complaintsAbout(last, struct).length > 0) return undefined;
  const { taken, removed } = compareObjects(last, live as unknown as JsonObject, struct);
  const unchanged = taken ? differenceOfFields(appliedFields(last, struct), taken) : appliedFields(last, struct);
  return removed ? differenceOfFields(unchanged, removed) : unchanged;
}

function parseObject(text: string | undefined): JsonObject | undefined {
  if (!text) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the annotation of client-side apply true, where the object has it, so that one can go back to that. */
function withLastApplied(object: KubeObject, applied: JsonObject): KubeObject {
  const annotations = object.metadata.annotations;
  if (!annotations?.[LAST_APPLIED_ANNOTATION]) return object;
  const value = `${JSON.stringify(sorted(withoutLastApplied(applied)))}\n`;
  if (annotations[LAST_APPLIED_ANNOTATION] === value) return object;
  const { [LAST_APPLIED_ANNOTATION]: _, ...others } = annotations;
  const kept = { ...others, [LAST_APPLIED_ANNOTATION]: value };
  const fits = annotationBytes(kept) <= MAX_ANNOTATIONS_BYTES;
  return { ...object, metadata: { ...object.metadata, annotations: fits ? kept : others } };
}

function withoutLastApplied(applied: JsonObject): JsonObject {
  const { metadata } = applied;
  if (!isObject(metadata) || !isObject(metadata.annotations)) return applied;
  const { [LAST_APPLIED_ANNOTATION]: _, ...annotations } = metadata.annotations;
  return { ...applied, metadata: { ...metadata, annotations } };
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, sorted(child)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function annotationBytes(annotations: Readonly<Record<string, string>>): number {
  const encoder = new TextEncoder();
  return Object.entries(annotations)
    .flat()
    .reduce((total, text) => total + encoder.encode(text).length, 0);
}
