import type { JsonObject, JsonValue } from '../object.ts';
import { badRequest, StatusError } from '../status.ts';
import { isObject, jsonEqual, ownValue, setOwnValue } from './json-value.ts';

/** One operation of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

export const MAX_JSON_PATCH_OPERATIONS = 10_000;
/** How much `copy` operations may add to a document in total, in bytes of JSON. */
export const MAX_JSON_PATCH_COPY_BYTES = 3 * 1024 * 1024;
/** How deep a patched document may become. */
export const MAX_JSON_PATCH_DEPTH = 1_000;

type Container = JsonObject | JsonValue[];

/**
 * Reads a JSON patch.
 *
 * @throws StatusError 400 when it is not a list of operations with all that they need, and 413 when it has too many.
 */
export function parseJsonPatch(value: JsonValue): JsonPatchOperation[] {
  if (value === null) return [];
  if (!Array.isArray(value)) {
    throw badRequest(`json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type jsonpatch.Patch`);
  }
  if (value.length > MAX_JSON_PATCH_OPERATIONS) throw tooManyOperations(value.length);
  return value.map(parseOperation);
}

function parseOperation(value: JsonValue): JsonPatchOperation {
  if (!isObject(value)) {
    throw badRequest(`json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type jsonpatch.Operation`);
  }
  const op = ownValue(value, 'op');
  switch (op) {
    case 'add':
    case 'replace':
    case 'test': {
      const wanted = patchValue(value, op);
      return { op, path: memberText(value, 'path'), value: wanted };
    }
    case 'remove':
      return { op, path: memberText(value, 'path') };
    case 'move':
    case 'copy': {
      const from = memberText(value, 'from');
      return { op, path: memberText(value, 'path'), from };
    }
    default:
      throw malformed(value, 'unsupported operation', `Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`);
  }
}

/** A test without a value is one for null. */
function patchValue(operation: JsonObject, op: 'add' | 'replace' | 'test'): JsonValue {
  const value = ownValue(operation, 'value');
  if (value === undefined && op !== 'test') {
    const missing = 'operation, missing value field';
    throw malformed(operation, `failed to decode 'value': ${missing}: missing value`, missing);
  }
  return value ?? null;
}

/** A 400 whose `cause` says what patches that are not decoded from JSON fail with. */
function malformed(operation: JsonObject, why: string, cause: string): StatusError {
  const message = `invalid operation ${JSON.stringify(operation)}: ${why}`;
  return new StatusError({ code: 400, reason: 'BadRequest', message, cause: new Error(cause) });
}

function memberText(operation: JsonObject, name: 'path' | 'from'): string {
  const text = ownValue(operation, name);
  if (typeof text === 'string') return text;
  const missing = name === 'path' ? 'operation missing path field' : 'operation, missing from field';
  throw malformed(
    operation,
    `failed to decode '${name}': ${missing}: missing value`,
    `operation missing ${name} field`,
  );
}

function jsonTypeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/**
 * Applies a JSON patch. All operations succeed, or nothing happens; the result shares what did not change with `document`.
 *
 * @throws StatusError 422 when a test fails or a path does not exist. As in Kubernetes the message is always the same; the
 * reason is in the error's `cause`.
 */
export function applyJsonPatch(document: JsonValue, operations: readonly JsonPatchOperation[]): JsonValue {
  if (operations.length > MAX_JSON_PATCH_OPERATIONS) throw tooManyOperations(operations.length);
  const patcher = new Patcher(document);
  for (const operation of operations) patcher.apply(operation);
  return patcher.document;
}

/** A document being patched: containers are copied on their first change and changed in place after that. */
class Patcher {
  document: JsonValue;
  #fresh = new Set<Container>();
  #copiedBytes = 0;

  constructor(document: JsonValue) {
    this.document = document;
  }

  apply(operation: JsonPatchOperation): void {
    const path = parsePointer(operation.path);
    switch (operation.op) {
      case 'add':
        this.#add(path, operation.value);
        break;
      case 'remove':
        this.#remove(path);
        break;
      case 'replace':
        this.#replace(path, operation.value);
        break;
      case 'test':
        this.#test(path, operation.value);
        break;
      case 'move':
        this.#move(path, operation);
        break;
      case 'copy':
        this.#copy(path, operation);
        break;
    }
  }

