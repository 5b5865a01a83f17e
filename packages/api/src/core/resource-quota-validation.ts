import type { FieldError } from '@kubets/core';

export function validateResourceQuota(): FieldError[] {
  return [];
}

export function validateResourceQuotaStatusUpdate(): FieldError[] {
  return [];
}

export function validateResourceQuotaUpdate(): FieldError[] {
  return [];
}
