import { bool, defineKind, field, type Infer, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus } from '../status-rules.ts';
import { UserInfo } from './shared.ts';

export const TokenReviewSpec = message('io.k8s.api.authentication.v1.TokenReviewSpec', '', {
  token: field(1, string, '').required(),
  audiences: field(2, list(string), '').atomic(),
});
export interface TokenReviewSpec extends Infer<typeof TokenReviewSpec> {}

export const TokenReviewStatus = message('io.k8s.api.authentication.v1.TokenReviewStatus', '', {
  authenticated: field(1, bool, ''),
  user: field(2, UserInfo, '').default({}),
  error: field(3, string, ''),
  audiences: field(4, list(string), '').atomic(),
});
export interface TokenReviewStatus extends Infer<typeof TokenReviewStatus> {}

export const TokenReview = message('io.k8s.api.authentication.v1.TokenReview', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, TokenReviewSpec, '').required().default({}),
  status: field(3, TokenReviewStatus, '').default({}),
});
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
