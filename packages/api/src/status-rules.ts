import {
  type AnyMessage,
  type FieldError,
  type Fields,
  formOf,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  type SubresourceDefinition,
  type Type,
  type WriteContext,
  type WriteStrategy,
} from '@kubets/core';

/** The value of a message in which nothing is set: what its schema's defaults make of `{}`. */
export function emptyValue<S>(schema: Type<S>): S {
  return emptyMessage(formOf(schema) as AnyMessage) as S;
}

function emptyMessage(schema: AnyMessage): JsonObject {
  const value: JsonObject = {};
  for (const [name, field] of Object.entries(schema.fields as Fields)) {
    if (field.defaultValue === undefined) continue;
    const form = formOf(field.of);
    value[name] = form.type === 'message' ? emptyMessage(form) : (structuredClone(field.defaultValue) as JsonValue);
  }
  return value;
}

/** Gives a new object the status that nothing has been observed yet. */
export function clearStatus<S>(draft: { status?: S }, schema: Type<S>): void {
  draft.status = emptyValue(schema);
}

/** The status of the stored object stays: only the status subresource changes it. */
export function keepStatus<S>(draft: { status?: S }, old: { status?: S }): void {
  if (old.status === undefined) delete draft.status;
  else draft.status = old.status;
}

/** Which metadata a writer of /status may change: all of it, all but labels, or only managed fields. */
export type StatusMetadata = 'free' | 'fixedLabels' | 'fixed';

const FIXED_METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

export interface StatusRules<T extends KubeObject> {
  readonly metadata?: StatusMetadata;
  prepareForUpdate?(draft: T, old: T, context: WriteContext): void;
  validateUpdate?(object: T, old: T, context: WriteContext): FieldError[];
}

/** The subresource through which the status of a kind is read and written, and nothing else. */
export function statusSubresource<T extends KubeObject>(
  kind: string,
  rules: StatusRules<T> = {},
): SubresourceDefinition<T> {
  return { name: 'status', verbs: ['get', 'patch', 'update'], kind, form: 'object', strategy: statusStrategy(rules) };
}

/** The rules of a status subresource: everything beside status and metadata stays as stored. */
export function statusStrategy<T extends KubeObject>(rules: StatusRules<T> = {}): WriteStrategy<T> {
  return {
    prepareForUpdate(draft, old, context) {
      keepAllButStatus(draft, old);
      const fixed = rules.metadata === 'fixed' ? FIXED_METADATA : rules.metadata === 'fixedLabels' ? ['labels'] : [];
      for (const name of fixed) keepProperty(draft.metadata, old.metadata, name);
      rules.prepareForUpdate?.(draft, old, context);
    },
    ...(rules.validateUpdate ? { validateUpdate: rules.validateUpdate } : {}),
  };
}

const CHANGEABLE_THROUGH_STATUS = new Set(['apiVersion', 'kind', 'metadata', 'status']);

function keepAllButStatus(draft: KubeObject, old: KubeObject): void {
  for (const name of new Set([...Object.keys(draft), ...Object.keys(old)])) {
    if (!CHANGEABLE_THROUGH_STATUS.has(name)) keepProperty(draft, old, name);
  }
}

/** Gives `draft` the property that `old` has, or takes it away where `old` has none. */
export function keepProperty(draft: object, old: object, name: string): void {
  const target = draft as Record<string, unknown>;
  const value = (old as Record<string, unknown>)[name];
  if (value === undefined) delete target[name];
  else target[name] = value;
}