  #add(path: readonly string[], value: JsonValue): void {
    checkDepth(path.length, value);
    const key = path.at(-1);
    if (key === undefined) {
      this.document = value;
      return;
    }
    const parent = this.#parentForChange(path);
    if (Array.isArray(parent)) parent.splice(insertionIndex(parent, key), 0, value);
    else setOwnValue(parent, key, value);
  }

  #remove(path: readonly string[]): void {
    const key = path.at(-1);
    if (key === undefined) throw rejected('the whole document cannot be removed');
    const parent = this.#parentForChange(path);
    childOf(parent, key);
    if (Array.isArray(parent)) parent.splice(elementIndex(parent, key), 1);
    else delete parent[key];
  }

  #replace(path: readonly string[], value: JsonValue): void {
    checkDepth(path.length, value);
    const key = path.at(-1);
    if (key === undefined) {
      this.document = value;
      return;
    }
    const parent = this.#parentForChange(path);
    childOf(parent, key);
    if (Array.isArray(parent)) parent[elementIndex(parent, key)] = value;
    else setOwnValue(parent, key, value);
  }

  #test(path: readonly string[], expected: JsonValue): void {
    const actual = this.#read(path, expected === null);
    if (!jsonEqual(actual ?? null, expected)) throw rejected(`testing value ${pointerText(path)} failed: test failed`);
  }

  #move(path: readonly string[], { from, path: target }: { from: string; path: string }): void {
    if (target.startsWith(`${from}/`)) throw rejected(`cannot move ${from} into itself`);
    const source = parsePointer(from);
    const value = this.#read(source);
    if (target === from) return;
    this.#remove(source);
    this.#add(path, value ?? null);
  }

  #copy(path: readonly string[], { from }: { from: string }): void {
    const value = this.#read(parsePointer(from)) ?? null;
    this.#copiedBytes += JSON.stringify(value).length;
    if (this.#copiedBytes > MAX_JSON_PATCH_COPY_BYTES) {
      throw rejected(`copy operations exceed the accumulated size limit of ${MAX_JSON_PATCH_COPY_BYTES} bytes`);
    }
    // From here on the copied containers are in the document twice, so that none may be changed in place any more.
    this.#fresh.clear();
    this.#add(path, value);
  }

  #read(path: readonly string[], missingAllowed = false): JsonValue | undefined {
    let value: JsonValue = this.document;
    for (const [depth, key] of path.entries()) {
      const isLast = depth === path.length - 1;
      if (isLast && missingAllowed && isObject(value)) return ownValue(value, key);
      value = childOf(asContainer(value, path), key);
    }
    return value;
  }

  /** The container that holds `path`, after every container on the way has been made free to change. */
  #parentForChange(path: readonly string[]): Container {
    let container = this.#freshen(asContainer(this.document, path));
    this.document = container;
    for (const key of path.slice(0, -1)) {
      const child = this.#freshen(asContainer(childOf(container, key), path));
      if (Array.isArray(container)) container[elementIndex(container, key)] = child;
      else setOwnValue(container, key, child);
      container = child;
    }
    return container;
  }

  #freshen(container: Container): Container {
    if (this.#fresh.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    this.#fresh.add(copy);
    return copy;
  }
}

/** The keys of a JSON pointer (RFC 6901). */
function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw rejected(`JSON pointer "${pointer}" does not start with a slash`);
  const keys = pointer.slice(1).split('/');
  if (keys.length > MAX_JSON_PATCH_DEPTH) throw rejected('JSON pointer is too deep');
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function pointerText(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function asContainer(value: JsonValue, path: readonly string[]): Container {
  if (typeof value !== 'object' || value === null) throw rejected(`doc is missing path: "${pointerText(path)}"`);
  return value;
}

function childOf(container: Container, key: string): JsonValue {
  const child = Array.isArray(container) ? container[elementIndex(container, key)] : ownValue(container, key);
  if (child === undefined) throw rejected(`missing key: "${key}"`);
  return child;
}

const INDEX = /^(0|-?[1-9]\d*)$/;

function elementIndex(array: readonly JsonValue[], key: string): number {
  return boundedIndex(key, array.length);
}

function insertionIndex(array: readonly JsonValue[], key: string): number {
  return key === '-' ? array.length : boundedIndex(key, array.length + 1);
}

/** An index below `size`; as in Kubernetes negative ones count from the end. */
function boundedIndex(key: string, size: number): number {
  if (!INDEX.test(key)) throw rejected(`"${key}" is not an array index`);
  const index = Number(key);
  if (index >= size || index < -size)
    throw rejected(`Unable to access invalid index: ${key}: invalid index referenced`);
  return index < 0 ? index + size : index;
}

function checkDepth(parentDepth: number, value: JsonValue): void {
  const budget = MAX_JSON_PATCH_DEPTH - parentDepth;
  if (isDeeperThan(value, budget))
    throw rejected(`the document would become deeper than ${MAX_JSON_PATCH_DEPTH} levels`);
}

function isDeeperThan(value: JsonValue, budget: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (budget <= 0) return true;
  return Object.values(value).some((child) => isDeeperThan(child, budget - 1));
}

/** What Kubernetes answers to a patch that is well formed but does not fit the object. */
function rejected(why: string): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return new StatusError({ code: 422, reason: 'Invalid', message, details: {}, cause: new Error(why) });
}

function tooManyOperations(count: number): StatusError {
  return new StatusError({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${count}`,
  });
}
