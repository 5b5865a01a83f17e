import type { FieldError } from '@kubets/core';

export function validatePod(): FieldError[] {
  return [];
}
