import type { FieldError } from '@kubets/core';

export function validateReplicationController(): FieldError[] {
  return [];
}

export function validateReplicationControllerStatus(): FieldError[] {
  return [];
}
