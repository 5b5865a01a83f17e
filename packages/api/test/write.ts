import { applySchemaDefaults, conform, type JsonObject, type KindDefinition, type KubeObject } from '@kubets/core';
import { builtInKinds } from '../src/index.ts';

/** What became of a write: the object as it would be stored, and what validation says of it. */
export interface Written {
  readonly object: KubeObject & JsonObject;
  readonly complaints: readonly string[];
}

const NOW_MS = Date.UTC(2026, 0, 1);

export function kindNamed(name: string): KindDefinition {
  const kind = builtInKinds.find((candidate) => candidate.kind === name && candidate.group === '');
  if (!kind) throw new Error(`no core kind ${name}`);
  return kind;
}

function decode(kind: KindDefinition, json: JsonObject): KubeObject & JsonObject {
  const draft = conform(kind.schema, { metadata: { name: 'x', namespace: 'default' }, ...structuredClone(json) }).value;
  applySchemaDefaults(kind.schema, draft as JsonObject);
  kind.strategy.applyDefaults?.(draft as unknown as KubeObject);
  return draft as unknown as KubeObject & JsonObject;
}

const textsOf = (errors: readonly { field: string; message: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message.split('\n')[0]}`);

/** Creates an object as the API server does, without storing it. */
export function create(name: string, json: JsonObject): Written {
  const kind = kindNamed(name);
  const object = decode(kind, json);
  const context = { subresource: '', nowMs: NOW_MS };
  if (kind.strategy.prepareForCreate) kind.strategy.prepareForCreate(object, context);
  else if (kind.subresources.some((subresource) => subresource.name === 'status')) delete object.status;
  return { object, complaints: textsOf(kind.strategy.validate?.(object, context) ?? []) };
}

/** Changes a stored object as the API server does; `json` is laid over its top-level fields. */
export function update(name: string, old: KubeObject, json: JsonObject, subresource = ''): Written {
  const kind = kindNamed(name);
  const strategy = subresource
    ? (kind.subresources.find((candidate) => candidate.name === subresource)?.strategy ?? {})
    : kind.strategy;
  const stored = { ...old, metadata: { ...old.metadata, resourceVersion: '1' } };
  const object = decode(kind, { ...(structuredClone(stored) as unknown as JsonObject), ...json });
  const context = { subresource, nowMs: NOW_MS };
  strategy.prepareForUpdate?.(object, stored, context);
  object.metadata.resourceVersion = '1';
  const errors = [
    ...(strategy.validate?.(object, context) ?? []),
    ...(strategy.validateUpdate?.(object, stored, context) ?? []),
  ];
  return { object, complaints: textsOf(errors) };
}

/** The cells of an object's table row, by the columns' names. */
export function rowOf(name: string, json: JsonObject, nowMs = NOW_MS): Record<string, unknown> {
  const object = conform(kindNamed(name).schema, json).value as unknown as KubeObject;
  return Object.fromEntries(kindNamed(name).columns.map((column) => [column.name, column.cell(object, nowMs)]));
}
