import { bool, bytes, field, type Infer, list, map, message, rawExtension, string } from '@kubets/core';
import { UserInfo } from '../authentication/shared.ts';
import { GroupVersionKind, GroupVersionResource } from '../meta/names.ts';
import { StatusMessage } from '../meta/status.ts';

export const AdmissionRequest = message('io.k8s.api.admission.v1.AdmissionRequest', 'A write that a webhook judges.', {
  uid: field(1, string, 'Identifies this request; the response repeats it.').required().default(''),
  kind: field(2, GroupVersionKind, 'Kind of the object as the webhook asked to see it.').required().default({}),
  resource: field(3, GroupVersionResource, 'Resource as the webhook asked to see it.').required().default({}),
  subResource: field(4, string, 'Subresource written through.'),
  requestKind: field(13, GroupVersionKind, 'Kind that the client sent.'),
  requestResource: field(14, GroupVersionResource, 'Resource that the client addressed.'),
  requestSubResource: field(15, string, 'Subresource that the client addressed.'),
  name: field(5, string, 'Name of the object; empty on create when it is to be generated.'),
  namespace: field(6, string, 'Namespace of the object.'),
  operation: field(7, string, 'CREATE, UPDATE, DELETE or CONNECT.').required().default(''),
  userInfo: field(8, UserInfo, 'Who asks.').required().default({}),
  object: field(9, rawExtension, 'The object as it would be stored.'),
  oldObject: field(10, rawExtension, 'The object as it is stored.'),
  dryRun: field(11, bool, 'Nothing will be stored, so the webhook must have no side effects.').pointer(),
  options: field(12, rawExtension, 'Options of the operation.'),
});
export interface AdmissionRequest extends Infer<typeof AdmissionRequest> {}

export const AdmissionResponse = message('io.k8s.api.admission.v1.AdmissionResponse', 'What a webhook answers.', {
  uid: field(1, string, 'The uid of the request.').required().default(''),
  allowed: field(2, bool, 'Whether the write may go on.').required().default(false),
  status: field(3, StatusMessage, 'Why it may not.'),
  patch: field(4, bytes, 'Changes to the object.'),
  patchType: field(5, string, 'JSONPatch is the only type.').pointer(),
  auditAnnotations: field(6, map(string), 'Annotations for the audit event.'),
  warnings: field(7, list(string), 'Texts for the Warning header.'),
});
export interface AdmissionResponse extends Infer<typeof AdmissionResponse> {}

export const AdmissionReview = message(
  'io.k8s.api.admission.v1.AdmissionReview',
  'The conversation of API server and webhook.',
  {
    apiVersion: field(0, string, '').always(),
    kind: field(0, string, '').always(),
    request: field(1, AdmissionRequest, 'What the API server asks.'),
    response: field(2, AdmissionResponse, 'What the webhook answers.'),
  },
);
export interface AdmissionReview extends Infer<typeof AdmissionReview> {}
