import type { FieldError } from '@kubets/core';

export function persistentVolumeWarnings(): string[] {
  return [];
}

export function validatePersistentVolume(): FieldError[] {
  return [];
}

export function validatePersistentVolumeUpdate(): FieldError[] {
  return [];
}
