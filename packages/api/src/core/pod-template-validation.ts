import { type FieldError, FieldPath } from '@kubets/core';
import { validatePodTemplateSpec } from './pod/validation.ts';
import type { PodTemplate } from './pod-template.ts';

export function validatePodTemplate({ template }: PodTemplate): FieldError[] {
  return validatePodTemplateSpec(template ?? {}, new FieldPath('template'));
}
