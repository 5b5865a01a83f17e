import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isDns1123Label,
  type KubeObject,
  notSupported,
  required,
  validateLabelSelector,
} from '@kubets/core';
import { validatePodTemplateSpec } from '../core/pod/validation.ts';
import { podTemplateWarnings } from '../core/pod/warnings.ts';
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
  /** Said of a selector that cannot be understood, in which case nothing is said of the labels; without it, nothing is said at all. */
  readonly invalidSelector?: { readonly path: FieldPath; readonly detail: string };
}

/** The template is valid, carries labels that the selector matches, and its pods never end by themselves. */
export function validateWorkloadTemplate(workload: WorkloadTemplate): FieldError[] {
  const { template, selector, path, owner, invalidSelector } = workload;
  if (invalidSelector && !isValidSelector(selector)) {
    return [invalid(invalidSelector.path, selector, invalidSelector.detail)];
  }
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

function isValidSelector(selector: LabelSelector | undefined): boolean {
  return validateLabelSelector(selector, new FieldPath()).length === 0;
}

/** The pods made from a template belong to whoever made them; nothing is said of a selector that cannot be understood. */
export function validateTemplateLabels(
  template: PodTemplateSpec,
  selector: LabelSelector | undefined,
  path: FieldPath,
): FieldError[] {
  const labels = template.metadata?.labels;
  if (selector && isEmptySelector(selector)) return [];
  if (!isValidSelector(selector) || selectorMatches(selector, labels)) return [];
  const detail = '`selector` does not match template `labels`';
  return [invalid(path.child('metadata', 'labels'), labels, detail)];
}

/** Warnings about an object whose name becomes part of the names of pods, and about the pods' template. */
export function workloadWarnings(
  { metadata }: KubeObject,
  template: PodTemplateSpec | undefined,
  templatePath = new FieldPath('spec').child('template'),
): string[] {
  const problems = isDns1123Label(metadata.name ?? '');
  const nameWarning = `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`;
  return [...(problems.length > 0 ? [nameWarning] : []), ...podTemplateWarnings(template, templatePath)];
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
