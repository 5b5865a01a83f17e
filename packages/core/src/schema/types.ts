import type { JsonObject, JsonValue } from '../object.ts';

/**
 * The schema language: a kind's messages are described once, and the TypeScript type, JSON decoding, defaulting, OpenAPI,
 * protobuf codec, strategic-merge keys and apply merge types are all derived from that description.
 *
 *     export const ContainerPort = message('io.k8s.api.core.v1.ContainerPort', 'A port a container listens on.', {
 *       name: field(1, string, 'Name that services can refer to.'),
 *       containerPort: field(3, int32, 'Port number inside the pod.').required(),
 *       protocol: field(4, string, 'Transport protocol.').default('TCP').oneOf('TCP', 'UDP', 'SCTP'),
 *     });
 *     export type ContainerPort = Infer<typeof ContainerPort>;
 */

/** How a value travels; each has one JSON form, one protobuf form and one OpenAPI form. */
export type ScalarName =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'double'
  /** base64 in JSON */
  | 'bytes'
  /** RFC 3339 with seconds */
  | 'time'
  /** RFC 3339 with microseconds */
  | 'microTime'
  /** Go duration text, such as 1m30s */
  | 'duration'
  /** canonical quantity text, such as 500m */
  | 'quantity'
  | 'intOrString'
  /** any JSON object; protobuf RawExtension */
  | 'rawExtension'
  /** a field set; protobuf FieldsV1 */
  | 'fieldsV1'
  /** any JSON value; protobuf message with one bytes field `raw` */
  | 'json';

declare const valueType: unique symbol;

/** A type of the schema language whose JSON values have the TypeScript type `T`. */
export interface Type<T> {
  readonly [valueType]?: T;
  readonly type: 'scalar' | 'list' | 'map' | 'message' | 'union';
}

export interface ScalarType<T> extends Type<T> {
  readonly type: 'scalar';
  readonly scalar: ScalarName;
}

export interface ListType<T> extends Type<T[]> {
  readonly type: 'list';
  readonly item: Lazy<Type<T>>;
  /** How apply sees the list where it is no field, but an item of a list or a value of a map; atomic where unset. */
  readonly listType?: 'set' | 'map';
  readonly listMapKeys?: readonly string[];
}

/** A map with string keys. */
export interface MapType<T> extends Type<Record<string, T>> {
  readonly type: 'map';
  readonly value: Lazy<Type<T>>;
  /** `atomic`: apply treats the map as one value wherever it stands. */
  readonly mapType?: 'atomic';
}

/**
 * A value that may take one of several JSON forms and travels in protobuf as a message with a field a form. `variants` are
 * told apart by the JSON form; `presence`, where set, is a bool field that protobuf sends beside the object form.
 */
export interface UnionType<T> extends Type<T> {
  readonly type: 'union';
  readonly name: string;
  readonly description: string;
  readonly variants: readonly UnionVariant[];
}

export interface UnionVariant {
  readonly json: 'boolean' | 'object' | 'array' | 'string';
  readonly number: number;
  readonly of: Lazy<Type<unknown>>;
}

/** A type, or a function that gives it, for types that refer to each other. */
export type Lazy<T> = T | (() => T);

/** The type behind a `Lazy`. */
export function resolve<T extends object>(lazy: Lazy<T>): T {
  return typeof lazy === 'function' ? (lazy as () => T)() : lazy;
}

// biome-ignore lint/suspicious/noExplicitAny: any message, whatever its fields
export type AnyMessage = Message<any>;
export type AnyType = ScalarType<unknown> | ListType<unknown> | MapType<unknown> | UnionType<unknown> | AnyMessage;

/** Sees a `Type` as the union of its forms, to switch over `.type`. */
export function formOf(type: Lazy<Type<unknown>>): AnyType {
  return resolve(type) as AnyType;
}

const scalar = <T>(name: ScalarName): ScalarType<T> => ({ type: 'scalar', scalar: name });

