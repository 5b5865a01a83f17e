import type { FieldError } from '@kubets/core';
import { bool, FieldPath, field, type Infer, invalid, list, map, message, required, string } from '@kubets/core';
import { FieldSelectorRequirement, LabelSelectorRequirement } from '../meta/selector.ts';

export const FieldSelectorAttributes = message('io.k8s.api.authorization.v1.FieldSelectorAttributes', '', {
  rawSelector: field(1, string, ''),
  requirements: field(2, list(FieldSelectorRequirement), '').atomic(),
});
export interface FieldSelectorAttributes extends Infer<typeof FieldSelectorAttributes> {}

export const LabelSelectorAttributes = message('io.k8s.api.authorization.v1.LabelSelectorAttributes', '', {
  rawSelector: field(1, string, ''),
  requirements: field(2, list(LabelSelectorRequirement), '').atomic(),
});
export interface LabelSelectorAttributes extends Infer<typeof LabelSelectorAttributes> {}

export const NonResourceAttributes = message('io.k8s.api.authorization.v1.NonResourceAttributes', '', {
  path: field(1, string, ''),
  verb: field(2, string, ''),
});
export interface NonResourceAttributes extends Infer<typeof NonResourceAttributes> {}

export const ResourceAttributes = message('io.k8s.api.authorization.v1.ResourceAttributes', '', {
  namespace: field(1, string, ''),
  verb: field(2, string, ''),
  group: field(3, string, ''),
  version: field(4, string, ''),
  resource: field(5, string, ''),
  subresource: field(6, string, ''),
  name: field(7, string, ''),
  fieldSelector: field(8, FieldSelectorAttributes, ''),
  labelSelector: field(9, LabelSelectorAttributes, ''),
});
export interface ResourceAttributes extends Infer<typeof ResourceAttributes> {}

export const SubjectAccessReviewSpec = message('io.k8s.api.authorization.v1.SubjectAccessReviewSpec', '', {
  resourceAttributes: field(1, ResourceAttributes, ''),
  nonResourceAttributes: field(2, NonResourceAttributes, ''),
  user: field(3, string, ''),
  groups: field(4, list(string), '').atomic(),
  extra: field(5, map(list(string)), ''),
  uid: field(6, string, ''),
});
export interface SubjectAccessReviewSpec extends Infer<typeof SubjectAccessReviewSpec> {}

/** What every access review asks about: one resource, or one URL that belongs to none. */
export function validateReviewAttributes(
  {
    resourceAttributes,
    nonResourceAttributes,
  }: Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>,
  path: FieldPath,
): FieldError[] {
  const detail = 'cannot be specified in combination with resourceAttributes';
  if (resourceAttributes && nonResourceAttributes) {
    return [invalid(path.child('nonResourceAttributes'), nonResourceAttributes, detail)];
  }
  if (resourceAttributes) return validateResourceAttributes(resourceAttributes, path.child('resourceAttributes'));
  if (nonResourceAttributes) return [];
  const missing = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalid(path.child('resourceAttributes'), undefined, missing)];
}

function validateResourceAttributes(attributes: ResourceAttributes, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['fieldSelector', 'labelSelector'] as const) {
    const selector = attributes[name];
    if (!selector) continue;
    const at = path.child(name);
    if (selector.rawSelector && selector.requirements?.length) {
      const detail = 'may not specified at the same time as requirements';
      errors.push(invalid(at.child('rawSelector'), selector.rawSelector, detail));
    } else if (!selector.rawSelector && !selector.requirements?.length) {
      errors.push(
        required(at.child('requirements'), `when ${at} is specified, requirements or rawSelector is required`),
      );
    }
  }
  return errors;
}

/** Rules for reviews about somebody else. */
export function validateSubjectAccessReviewSpec(spec: SubjectAccessReviewSpec): FieldError[] {
  const path = new FieldPath('spec');
  const errors = validateReviewAttributes(spec, path);
  if (!spec.user && !spec.groups?.length) {
    errors.push(invalid(path.child('user'), spec.user ?? '', 'at least one of user or group must be specified'));
  }
  return errors;
}

export const SubjectAccessReviewStatus = message('io.k8s.api.authorization.v1.SubjectAccessReviewStatus', '', {
  allowed: field(1, bool, '').required().default(false),
  reason: field(2, string, ''),
  evaluationError: field(3, string, ''),
  denied: field(4, bool, ''),
});
export interface SubjectAccessReviewStatus extends Infer<typeof SubjectAccessReviewStatus> {}
