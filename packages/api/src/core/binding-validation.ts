import { type FieldError, FieldPath, notSupported, required } from '@kubets/core';
import type { Binding } from './binding.ts';

/** Pods can be bound to nodes only. */
export function validateBinding({ target }: Binding): FieldError[] {
  const path = new FieldPath('target');
  const errors: FieldError[] = [];
  if (target.kind && target.kind !== 'Node')
    errors.push(notSupported(path.child('kind'), target.kind, ['Node', '<empty>'], 'as given'));
  if (!target.name) errors.push(required(path.child('name')));
  return errors;
}
