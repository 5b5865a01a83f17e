import { bool, field, type Infer, inline, list, message, quantity, string } from '@kubets/core';

export const LocalObjectReference = message(
  'io.k8s.api.core.v1.LocalObjectReference',
  'Names an object in the same namespace.',
  {
    name: field(1, string, 'Name of the object.').default(''),
  },
  { mapType: 'atomic' },
);
export interface LocalObjectReference extends Infer<typeof LocalObjectReference> {}

export const ConfigMapKeySelector = message(
  'io.k8s.api.core.v1.ConfigMapKeySelector',
  'Selects one key of a ConfigMap.',
  {
    key: field(2, string, 'Key whose value is wanted.').required().default(''),
    ...inline(1, LocalObjectReference),
    optional: field(3, bool, 'Whether the ConfigMap or the key may be missing.').pointer(),
  },
  { mapType: 'atomic' },
);
export interface ConfigMapKeySelector extends Infer<typeof ConfigMapKeySelector> {}

export const FileKeySelector = message(
  'io.k8s.api.core.v1.FileKeySelector',
  'Selects one variable in a file of a volume.',
  {
    volumeName: field(1, string, 'Name of the volume that has the file.').required().default(''),
    path: field(2, string, "Path of the file in the volume, relative and without '..'.").required().default(''),
    key: field(3, string, 'Name of the variable in the file.').required().default(''),
    optional: field(4, bool, 'Whether the file or the variable may be missing.').pointer().default(false),
  },
  { mapType: 'atomic' },
);
export interface FileKeySelector extends Infer<typeof FileKeySelector> {}

export const NodeSelectorRequirement = message(
  'io.k8s.api.core.v1.NodeSelectorRequirement',
  "One requirement on a node's label or field.",
  {
    key: field(1, string, 'Label or field that the requirement is about.').required().default(''),
    operator: field(2, string, 'How the values count: In, NotIn, Exists, DoesNotExist, Gt or Lt.')
      .required()
      .default('')
      .oneOf('DoesNotExist', 'Exists', 'Gt', 'In', 'Lt', 'NotIn'),
    values: field(
      3,
      list(string),
      'Values for In and NotIn, one whole number for Gt and Lt, none for the others.',
    ).atomic(),
  },
);
export interface NodeSelectorRequirement extends Infer<typeof NodeSelectorRequirement> {}

export const NodeSelectorTerm = message(
  'io.k8s.api.core.v1.NodeSelectorTerm',
  'Requirements on a node that all must hold; an empty term matches nothing.',
  {
    matchExpressions: field(1, list(NodeSelectorRequirement), 'Requirements on the labels of the node.').atomic(),
    matchFields: field(
      2,
      list(NodeSelectorRequirement),
      'Requirements on the fields of the node; only metadata.name can be used.',
    ).atomic(),
  },
  { mapType: 'atomic' },
);
export interface NodeSelectorTerm extends Infer<typeof NodeSelectorTerm> {}

export const NodeSelector = message(
  'io.k8s.api.core.v1.NodeSelector',
  'Selects the nodes that satisfy at least one of several terms.',
  {
    nodeSelectorTerms: field(1, list(NodeSelectorTerm), 'Terms of which one must match.').required().atomic(),
  },
  { mapType: 'atomic' },
);
export interface NodeSelector extends Infer<typeof NodeSelector> {}

export const ObjectFieldSelector = message(
  'io.k8s.api.core.v1.ObjectFieldSelector',
  'Selects a field of the pod.',
  {
    apiVersion: field(1, string, 'Version that the path is written in; v1 by default.'),
    fieldPath: field(2, string, "Path of the field, such as metadata.name or metadata.labels['app'].")
      .required()
      .default(''),
  },
  { mapType: 'atomic' },
);
export interface ObjectFieldSelector extends Infer<typeof ObjectFieldSelector> {}

