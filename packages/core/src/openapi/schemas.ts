import { type AnyField, fieldsOf } from '../codec/presence.ts';
import type { JsonObject, JsonValue } from '../object.ts';
import {
  type AnyMessage,
  type AnyType,
  formOf,
  type MessageRules,
  type ScalarName,
  type UnionType,
} from '../schema/types.ts';

/** The two dialects served: swagger 2.0 at /openapi/v2, OpenAPI 3.0 at /openapi/v3. */
export type OpenApiDialect = 'v2' | 'v3';

export interface GroupVersionKindRef {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const APIEXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
export const PATCH_NAME = `${META}.Patch`;

/** Scalars that have a definition of their own. */
const NAMED_SCALARS: Readonly<Partial<Record<ScalarName, string>>> = {
  time: `${META}.Time`,
  microTime: `${META}.MicroTime`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  rawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  fieldsV1: `${META}.FieldsV1`,
  json: `${APIEXTENSIONS}.JSON`,
};

const SCALAR_DESCRIPTIONS: Readonly<Partial<Record<ScalarName, string>>> = {
  time: 'A moment, as RFC 3339 text with whole seconds.',
  microTime: 'A moment, as RFC 3339 text with microseconds.',
  quantity: 'An amount of a resource: a number with a suffix such as m, k, M, Ki or Mi.',
  intOrString: 'A whole number, or text such as a percentage or the name of a port.',
  rawExtension: 'An object of any kind.',
  fieldsV1: 'A set of fields, as a trie of f: (field), k: (key), v: (value) and i: (index) steps.',
  json: 'Any JSON value.',
};

const INLINE_SCALARS: Readonly<Partial<Record<ScalarName, JsonObject>>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  duration: { type: 'string' },
};

/** Gathers the definitions of messages and of all that they refer to, in one dialect. */
export class SchemaCollector {
  readonly #dialect: OpenApiDialect;
  readonly #kindsOf: (messageName: string) => readonly GroupVersionKindRef[];
  readonly #definitions = new Map<string, JsonObject>();

  constructor(dialect: OpenApiDialect, kindsOf: (messageName: string) => readonly GroupVersionKindRef[]) {
    this.#dialect = dialect;
    this.#kindsOf = kindsOf;
  }

  /** A reference to a message's definition, which is added unless it is there. */
  reference(message: AnyMessage): JsonObject {
    this.#define(message.name, () => this.#messageSchema(message));
    return this.#refTo(message.name);
  }

  /** A reference to the body of a patch, which has no structure of its own. */
  patchReference(): JsonObject {
    const description = 'A change of an object, in one of the patch formats.';
    this.#define(PATCH_NAME, () => ({ description, type: 'object' }));
    return this.#refTo(PATCH_NAME);
  }

