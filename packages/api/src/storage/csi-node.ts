import { defineKind, field, type Infer, int32, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const VolumeNodeResources = message('io.k8s.api.storage.v1.VolumeNodeResources', '', {
  count: field(1, int32, ''),
});
export interface VolumeNodeResources extends Infer<typeof VolumeNodeResources> {}

export const CSINodeDriver = message('io.k8s.api.storage.v1.CSINodeDriver', '', {
  name: field(1, string, '').required().default(''),
  nodeID: field(2, string, '').required().default(''),
  topologyKeys: field(3, list(string), '').atomic(),
  allocatable: field(4, VolumeNodeResources, ''),
});
export interface CSINodeDriver extends Infer<typeof CSINodeDriver> {}

export const CSINodeSpec = message('io.k8s.api.storage.v1.CSINodeSpec', '', {
  drivers: field(1, list(CSINodeDriver), '').required().mapOf('name').mergeBy('name'),
});
export interface CSINodeSpec extends Infer<typeof CSINodeSpec> {}

export const CSINode = message('io.k8s.api.storage.v1.CSINode', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, CSINodeSpec, '').required().default({}),
});
export interface CSINode extends Infer<typeof CSINode> {}

export const csiNodeKind = defineKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  resource: 'csinodes',
  namespaced: false,
  schema: CSINode,
  storageVersionHash: 'Pe62DkZtjuo=',
});