export const ObjectReference = message(
  'io.k8s.api.core.v1.ObjectReference',
  'Names any object, or a part of it.',
  {
    kind: field(1, string, 'Kind of the object.'),
    namespace: field(2, string, 'Namespace of the object.'),
    name: field(3, string, 'Name of the object.'),
    uid: field(4, string, 'Unique id of the object.'),
    apiVersion: field(5, string, 'Group and version of the object.'),
    resourceVersion: field(6, string, 'Version of the object that is meant, if a certain one is.'),
    fieldPath: field(7, string, 'The part of the object that is meant, such as spec.containers{web}.'),
  },
  { mapType: 'atomic' },
);
export interface ObjectReference extends Infer<typeof ObjectReference> {}

export const ResourceFieldSelector = message(
  'io.k8s.api.core.v1.ResourceFieldSelector',
  'Selects what a container requests of a resource, or is limited to.',
  {
    containerName: field(1, string, 'Name of the container; needed in volumes, the container itself in variables.'),
    resource: field(2, string, 'What is wanted, such as limits.cpu or requests.memory.').required().default(''),
    divisor: field(3, quantity, 'Unit that the value is given in; 1 by default.'),
  },
  { mapType: 'atomic' },
);
export interface ResourceFieldSelector extends Infer<typeof ResourceFieldSelector> {}

export const SecretKeySelector = message(
  'io.k8s.api.core.v1.SecretKeySelector',
  'Selects one key of a Secret.',
  {
    key: field(2, string, 'Key whose value is wanted.').required().default(''),
    ...inline(1, LocalObjectReference),
    optional: field(3, bool, 'Whether the Secret or the key may be missing.').pointer(),
  },
  { mapType: 'atomic' },
);
export interface SecretKeySelector extends Infer<typeof SecretKeySelector> {}

export const SecretReference = message(
  'io.k8s.api.core.v1.SecretReference',
  'Names a Secret in any namespace.',
  {
    name: field(1, string, 'Name of the Secret.'),
    namespace: field(2, string, 'Namespace of the Secret.'),
  },
  { mapType: 'atomic' },
);
export interface SecretReference extends Infer<typeof SecretReference> {}

export const TopologySelectorLabelRequirement = message(
  'io.k8s.api.core.v1.TopologySelectorLabelRequirement',
  'One requirement on a label of the place where a volume is made.',
  {
    key: field(1, string, 'Label that the requirement is about.').required().default(''),
    values: field(2, list(string), 'Values of which the label must have one.').required().atomic(),
  },
);
export interface TopologySelectorLabelRequirement extends Infer<typeof TopologySelectorLabelRequirement> {}

export const TopologySelectorTerm = message(
  'io.k8s.api.core.v1.TopologySelectorTerm',
  'Requirements on the place where a volume is made that all must hold.',
  {
    matchLabelExpressions: field(1, list(TopologySelectorLabelRequirement), 'Requirements on labels.').atomic(),
  },
  { mapType: 'atomic' },
);
export interface TopologySelectorTerm extends Infer<typeof TopologySelectorTerm> {}

export const TypedLocalObjectReference = message(
  'io.k8s.api.core.v1.TypedLocalObjectReference',
  'Names an object of any kind in the same namespace.',
  {
    apiGroup: field(1, string, 'Group of the object; empty for the core group.').pointer(),
    kind: field(2, string, 'Kind of the object.').required().default(''),
    name: field(3, string, 'Name of the object.').required().default(''),
  },
  { mapType: 'atomic' },
);
export interface TypedLocalObjectReference extends Infer<typeof TypedLocalObjectReference> {}

export const TypedObjectReference = message(
  'io.k8s.api.core.v1.TypedObjectReference',
  'Names an object of any kind, in this or another namespace.',
  {
    apiGroup: field(1, string, 'Group of the object; empty for the core group.').pointer(),
    kind: field(2, string, 'Kind of the object.').required().default(''),
    name: field(3, string, 'Name of the object.').required().default(''),
    namespace: field(4, string, 'Namespace of the object; a ReferenceGrant there must allow it.').pointer(),
  },
);
export interface TypedObjectReference extends Infer<typeof TypedObjectReference> {}
