import type { FieldError } from '@kubets/core';

export function serviceWarnings(): string[] {
  return [];
}

export function validateService(): FieldError[] {
  return [];
}

export function validateServiceStatusUpdate(): FieldError[] {
  return [];
}

export function validateServiceUpdate(): FieldError[] {
  return [];
}
