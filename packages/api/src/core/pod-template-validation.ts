import type { FieldError } from '@kubets/core';

export function validatePodTemplate(): FieldError[] {
  return [];
}
