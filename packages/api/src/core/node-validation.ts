import type { FieldError } from '@kubets/core';

export function validateNode(): FieldError[] {
  return [];
}

export function validateNodeStatusUpdate(): FieldError[] {
  return [];
}

export function validateNodeUpdate(): FieldError[] {
  return [];
}
