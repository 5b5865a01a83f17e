import {
  defineKind,
  type FieldError,
  FieldPath,
  field,
  type Infer,
  invalid,
  list,
  message,
  pathSegmentName,
  required,
  string,
  validateLabelSelector,
} from '@kubets/core';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { PolicyRule, validateRules } from './shared.ts';

export const AggregationRule = message('io.k8s.api.rbac.v1.AggregationRule', 'Makes a role out of others.', {
  clusterRoleSelectors: field(
    1,
    list(LabelSelector),
    'Selects the roles by label; each one selected adds its rules.',
  ).atomic(),
});
export interface AggregationRule extends Infer<typeof AggregationRule> {}

export const ClusterRole = message(
  'io.k8s.api.rbac.v1.ClusterRole',
  'A set of permissions, for the cluster or for any namespace.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    rules: field(2, list(PolicyRule), 'The permissions.').atomic().neverOmitted(),
    aggregationRule: field(3, AggregationRule, 'Roles that the rules are gathered from; a controller fills them in.'),
  },
);
export interface ClusterRole extends Infer<typeof ClusterRole> {}

function validateClusterRole({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const errors = validateRules(rules, { namespaced: false });
  if (!aggregationRule) return errors;
  const path = new FieldPath('aggregationRule').child('clusterRoleSelectors');
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0)
    errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  return [...errors, ...selectors.flatMap((selector, index) => validateAggregated(selector, path.index(index)))];
}

function validateAggregated(selector: LabelSelector, path: FieldPath): FieldError[] {
  const errors = validateLabelSelector(selector, path);
  return errors.length > 0 ? [...errors, invalid(path, null, 'invalid label selector.')] : [];
}

export const clusterRoleKind = defineKind<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  resource: 'clusterroles',
  namespaced: false,
  schema: ClusterRole,
  validateName: pathSegmentName,
  strategy: { validate: validateClusterRole, allowCreateOnUpdate: true },
  columns: [nameColumn, createdAtColumn],
  storageVersionHash: 'bYE5ZWDrJ44=',
});
