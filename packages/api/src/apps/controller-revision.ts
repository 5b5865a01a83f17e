import { defineKind, field, type Infer, int64, message, rawExtension, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const ControllerRevision = message('io.k8s.api.apps.v1.ControllerRevision', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  data: field(2, rawExtension, ''),
  revision: field(3, int64, '').required().default(0),
});
export interface ControllerRevision extends Infer<typeof ControllerRevision> {}

export const controllerRevisionKind = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  resource: 'controllerrevisions',
  namespaced: true,
  schema: ControllerRevision,
  storageVersionHash: '85nkx63pcBU=',
});