export const string = scalar<string>('string');
export const bool = scalar<boolean>('bool');
export const int32 = scalar<number>('int32');
export const int64 = scalar<number>('int64');
export const double = scalar<number>('double');
export const bytes = scalar<string>('bytes');
export const time = scalar<string>('time');
export const microTime = scalar<string>('microTime');
export const duration = scalar<string>('duration');
export const quantity = scalar<string>('quantity');
export const intOrString = scalar<number | string>('intOrString');
export const rawExtension = scalar<JsonValue>('rawExtension');
export const fieldsV1 = scalar<{ [key: string]: JsonValue }>('fieldsV1');
export const json = scalar<JsonValue>('json');

export function list<T>(item: Lazy<Type<T>>): ListType<T> {
  return { type: 'list', item };
}

export function map<T>(value: Lazy<Type<T>>): MapType<T> {
  return { type: 'map', value };
}

/** One field of a message. The builder methods return the field itself, so that a definition reads as one line. */
export class Field<T, Required extends boolean = false> {
  declare readonly [valueType]?: [T, Required];
  /** Protobuf field number. */
  readonly number: number;
  readonly of: Lazy<Type<T>>;
  readonly description: string;
  /** Field numbers of the protobuf messages that this field is nested in, outermost first; JSON has it flat. */
  path: readonly number[] = [];
  isRequired = false;
  /** Upstream's type is a pointer: a zero value is a value, and only absence is absence. */
  isPointer = false;
  /** A list that is null where it has nothing in it, and never left out. */
  isNeverOmitted = false;
  defaultValue: JsonValue | undefined;
  values: readonly string[] | undefined;
  /** How server-side apply and OpenAPI see a list. A plain list of scalars or messages is atomic. */
  listType: 'atomic' | 'set' | 'map' | undefined;
  listMapKeys: readonly string[] | undefined;
  /** `atomic` where apply treats a map or message as one value; `granular` where it does not though the message is atomic elsewhere. */
  mapType: 'atomic' | 'granular' | undefined;
  /** Strategic merge patch: the key that identifies an item; lists without it are replaced. */
  patchMergeKey: string | undefined;
  patchStrategies: readonly ('merge' | 'replace' | 'retainKeys')[] = [];
  /** Name in the .proto file, where it is not the JSON name. */
  protoName: string | undefined;

  constructor(number: number, of: Lazy<Type<T>>, description: string) {
    this.number = number;
    this.of = of;
    this.description = description;
  }

  /** The field must be present; its TypeScript property is not optional. */
  required(): Field<T, true> {
    this.isRequired = true;
    return this as unknown as Field<T, true>;
  }

  /** Present on every decoded object, though a client may leave it out; its TypeScript property is not optional. */
  always(): Field<T, true> {
    return this as unknown as Field<T, true>;
  }

  /** A list that clients may leave out, and that the API never does: it is null where it has nothing in it. */
  neverOmitted(): this {
    this.isNeverOmitted = true;
    return this;
  }

  pointer(): this {
    this.isPointer = true;
    return this;
  }

  /** The value that decoding fills in; published in OpenAPI. */
  default(value: JsonValue): this {
    this.defaultValue = value;
    return this;
  }

  /** The values published in OpenAPI; validation reports others as NotSupported where upstream does. */
  oneOf(...values: string[]): this {
    this.values = values;
    return this;
  }

  atomic(): this {
    this.listType = 'atomic';
    return this;
  }

  set(): this {
    this.listType = 'set';
    return this;
  }

  /** The list is a map whose entries are told apart by `keys`. */
  mapOf(...keys: string[]): this {
    this.listType = 'map';
    this.listMapKeys = keys;
    return this;
  }

  atomicMap(): this {
    this.mapType = 'atomic';
    return this;
  }

  granularMap(): this {
    this.mapType = 'granular';
    return this;
  }

  /** Strategic merge patch merges the list's items by `key` (or by value, for lists of scalars). */
  mergeBy(key?: string): this {
    this.patchMergeKey = key;
    this.patchStrategies = [...this.patchStrategies, 'merge'];
    return this;
  }

  retainKeys(): this {
    this.patchStrategies = [...this.patchStrategies, 'retainKeys'];
    return this;
  }

