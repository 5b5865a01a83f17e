import { bool, field, type Infer, inline, list, message, quantity, string } from '@kubets/core';

export const LocalObjectReference = message(
  'io.k8s.api.core.v1.LocalObjectReference',
  '',
  {
    name: field(1, string, '').default(''),
  },
  { mapType: 'atomic' },
);
export interface LocalObjectReference extends Infer<typeof LocalObjectReference> {}

export const ConfigMapKeySelector = message(
  'io.k8s.api.core.v1.ConfigMapKeySelector',
  '',
  {
    key: field(2, string, '').required().default(''),
    ...inline(1, LocalObjectReference),
    optional: field(3, bool, ''),
  },
  { mapType: 'atomic' },
);
export interface ConfigMapKeySelector extends Infer<typeof ConfigMapKeySelector> {}

export const FileKeySelector = message(
  'io.k8s.api.core.v1.FileKeySelector',
  '',
  {
    volumeName: field(1, string, '').required().default(''),
    path: field(2, string, '').required().default(''),
    key: field(3, string, '').required().default(''),
    optional: field(4, bool, '').default(false),
  },
  { mapType: 'atomic' },
);
export interface FileKeySelector extends Infer<typeof FileKeySelector> {}

export const NodeSelectorRequirement = message('io.k8s.api.core.v1.NodeSelectorRequirement', '', {
  key: field(1, string, '').required().default(''),
  operator: field(2, string, '').required().default('').oneOf('DoesNotExist', 'Exists', 'Gt', 'In', 'Lt', 'NotIn'),
  values: field(3, list(string), '').atomic(),
});
export interface NodeSelectorRequirement extends Infer<typeof NodeSelectorRequirement> {}

export const NodeSelectorTerm = message(
  'io.k8s.api.core.v1.NodeSelectorTerm',
  '',
  {
    matchExpressions: field(1, list(NodeSelectorRequirement), '').atomic(),
    matchFields: field(2, list(NodeSelectorRequirement), '').atomic(),
  },
  { mapType: 'atomic' },
);
export interface NodeSelectorTerm extends Infer<typeof NodeSelectorTerm> {}

export const NodeSelector = message(
  'io.k8s.api.core.v1.NodeSelector',
  '',
  {
    nodeSelectorTerms: field(1, list(NodeSelectorTerm), '').required().atomic(),
  },
  { mapType: 'atomic' },
);
export interface NodeSelector extends Infer<typeof NodeSelector> {}

export const ObjectFieldSelector = message(
  'io.k8s.api.core.v1.ObjectFieldSelector',
  '',
  {
    apiVersion: field(1, string, ''),
    fieldPath: field(2, string, '').required().default(''),
  },
  { mapType: 'atomic' },
);
export interface ObjectFieldSelector extends Infer<typeof ObjectFieldSelector> {}

export const ObjectReference = message(
  'io.k8s.api.core.v1.ObjectReference',
  '',
  {
    kind: field(1, string, ''),
    namespace: field(2, string, ''),
    name: field(3, string, ''),
    uid: field(4, string, ''),
    apiVersion: field(5, string, ''),
    resourceVersion: field(6, string, ''),
    fieldPath: field(7, string, ''),
  },
  { mapType: 'atomic' },
);
export interface ObjectReference extends Infer<typeof ObjectReference> {}

export const ResourceFieldSelector = message(
  'io.k8s.api.core.v1.ResourceFieldSelector',
  '',
  {
    containerName: field(1, string, ''),
    resource: field(2, string, '').required().default(''),
    divisor: field(3, quantity, ''),
  },
  { mapType: 'atomic' },
);
export interface ResourceFieldSelector extends Infer<typeof ResourceFieldSelector> {}

export const SecretKeySelector = message(
  'io.k8s.api.core.v1.SecretKeySelector',
  '',
  {
    key: field(2, string, '').required().default(''),
    ...inline(1, LocalObjectReference),
    optional: field(3, bool, ''),
  },
  { mapType: 'atomic' },
);
export interface SecretKeySelector extends Infer<typeof SecretKeySelector> {}

export const SecretReference = message(
  'io.k8s.api.core.v1.SecretReference',
  '',
  {
    name: field(1, string, ''),
    namespace: field(2, string, ''),
  },
  { mapType: 'atomic' },
);
export interface SecretReference extends Infer<typeof SecretReference> {}

export const TopologySelectorLabelRequirement = message('io.k8s.api.core.v1.TopologySelectorLabelRequirement', '', {
  key: field(1, string, '').required().default(''),
  values: field(2, list(string), '').required().atomic(),
});
export interface TopologySelectorLabelRequirement extends Infer<typeof TopologySelectorLabelRequirement> {}

export const TopologySelectorTerm = message(
  'io.k8s.api.core.v1.TopologySelectorTerm',
  '',
  {
    matchLabelExpressions: field(1, list(TopologySelectorLabelRequirement), '').atomic(),
  },
  { mapType: 'atomic' },
);
export interface TopologySelectorTerm extends Infer<typeof TopologySelectorTerm> {}

export const TypedLocalObjectReference = message(
  'io.k8s.api.core.v1.TypedLocalObjectReference',
  '',
  {
    apiGroup: field(1, string, ''),
    kind: field(2, string, '').required().default(''),
    name: field(3, string, '').required().default(''),
  },
  { mapType: 'atomic' },
);
export interface TypedLocalObjectReference extends Infer<typeof TypedLocalObjectReference> {}

export const TypedObjectReference = message('io.k8s.api.core.v1.TypedObjectReference', '', {
  apiGroup: field(1, string, ''),
  kind: field(2, string, '').required().default(''),
  name: field(3, string, '').required().default(''),
  namespace: field(4, string, ''),
});
export interface TypedObjectReference extends Infer<typeof TypedObjectReference> {}