  /** All definitions by name, in the order of the alphabet. */
  definitions(): JsonObject {
    return Object.fromEntries([...this.#definitions].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #refTo(name: string): JsonObject {
    return { $ref: `${this.#dialect === 'v2' ? '#/definitions/' : '#/components/schemas/'}${name}` };
  }

  #define(name: string, make: () => JsonObject): void {
    if (this.#definitions.has(name)) return;
    this.#definitions.set(name, {});
    this.#definitions.set(name, make());
  }

  #messageSchema(message: AnyMessage): JsonObject {
    if (message.rules) return this.#ruledSchema(message, message.rules);
    const fields = fieldsOf(message);
    const required = fields.filter(([, field]) => field.isRequired).map(([name]) => name);
    const kinds = this.#kindsOf(message.name);
    return {
      ...described(message.description),
      type: 'object',
      ...(required.length > 0 ? { required } : {}),
      ...(fields.length > 0
        ? { properties: Object.fromEntries(fields.map(([name, field]) => [name, this.#property(field)])) }
        : {}),
      ...(kinds.length > 0 ? { 'x-kubernetes-group-version-kind': kinds.map((kind) => ({ ...kind })) } : {}),
      ...(message.mapType ? { 'x-kubernetes-map-type': message.mapType } : {}),
      ...(message.unions.length > 0 ? { 'x-kubernetes-unions': message.unions.map(unionExtension) } : {}),
    };
  }

  #ruledSchema(message: AnyMessage, rules: MessageRules): JsonObject {
    const kinds = this.#kindsOf(message.name).map((kind) => ({ ...kind }));
    return {
      ...rules.openApi(this.#dialect, this.#wrapped(this.reference(rules.metadata))),
      ...(kinds.length > 0 ? { 'x-kubernetes-group-version-kind': kinds } : {}),
    };
  }

  #property(field: AnyField): JsonObject {
    const type = formOf(field.of);
    const schema = this.#type(type);
    const hasDefault = this.#dialect === 'v3' && field.defaultValue !== undefined;
    return {
      ...described(field.description),
      ...withEnum(this.#wrapped(schema), field, type),
      ...(hasDefault ? { default: field.defaultValue as JsonValue } : {}),
      ...listExtensions(field),
      ...(field.mapType ? { 'x-kubernetes-map-type': field.mapType } : {}),
    };
  }

  /** OpenAPI 3.0 ignores what stands beside a reference, so the reference is wrapped. */
  #wrapped(schema: JsonObject): JsonObject {
    return this.#dialect === 'v3' && schema.$ref !== undefined ? { allOf: [schema] } : schema;
  }

  #type(type: AnyType): JsonObject {
    switch (type.type) {
      case 'scalar':
        return this.#scalar(type.scalar);
      case 'list':
        return { type: 'array', items: this.#type(formOf(type.item)) };
      case 'map':
        return { type: 'object', additionalProperties: this.#type(formOf(type.value)) };
      case 'union':
        return this.#union(type);
      case 'message':
        return this.reference(type);
    }
  }

  #union(type: UnionType<unknown>): JsonObject {
    this.#define(type.name, () => described(type.description));
    for (const variant of type.variants) this.#type(formOf(variant.of));
    return this.#refTo(type.name);
  }

  #scalar(scalar: ScalarName): JsonObject {
    const name = NAMED_SCALARS[scalar];
    if (name === undefined) return INLINE_SCALARS[scalar] ?? {};
    this.#define(name, () => ({ ...described(SCALAR_DESCRIPTIONS[scalar] ?? ''), ...this.#namedScalar(scalar) }));
    return this.#refTo(name);
  }

  #namedScalar(scalar: ScalarName): JsonObject {
    const isV2 = this.#dialect === 'v2';
    switch (scalar) {
      case 'time':
      case 'microTime':
        return { type: 'string', format: 'date-time' };
      case 'quantity':
        return isV2 ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] };
      case 'intOrString':
        return isV2
          ? { type: 'string', format: 'int-or-string' }
          : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] };
      case 'json':
        return {};
      default:
        return { type: 'object' };
    }
  }
}

function described(description: string): JsonObject {
  return description === '' ? {} : { description };
}

function withEnum(schema: JsonObject, field: AnyField, type: AnyType): JsonObject {
  if (!field.values) return schema;
  const values = [...field.values];
  const inner = type.type === 'list' ? 'items' : type.type === 'map' ? 'additionalProperties' : undefined;
  return inner
    ? { ...schema, [inner]: { ...(schema[inner] as JsonObject), enum: values } }
    : { ...schema, enum: values };
}

function listExtensions(field: AnyField): JsonObject {
  return {
    ...(field.listMapKeys ? { 'x-kubernetes-list-map-keys': [...field.listMapKeys] } : {}),
    ...(field.listType ? { 'x-kubernetes-list-type': field.listType } : {}),
    ...(field.patchMergeKey ? { 'x-kubernetes-patch-merge-key': field.patchMergeKey } : {}),
    ...(field.patchStrategies.length > 0 ? { 'x-kubernetes-patch-strategy': field.patchStrategies.join(',') } : {}),
  };
}

function unionExtension(union: AnyMessage['unions'][number]): JsonObject {
  return {
    ...(union.discriminator ? { discriminator: union.discriminator } : {}),
    'fields-to-discriminateBy': { ...union.fields },
  };
}
