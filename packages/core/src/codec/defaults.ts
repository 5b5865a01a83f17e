import type { JsonObject, JsonValue } from '../object.ts';
import { type AnyMessage, type AnyType, formOf, type MessageRules } from '../schema/types.ts';
import { type AnyField, fieldsOf } from './presence.ts';

/**
 * Fills in what `schema` says a decoded object has though its client left it out: the fields' `default()` values, at every depth,
 * and empty lists and maps where they are required. Changes `draft` in place; doing it twice changes nothing more.
 */
export function applySchemaDefaults(schema: AnyMessage, draft: JsonObject): void {
  fillerOf(schema)?.(draft);
}

type Filler = (value: JsonObject) => void;

/** null: known to have nothing to fill in. */
const fillers = new WeakMap<AnyMessage, Filler | null>();

function fillerOf(schema: AnyMessage): Filler | null {
  const known = fillers.get(schema);
  if (known !== undefined) return known;
  if (schema.rules) return ruleFiller(schema.rules);
  // A message that contains itself meets this entry first, which looks the finished one up when it runs.
  fillers.set(schema, (value) => fillers.get(schema)?.(value));
  const steps = fieldsOf(schema).flatMap(([name, field]) => compileStep(name, field) ?? []);
  const filler = steps.length === 0 ? null : (value: JsonObject) => runSteps(steps, value);
  fillers.set(schema, filler);
  return filler;
}

function ruleFiller(rules: MessageRules): Filler {
  const fillMetadata = fillerOf(rules.metadata);
  return (value) => {
    rules.applyDefaults(value);
    const { metadata } = value;
    if (fillMetadata && typeof metadata === 'object' && metadata !== null) fillMetadata(metadata as JsonObject);
  };
}

function runSteps(steps: readonly Filler[], value: JsonObject): void {
  for (let index = 0; index < steps.length; index++) steps[index]!(value);
}

function compileStep(name: string, field: AnyField): Filler | undefined {
  const type = formOf(field.of);
  const fresh = freshDefault(field, type);
  const fillInner = innerFiller(type);
  if (!fresh && !fillInner) return undefined;
  return (value) => {
    let inner = value[name];
    if (inner === undefined) {
      if (!fresh) return;
      inner = fresh();
      value[name] = inner;
    }
    if (fillInner && inner !== null) fillInner(inner);
  };
}

/** Makes the default of a field, new each time where it is an object; undefined where the field has none. */
function freshDefault(field: AnyField, type: AnyType): (() => JsonValue) | undefined {
  const { defaultValue } = field;
  if (defaultValue === undefined) {
    if (!field.isRequired || field.isPointer) return undefined;
    if (type.type === 'list') return () => [];
    return type.type === 'map' ? () => ({}) : undefined;
  }
  if (typeof defaultValue !== 'object' || defaultValue === null) return () => defaultValue;
  return () => structuredClone(defaultValue);
}

function innerFiller(type: AnyType): ((value: JsonValue) => void) | undefined {
  switch (type.type) {
    case 'message': {
      const fill = fillerOf(type);
      return fill ? (value) => fill(value as JsonObject) : undefined;
    }
    case 'list': {
      const fill = innerFiller(formOf(type.item));
      return fill && ((value) => fillItems(fill, value as JsonValue[]));
    }
    case 'map': {
      const fill = innerFiller(formOf(type.value));
      return fill && ((value) => fillItems(fill, Object.values(value as JsonObject)));
    }
    default:
      return undefined;
  }
}

function fillItems(fill: (value: JsonValue) => void, items: readonly JsonValue[]): void {
  for (let index = 0; index < items.length; index++) {
    const item = items[index]!;
    if (item !== null && typeof item === 'object') fill(item);
  }
}
