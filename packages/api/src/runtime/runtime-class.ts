import { defineKind, field, type Infer, list, map, message, quantity, string } from '@kubets/core';
import { Toleration } from '../core/placement.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const Overhead = message('io.k8s.api.node.v1.Overhead', '', {
  podFixed: field(1, map(quantity), ''),
});
export interface Overhead extends Infer<typeof Overhead> {}

export const Scheduling = message('io.k8s.api.node.v1.Scheduling', '', {
  nodeSelector: field(1, map(string), '').atomicMap(),
  tolerations: field(2, list(Toleration), '').atomic(),
});
export interface Scheduling extends Infer<typeof Scheduling> {}

export const RuntimeClass = message('io.k8s.api.node.v1.RuntimeClass', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  handler: field(2, string, '').required().default(''),
  overhead: field(3, Overhead, ''),
  scheduling: field(4, Scheduling, ''),
});
export interface RuntimeClass extends Infer<typeof RuntimeClass> {}

export const runtimeClassKind = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  resource: 'runtimeclasses',
  namespaced: false,
  schema: RuntimeClass,
  storageVersionHash: 'WQTu1GL3T2Q=',
});
