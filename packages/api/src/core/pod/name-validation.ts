import { duplicate, type FieldError, type FieldPath, fieldNotFound, required } from '@kubets/core';

/** Complaints about entries of a list that repeat the name of one before them. */
export function duplicateNames(items: readonly { name: string }[] | undefined, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return (items ?? []).flatMap(({ name }, index) => {
    const isRepeated = name !== '' && seen.has(name);
    seen.add(name);
    return isRepeated ? [duplicate(path.index(index).child('name'), name)] : [];
  });
}

/** A name that must be among those given elsewhere in the pod. */
export function validateReference(name: string, path: FieldPath, known: { has(name: string): boolean }): FieldError[] {
  const errors = name ? [] : [required(path)];
  return known.has(name) ? errors : [...errors, fieldNotFound(path, name ?? '')];
}
