import {
  bool,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  invalid,
  list,
  map,
  message,
  required,
  string,
} from '@kubets/core';
import { FieldSelectorRequirement, LabelSelectorRequirement } from '../meta/selector.ts';

export const FieldSelectorAttributes = message(
  'io.k8s.api.authorization.v1.FieldSelectorAttributes',
  'Field selector that a request limits itself to.',
  {
    rawSelector: field(1, string, 'The selector as text, as in the query of a request.'),
    requirements: field(
      2,
      list(FieldSelectorRequirement),
      'The selector, taken apart; all requirements have to be met.',
    ).atomic(),
  },
);
export interface FieldSelectorAttributes extends Infer<typeof FieldSelectorAttributes> {}

export const LabelSelectorAttributes = message(
  'io.k8s.api.authorization.v1.LabelSelectorAttributes',
  'Label selector that a request limits itself to.',
  {
    rawSelector: field(1, string, 'The selector as text, as in the query of a request.'),
    requirements: field(
      2,
      list(LabelSelectorRequirement),
      'The selector, taken apart; all requirements have to be met.',
    ).atomic(),
  },
);
export interface LabelSelectorAttributes extends Infer<typeof LabelSelectorAttributes> {}

export const NonResourceAttributes = message(
  'io.k8s.api.authorization.v1.NonResourceAttributes',
  'A request to a URL that belongs to no resource.',
  {
    path: field(1, string, 'Path of the URL.'),
    verb: field(2, string, 'HTTP method in lower case.'),
  },
);
export interface NonResourceAttributes extends Infer<typeof NonResourceAttributes> {}

export const ResourceAttributes = message(
  'io.k8s.api.authorization.v1.ResourceAttributes',
  'An action on a resource.',
  {
    namespace: field(1, string, 'Namespace of the action; empty for cluster-scoped resources or for all namespaces.'),
    verb: field(2, string, 'Verb such as get, list, create or delete; * for all.'),
    group: field(3, string, 'API group of the resource; * for all.'),
    version: field(4, string, 'API version of the resource; * for all.'),
    resource: field(5, string, 'Resource by plural name; * for all.'),
    subresource: field(6, string, 'Subresource, such as status or log; empty for none.'),
    name: field(7, string, 'Name of the object; empty for all.'),
    fieldSelector: field(8, FieldSelectorAttributes, 'Field selector that the action is limited to.'),
    labelSelector: field(9, LabelSelectorAttributes, 'Label selector that the action is limited to.'),
  },
);
export interface ResourceAttributes extends Infer<typeof ResourceAttributes> {}

export const SubjectAccessReviewSpec = message(
  'io.k8s.api.authorization.v1.SubjectAccessReviewSpec',
  'A user and an action.',
  {
    resourceAttributes: field(1, ResourceAttributes, 'An action on a resource.'),
    nonResourceAttributes: field(2, NonResourceAttributes, 'A request to a URL that belongs to no resource.'),
    user: field(3, string, 'Name of the user.'),
    groups: field(4, list(string), 'Groups of the user.').atomic(),
    extra: field(5, map(list(string)), 'Further attributes that the authenticator gave the user.'),
    uid: field(6, string, 'Identifier of the user.'),
  },
);
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

export const SubjectAccessReviewStatus = message(
  'io.k8s.api.authorization.v1.SubjectAccessReviewStatus',
  'Whether an action is allowed.',
  {
    allowed: field(1, bool, 'Whether the action is allowed.').required().default(false),
    reason: field(2, string, 'Why it is allowed or not.'),
    evaluationError: field(3, string, 'What went wrong in deciding; the decision may stand all the same.'),
    denied: field(4, bool, 'Whether the action is expressly forbidden, so that no other authorizer is asked.'),
  },
);
export interface SubjectAccessReviewStatus extends Infer<typeof SubjectAccessReviewStatus> {}
