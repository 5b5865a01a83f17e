import { type FieldError, type FieldPath, fieldForbidden, invalid, notSupported, required } from '@kubets/core';
import { validatePodTemplateSpec } from '../core/pod/validation.ts';
import type { PodTemplateSpec } from '../core/pod.ts';
import { isEmptySelector, selectorMatches } from '../label-selector.ts';
import type { LabelSelector } from '../meta/selector.ts';

/** The template of a workload whose pods are restarted for ever. */
export interface WorkloadTemplate {
  readonly template: PodTemplateSpec | undefined;
  readonly selector: LabelSelector | undefined;
  /** Path of the template. */
  readonly path: FieldPath;
  /** Kind to name in complaints. */
  readonly owner: string;
}

/** The template is valid, carries labels that the selector matches, and its pods never end by themselves. */
export function validateWorkloadTemplate({ template, selector, path, owner }: WorkloadTemplate): FieldError[] {
  if (!template) return [required(path)];
  const errors = [...validateTemplateLabels(template, selector, path), ...validatePodTemplateSpec(template, path)];
  const specPath = path.child('spec');
  const spec = template.spec;
  if (spec && spec.restartPolicy !== 'Always') {
    errors.push(notSupported(specPath.child('restartPolicy'), spec.restartPolicy ?? '', ['Always']));
  }
  if (spec?.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${owner} is not Supported`;
    errors.push(fieldForbidden(specPath.child('activeDeadlineSeconds'), detail));
  }
  return errors;
}

/** The pods made from a template belong to whoever made them. */
export function validateTemplateLabels(
  template: PodTemplateSpec,
  selector: LabelSelector | undefined,
  path: FieldPath,
): FieldError[] {
  const labels = template.metadata?.labels;
  if ((selector && isEmptySelector(selector)) || selectorMatches(selector, labels)) return [];
  const detail = '`selector` does not match template `labels`';
  return [invalid(path.child('metadata', 'labels'), labels, detail)];
}

/** A selector that says which pods belong to a workload: present, well formed and not empty. */
export function validateNonEmptySelector(
  selector: LabelSelector | undefined,
  path: FieldPath,
  owner: string,
): FieldError[] {
  return selector && isEmptySelector(selector)
    ? [invalid(path, selector, `empty selector is invalid for ${owner}`)]
    : [];
}
