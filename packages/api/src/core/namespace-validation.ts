import { type FieldError, FieldPath, invalid, isQualifiedName } from '@kubets/core';
import type { Namespace } from './namespace.ts';

/** Finalizers that need no domain, because they are Kubernetes' own. */
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Rules for the finalizers of a namespace, which are in its spec. */
export function validateNamespace({ spec }: Namespace): FieldError[] {
  const path = new FieldPath('spec').child('finalizers');
  return (spec.finalizers ?? []).flatMap((name) => validateFinalizerName(name, path));
}

/** As `validateNamespace`, for whoever writes the finalizers alone: there each is told by its place. */
export function validateNamespaceFinalizers({ spec }: Namespace): FieldError[] {
  const path = new FieldPath('spec').child('finalizers');
  return (spec.finalizers ?? []).flatMap((name, index) => validateFinalizerName(name, path.index(index)));
}

function validateFinalizerName(name: string, path: FieldPath): FieldError[] {
  const errors = isQualifiedName(name).map((detail) => invalid(path, name, detail));
  if (name.includes('/') || STANDARD_FINALIZERS.has(name)) return errors;
  return [...errors, invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified')];
}

/** A namespace is Terminating exactly while it is being deleted. */
export function validateNamespaceStatus({ metadata, status }: Namespace): FieldError[] {
  const path = new FieldPath('status').child('Phase');
  const phase = status?.phase ?? '';
  if (!metadata.deletionTimestamp) {
    return phase === 'Active' ? [] : [invalid(path, phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  }
  return phase === 'Terminating'
    ? []
    : [invalid(path, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
}
