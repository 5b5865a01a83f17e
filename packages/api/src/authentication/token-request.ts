import { field, type Infer, int64, list, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const BoundObjectReference = message(
  'io.k8s.api.authentication.v1.BoundObjectReference',
  'Object that a token is bound to: the token ends when the object goes.',
  {
    uid: field(4, string, 'UID of the object.').proto('uID'),
    kind: field(1, string, 'Kind of the object: Pod, Secret or Node.'),
    apiVersion: field(2, string, 'API version of the object.'),
    name: field(3, string, 'Name of the object.'),
  },
);
export interface BoundObjectReference extends Infer<typeof BoundObjectReference> {}

export const TokenRequestSpec = message(
  'io.k8s.api.authentication.v1.TokenRequestSpec',
  'What kind of token is asked for.',
  {
    audiences: field(1, list(string), 'Who the token is meant for; recipients must find themselves here.').atomic(),
    boundObjectRef: field(3, BoundObjectReference, 'Object whose deletion ends the token.'),
    expirationSeconds: field(
      4,
      int64,
      'Seconds that the token should be valid; the server may give another time.',
    ).pointer(),
  },
);
export interface TokenRequestSpec extends Infer<typeof TokenRequestSpec> {}

export const TokenRequestStatus = message(
  'io.k8s.api.authentication.v1.TokenRequestStatus',
  'The token that was issued.',
  {
    token: field(1, string, 'The bearer token.').default(''),
    expirationTimestamp: field(2, time, 'When the token stops being valid.'),
  },
);
export interface TokenRequestStatus extends Infer<typeof TokenRequestStatus> {}

export const TokenRequest = message(
  'io.k8s.api.authentication.v1.TokenRequest',
  'Asks for a token of a service account.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, TokenRequestSpec, 'The token wanted.').always().default({}),
    status: field(3, TokenRequestStatus, 'The token issued, filled in by the server.').default({}),
  },
);
export interface TokenRequest extends Infer<typeof TokenRequest> {}
