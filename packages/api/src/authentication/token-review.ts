import { bool, defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';
import { UserInfo } from './shared.ts';

export const TokenReviewSpec = message('io.k8s.api.authentication.v1.TokenReviewSpec', 'The token to be checked.', {
  token: field(1, string, 'The bearer token.').required(),
  audiences: field(2, list(string), 'Recipients who ask; the token has to be meant for one of them.').atomic(),
});
export interface TokenReviewSpec extends Infer<typeof TokenReviewSpec> {}

export const TokenReviewStatus = message(
  'io.k8s.api.authentication.v1.TokenReviewStatus',
  'Whether a token is valid, and whose it is.',
  {
    authenticated: field(1, bool, 'Whether the token belongs to a known user.'),
    user: field(2, UserInfo, 'The user whose token it is.').default({}),
    error: field(3, string, 'Why the token could not be checked.'),
    audiences: field(4, list(string), 'Audiences of the request that the token is meant for.').atomic(),
  },
);
export interface TokenReviewStatus extends Infer<typeof TokenReviewStatus> {}

export const TokenReview = message(
  'io.k8s.api.authentication.v1.TokenReview',
  'Asks whether a token is valid, and whose it is.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, TokenReviewSpec, 'The token to be checked.').required().default({}),
    status: field(3, TokenReviewStatus, 'The answer, filled in by the server.').default({}),
  },
);
export interface TokenReview extends Infer<typeof TokenReview> {}

export const tokenReviewKind = defineKind<TokenReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  resource: 'tokenreviews',
  namespaced: false,
  verbs: ['create'],
  listKind: '',
  schema: TokenReview,
  strategy: { prepareForCreate: (draft) => clearStatus(draft, TokenReviewStatus) },
});
