import { field, type Infer, int32, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ScaleSpec = message('io.k8s.api.autoscaling.v1.ScaleSpec', '', {
  replicas: field(1, int32, '').default(0),
});
export interface ScaleSpec extends Infer<typeof ScaleSpec> {}

export const ScaleStatus = message('io.k8s.api.autoscaling.v1.ScaleStatus', '', {
  replicas: field(1, int32, '').required().default(0),
  selector: field(2, string, ''),
});
export interface ScaleStatus extends Infer<typeof ScaleStatus> {}

export const Scale = message('io.k8s.api.autoscaling.v1.Scale', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, ScaleSpec, '').always().default({}),
  status: field(3, ScaleStatus, '').default({}),
});
export interface Scale extends Infer<typeof Scale> {}
