import { field, type Infer, int32, list, message, string } from '@kubets/core';
import { ListMetaSchema } from './metadata.ts';

export const StatusCauseMessage = message('io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause', '', {
  reason: field(1, string, ''),
  message: field(2, string, ''),
  field: field(3, string, ''),
});
export interface StatusCauseMessage extends Infer<typeof StatusCauseMessage> {}

export const StatusDetailsMessage = message('io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails', '', {
  name: field(1, string, ''),
  group: field(2, string, ''),
  kind: field(3, string, ''),
  causes: field(4, list(StatusCauseMessage), '').atomic(),
  retryAfterSeconds: field(5, int32, ''),
  uid: field(6, string, ''),
});
export interface StatusDetailsMessage extends Infer<typeof StatusDetailsMessage> {}

export const StatusMessage = message('io.k8s.apimachinery.pkg.apis.meta.v1.Status', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ListMetaSchema, '').always().default({}),
  status: field(2, string, ''),
  message: field(3, string, ''),
  reason: field(4, string, ''),
  details: field(5, StatusDetailsMessage, ''),
  code: field(6, int32, ''),
});
export interface StatusMessage extends Infer<typeof StatusMessage> {}
