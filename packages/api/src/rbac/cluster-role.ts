import { defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { PolicyRule } from './shared.ts';

export const AggregationRule = message('io.k8s.api.rbac.v1.AggregationRule', '', {
  clusterRoleSelectors: field(1, list(LabelSelector), '').atomic(),
});
export interface AggregationRule extends Infer<typeof AggregationRule> {}

export const ClusterRole = message('io.k8s.api.rbac.v1.ClusterRole', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  rules: field(2, list(PolicyRule), '').atomic(),
  aggregationRule: field(3, AggregationRule, ''),
});
export interface ClusterRole extends Infer<typeof ClusterRole> {}

export const clusterRoleKind = defineKind<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  resource: 'clusterroles',
  namespaced: false,
  schema: ClusterRole,
  columns: [nameColumn, createdAtColumn],
  storageVersionHash: 'bYE5ZWDrJ44=',
});