  /** Strategic merge patch replaces the whole value. */
  replaced(): this {
    this.patchStrategies = [...this.patchStrategies, 'replace'];
    return this;
  }

  /** Published as a merge key only: strategic merge patch replaces the list all the same. */
  mergeKeyOnly(key: string): this {
    this.patchMergeKey = key;
    return this;
  }

  proto(name: string): this {
    this.protoName = name;
    return this;
  }
}

export function field<T>(number: number, of: Lazy<Type<T>>, description: string): Field<T, false> {
  return new Field(number, of, description);
}

// biome-ignore lint/suspicious/noExplicitAny: a field of any type
export type Fields = Record<string, Field<any, boolean>>;

/** What a JSON object with these fields looks like in TypeScript. */
export type Shape<F> = {
  [K in keyof F as F[K] extends Field<infer _T, true> ? K : never]: F[K] extends Field<infer T, boolean> ? T : never;
} & {
  [K in keyof F as F[K] extends Field<infer _T, true> ? never : K]?: F[K] extends Field<infer T, boolean> ? T : never;
};

type Flatten<T> = { [K in keyof T]: T[K] } & {};

/** The TypeScript type of a message's JSON objects. */
export type Infer<M> = M extends Message<infer F> ? Flatten<Shape<F>> : M extends Type<infer T> ? T : never;

/** A structured value: a kind, or a part of one. */
export interface Message<F extends Fields = Fields> extends Type<Flatten<Shape<F>>> {
  readonly type: 'message';
  /** Full name in OpenAPI, such as io.k8s.api.core.v1.PodSpec. */
  readonly name: string;
  readonly description: string;
  readonly fields: F;
  /** `atomic`: apply treats the whole message as one value. */
  readonly mapType: 'atomic' | undefined;
  /** Fields that are not declared are kept as they are, instead of being dropped or refused. */
  readonly keepsUnknownFields?: boolean;
  /** Groups of fields of which exactly one is meant, by the name of the field that tells which. */
  readonly unions: readonly MessageUnion[];
  /** Set where a JSON schema stands behind the message and says more than its fields can. */
  readonly rules?: MessageRules;
}

/**
 * What takes the place of rules derived from fields, for custom resources: values keep their zeroes and allowed nulls, and types
 * are left to validation.
 */
export interface ConformOptions {
  /** Nulls stay also where the schema allows none, for validation to find. */
  readonly keepsNulls?: boolean;
}

export interface MessageRules {
  /** As `conform`: a fresh copy without unknown fields, and the paths of those. Throws a 400 `StatusError`. */
  conform(value: JsonValue, options?: ConformOptions): { readonly value: JsonObject; readonly unknownFields: string[] };
  applyDefaults(draft: JsonObject): void;
  /** The message of `metadata`, which OpenAPI refers to. */
  readonly metadata: AnyMessage;
  openApi(dialect: 'v2' | 'v3', metadata: JsonObject): JsonObject;
}

export interface MessageUnion {
  readonly discriminator?: string;
  /** JSON field name to the discriminator value that selects it. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface MessageOptions {
  mapType?: 'atomic';
  keepsUnknownFields?: boolean;
  unions?: readonly MessageUnion[];
}

export function message<F extends Fields>(
  name: string,
  description: string,
  fields: F,
  options: MessageOptions = {},
): Message<F> {
  return {
    type: 'message',
    name,
    description,
    fields,
    mapType: options.mapType,
    unions: options.unions ?? [],
    ...(options.keepsUnknownFields ? { keepsUnknownFields: true } : {}),
  };
}

export function union<T>(name: string, description: string, variants: readonly UnionVariant[]): UnionType<T> {
  return { type: 'union', name, description, variants };
}

/**
 * The fields of `inner`, to be spread into another message: flat in JSON, in protobuf nested in the message field `number`.
 */
export function inline<F extends Fields>(number: number, inner: Message<F>): F {
  const copies = Object.entries(inner.fields).map(([name, original]) => {
    const copy: Field<unknown, boolean> = Object.assign(Object.create(Field.prototype), original);
    copy.path = [number, ...original.path];
    return [name, copy] as const;
  });
  return Object.fromEntries(copies) as F;
}
