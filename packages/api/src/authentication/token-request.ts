import { field, type Infer, int64, list, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const BoundObjectReference = message('io.k8s.api.authentication.v1.BoundObjectReference', '', {
  uid: field(4, string, '').proto('uID'),
  kind: field(1, string, ''),
  apiVersion: field(2, string, ''),
  name: field(3, string, ''),
});
export interface BoundObjectReference extends Infer<typeof BoundObjectReference> {}

export const TokenRequestSpec = message('io.k8s.api.authentication.v1.TokenRequestSpec', '', {
  audiences: field(1, list(string), '').atomic(),
  boundObjectRef: field(3, BoundObjectReference, ''),
  expirationSeconds: field(4, int64, '').pointer(),
});
export interface TokenRequestSpec extends Infer<typeof TokenRequestSpec> {}

export const TokenRequestStatus = message('io.k8s.api.authentication.v1.TokenRequestStatus', '', {
  token: field(1, string, '').default(''),
  expirationTimestamp: field(2, time, ''),
});
export interface TokenRequestStatus extends Infer<typeof TokenRequestStatus> {}

export const TokenRequest = message('io.k8s.api.authentication.v1.TokenRequest', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, TokenRequestSpec, '').always().default({}),
  status: field(3, TokenRequestStatus, '').default({}),
});
export interface TokenRequest extends Infer<typeof TokenRequest> {}
