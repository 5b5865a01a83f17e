import type { FieldError } from '@kubets/core';

export function validateEphemeralContainersUpdate(): FieldError[] {
  return [];
}

export function validatePodResize(): FieldError[] {
  return [];
}

export function validatePodStatusUpdate(): FieldError[] {
  return [];
}

export function validatePodUpdate(): FieldError[] {
  return [];
}
