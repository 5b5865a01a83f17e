import type { KubeObject } from '@kubets/core';
import type { ObjectForm } from './cached-object.ts';

/** Objects of one kind that later ones are compared with, at most. */
const MAX_SIBLINGS = 256;

/** The parser of JSON gives one copy of equal texts that are not longer than this. */
const SHORT_TEXT = 10;

type Fields = Record<string, unknown>;

/**
 * `value` with every part that equals the same part of `like` replaced by it, down to single texts; `like` itself when all is
 * equal. Neither is changed. Parts with the same fields in another order are not equal, since they are written differently.
 */
export function shareParts<T>(value: T, like: unknown): T {
  if (value === like) return like as T;
  if (typeof value !== 'object' || typeof like !== 'object' || value === null || like === null) return value;
  if (Array.isArray(value)) return Array.isArray(like) ? (shareItems(value, like) as T) : value;
  return Array.isArray(like) ? value : (shareFields(value as Fields, like as Fields) as T);
}

function shareItems(value: readonly unknown[], like: readonly unknown[]): readonly unknown[] {
  // Arrays that grow an item at a time keep room for more of them.
  const parts = value.slice();
  let isEqual = value.length === like.length;
  for (let index = 0; index < value.length; index++) {
    const part = shareParts(value[index], like[index]);
    isEqual &&= part === like[index];
    parts[index] = part;
  }
  return isEqual ? like : parts;
}

function shareFields(value: Fields, like: Fields): Fields {
  const names = Object.keys(value);
  if (!areSame(names, Object.keys(like))) return shareByName(value, like, names);
  // Much faster than looking each field up by its name.
  const own = Object.values(value);
  const theirs = Object.values(like);
  const parts = own.slice();
  let isEqual = true;
  for (let index = 0; index < own.length; index++) {
    const part = shareParts(own[index], theirs[index]);
    isEqual &&= part === theirs[index];
    parts[index] = part;
  }
  return isEqual ? like : withParts(value, { names, own, parts });
}

function areSame(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false;
  for (let index = 0; index < names.length; index++) if (names[index] !== others[index]) return false;
  return true;
}

/** Where fields have come, gone or changed places. */
function shareByName(value: Fields, like: Fields, names: readonly string[]): Fields {
  const own = Object.values(value);
  const parts = own.map((part, index) => {
    const name = names[index]!;
    return Object.hasOwn(like, name) ? shareParts(part, like[name]) : part;
  });
  return withParts(value, { names, own, parts });
}

/** A copy of `value` with other parts; they differ from its own in identity only. */
function withParts(
  value: Fields,
  { names, own, parts }: { names: readonly string[]; own: readonly unknown[]; parts: readonly unknown[] },
): Fields {
  const copy: Fields = { ...value };
  for (let index = 0; index < names.length; index++) {
    const part = parts[index];
    const isOther = typeof part === 'string' ? part.length > SHORT_TEXT : part !== own[index];
    // To set a field of this name would set something else.
    if (isOther && names[index] !== '__proto__') copy[names[index]!] = part;
  }
  return copy;
}

/**
 * Decoded objects of one kind have most in common with their siblings: the pods of a ReplicaSet, say, with each other. Each is
 * made of the parts of one that was decoded before, so that a hundred pods have one list of tolerations.
 */
export class Siblings {
  /** The object decoded last of each owner, or of each namespace for objects without one; in the order of their use. */
  readonly #byOwner = new Map<string, KubeObject>();

  /** `object`, made of the parts of `before`, which is what it was, or of a sibling. */
  share<T extends KubeObject>(object: T, before?: T): T {
    const owner = ownerOf(object);
    const shared = shareParts(object, before ?? this.#byOwner.get(owner));
    this.#byOwner.delete(owner);
    this.#byOwner.set(owner, shared);
    if (this.#byOwner.size > MAX_SIBLINGS) this.#byOwner.delete(this.#byOwner.keys().next().value!);
    return shared;
  }
}

function ownerOf({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return owner ? owner.uid : (metadata.namespace ?? '');
}

const siblings = new WeakMap<ObjectForm, Siblings>();

/** The one memory of siblings of all objects of a form. */
export function siblingsOf(form: ObjectForm): Siblings {
  let known = siblings.get(form);
  if (!known) {
    known = new Siblings();
    siblings.set(form, known);
  }
  return known;
}
