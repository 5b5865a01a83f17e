import type { FieldError } from '@kubets/core';

export function claimWarnings(): string[] {
  return [];
}

export function validateClaim(): FieldError[] {
  return [];
}

export function validateClaimStatusUpdate(): FieldError[] {
  return [];
}

export function validateClaimUpdate(): FieldError[] {
  return [];
}
