import { field, type Infer, int32, message, type SubresourceDefinition, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ScaleSpec = message('io.k8s.api.autoscaling.v1.ScaleSpec', 'The size wanted.', {
  replicas: field(1, int32, 'Number of pods wanted.').default(0),
});
export interface ScaleSpec extends Infer<typeof ScaleSpec> {}

export const ScaleStatus = message('io.k8s.api.autoscaling.v1.ScaleStatus', 'The size observed.', {
  replicas: field(1, int32, 'Number of pods that exist.').required().default(0),
  selector: field(2, string, 'Selector of the pods, as text.'),
});
export interface ScaleStatus extends Infer<typeof ScaleStatus> {}

export const Scale = message(
  'io.k8s.api.autoscaling.v1.Scale',
  'Size of anything that can be scaled, in one form for all kinds.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, ScaleSpec, 'The size wanted.').always().default({}),
    status: field(3, ScaleStatus, 'The size observed.').default({}),
  },
);
export interface Scale extends Infer<typeof Scale> {}

/** The size of a kind of the API server's own that says it in `spec.replicas`. */
export const scaleSubresource: SubresourceDefinition<never> = {
  name: 'scale',
  verbs: ['get', 'patch', 'update'],
  kind: 'Scale',
  group: 'autoscaling',
  version: 'v1',
  form: 'scale',
  schema: Scale,
  scale: {
    specReplicasPath: 'spec.replicas',
    statusReplicasPath: 'status.replicas',
    selectorPath: 'spec.selector',
  },
};
