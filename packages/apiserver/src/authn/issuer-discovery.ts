import type { PathHandlers } from '../pipeline/path-handlers.ts';
import type { JwtKeys } from './jwt.ts';

const KEYS_PATH = '/openid/v1/jwks';
const CACHE = { 'cache-control': 'public, max-age=3600' };

/** Serves what others need to check service-account tokens by themselves: OpenID configuration and public keys. */
export function registerIssuerDiscovery(paths: PathHandlers, options: { issuer: string; keys: JwtKeys }): void {
  const { issuer, keys } = options;
  const algorithms = [...new Set(keys.jwks().map((key) => key.alg))];
  const configuration = JSON.stringify({
    issuer,
    jwks_uri: `${issuer.replace(/\/$/, '')}${KEYS_PATH}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: algorithms,
  });
  paths.exact('/.well-known/openid-configuration', () => ({
    code: 200,
    headers: { 'content-type': 'application/json', ...CACHE },
    body: configuration,
  }));
  paths.exact(KEYS_PATH, () => ({
    code: 200,
    headers: { 'content-type': 'application/jwk-set+json', ...CACHE },
    body: JSON.stringify({ keys: keys.jwks() }),
  }));
}
