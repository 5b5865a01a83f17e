import type { FieldError } from '@kubets/core';

export function validateLimitRange(): FieldError[] {
  return [];
}
