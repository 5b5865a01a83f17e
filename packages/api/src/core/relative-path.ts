import { type FieldError, type FieldPath, invalid } from '@kubets/core';

/** A path below a directory: relative, and never upward. */
export function validateRelativePath(path: string, at: FieldPath): FieldError[] {
  const errors = path.startsWith('/') ? [invalid(at, path, 'must be a relative path')] : [];
  return [...errors, ...validateNoBacksteps(path, at)];
}

export function validateNoBacksteps(path: string, at: FieldPath): FieldError[] {
  return path.split('/').includes('..') ? [invalid(at, path, "must not contain '..'")] : [];
}

/** As `validateRelativePath`, and names that begin with two dots are kept for the kubelet. */
export function validateUnreservedPath(path: string, at: FieldPath): FieldError[] {
  const errors = validateRelativePath(path, at);
  const isReserved = path.startsWith('..') && !path.startsWith('../');
  return isReserved ? [...errors, invalid(at, path, "must not start with '..'")] : errors;
}
