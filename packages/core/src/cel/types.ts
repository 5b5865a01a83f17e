/** The types of CEL, as the checker sees them. */
export type CelType =
  | { readonly kind: Primitive }
  | { readonly kind: 'list'; readonly item: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'type'; readonly of: CelType }
  | { readonly kind: 'optional'; readonly of: CelType }
  | {
      readonly kind: 'object';
      readonly name: string;
      readonly fields: ReadonlyMap<string, CelType>;
      /** Fields that are not declared are there too, of any type. */
      readonly isOpen?: boolean;
    }
  | { readonly kind: 'opaque'; readonly name: string }
  /** Stands for the same type wherever it occurs in a signature. */
  | { readonly kind: 'param'; readonly name: string }
  /** A type that is not known yet. */
  | TypeVariable;

export type Primitive =
  | 'int'
  | 'uint'
  | 'double'
  | 'bool'
  | 'string'
  | 'bytes'
  | 'null'
  | 'timestamp'
  | 'duration'
  | 'dyn';

export interface TypeVariable {
  readonly kind: 'variable';
  bound: CelType | undefined;
}

export const INT: CelType = { kind: 'int' };
export const UINT: CelType = { kind: 'uint' };
export const DOUBLE: CelType = { kind: 'double' };
export const BOOL: CelType = { kind: 'bool' };
export const STRING: CelType = { kind: 'string' };
export const BYTES: CelType = { kind: 'bytes' };
export const NULL: CelType = { kind: 'null' };
export const TIMESTAMP: CelType = { kind: 'timestamp' };
export const DURATION: CelType = { kind: 'duration' };
export const DYN: CelType = { kind: 'dyn' };
export const listType = (item: CelType): CelType => ({ kind: 'list', item });
export const mapType = (key: CelType, value: CelType): CelType => ({ kind: 'map', key, value });
export const optionalType = (of: CelType): CelType => ({ kind: 'optional', of });
export const typeType = (of: CelType): CelType => ({ kind: 'type', of });
export const opaqueType = (name: string): CelType => ({ kind: 'opaque', name });
export const paramType = (name: string): CelType => ({ kind: 'param', name });
export const objectType = (name: string, fields: ReadonlyMap<string, CelType>): CelType => ({
  kind: 'object',
  name,
  fields,
});
/** Objects of which nothing is known but the name of their type. */
export const openObjectType = (name: string): CelType => ({ kind: 'object', name, fields: new Map(), isOpen: true });
export const freshType = (): TypeVariable => ({ kind: 'variable', bound: undefined });

/** The type that a variable has come to stand for. */
export function prune(type: CelType): CelType {
  let current = type;
  while (current.kind === 'variable' && current.bound) current = current.bound;
  return current;
}

/** The type as errors name it. */
export function typeText(type: CelType): string {
  const known = prune(type);
  switch (known.kind) {
    case 'list':
      return `list(${typeText(known.item)})`;
    case 'map':
      return `map(${typeText(known.key)}, ${typeText(known.value)})`;
    case 'type':
      return `type(${typeText(known.of)})`;
    case 'optional':
      return `optional_type(${typeText(known.of)})`;
    case 'object':
    case 'opaque':
    case 'param':
      return known.name;
    case 'variable':
      return 'dyn';
    default:
      return known.kind;
  }
}

/** Undoes what an attempt at unification has bound. */
export class Trail {
  readonly #bound: TypeVariable[] = [];

  bind(variable: TypeVariable, type: CelType): void {
    variable.bound = type;
    this.#bound.push(variable);
  }

  undo(): void {
    for (const variable of this.#bound.splice(0)) variable.bound = undefined;
  }
}

/** Whether a value of type `actual` may stand where `expected` is asked for; binds variables on the way. */
export function isAssignable(expected: CelType, actual: CelType, trail: Trail): boolean {
  const [a, b] = [prune(expected), prune(actual)];
  if (a === b) return true;
  if (a.kind === 'variable') return bindTo(a, b, trail);
  if (b.kind === 'variable') return bindTo(b, a, trail);
  if (a.kind === 'dyn' || b.kind === 'dyn') return true;
  // Null stands for the absence of what is not a scalar.
  if (b.kind === 'null') return NULLABLE.has(a.kind);
  if (a.kind === 'null') return NULLABLE.has(b.kind);
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'list':
      return isAssignable(a.item, (b as typeof a).item, trail);
    case 'map':
      return isAssignable(a.key, (b as typeof a).key, trail) && isAssignable(a.value, (b as typeof a).value, trail);
    case 'optional':
      return isAssignable(a.of, (b as typeof a).of, trail);
    case 'object':
    case 'opaque':
      return a.name === (b as typeof a).name;
    default:
      return true;
  }
}

const NULLABLE: ReadonlySet<string> = new Set(['null', 'object', 'opaque', 'timestamp', 'duration', 'optional']);

function bindTo(variable: TypeVariable, type: CelType, trail: Trail): boolean {
  if (occurs(variable, type)) return false;
  trail.bind(variable, type);
  return true;
}

function occurs(variable: TypeVariable, type: CelType): boolean {
  const known = prune(type);
  if (known === variable) return true;
  switch (known.kind) {
    case 'list':
      return occurs(variable, known.item);
    case 'map':
      return occurs(variable, known.key) || occurs(variable, known.value);
    case 'optional':
    case 'type':
      return occurs(variable, known.of);
    default:
      return false;
  }
}

/** A signature's type with its parameters replaced by variables. */
export function instantiate(type: CelType, variables: Map<string, TypeVariable>): CelType {
  switch (type.kind) {
    case 'param': {
      const variable = variables.get(type.name) ?? freshType();
      variables.set(type.name, variable);
      return variable;
    }
    case 'list':
      return listType(instantiate(type.item, variables));
    case 'map':
      return mapType(instantiate(type.key, variables), instantiate(type.value, variables));
    case 'optional':
      return optionalType(instantiate(type.of, variables));
    case 'type':
      return typeType(instantiate(type.of, variables));
    default:
      return type;
  }
}
