import { fromBase64Url, type JwtClaims } from './jwt.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const MAX_KEYS = 100;

/** One public key of an issuer, as its JWKS document has it. */
export interface IssuerKey extends JsonWebKey {
  readonly kid?: string;
}

interface Algorithm {
  readonly keyType: 'RSA' | 'EC';
  readonly importing: RsaHashedImportParams | EcKeyImportParams;
  readonly verifying: AlgorithmIdentifier | RsaPssParams | EcdsaParams;
}

const CURVES: Readonly<Record<string, string>> = { 256: 'P-256', 384: 'P-384', 512: 'P-521' };

/** RS, PS and ES with 256, 384 and 512 bits; undefined for others, `none` among them. */
function algorithmOf(name: string): Algorithm | undefined {
  const [, family, bits] = /^(RS|PS|ES)(256|384|512)$/.exec(name) ?? [];
  if (!family || !bits) return undefined;
  const hash = `SHA-${bits}`;
  if (family === 'ES')
    return {
      keyType: 'EC',
      importing: { name: 'ECDSA', namedCurve: CURVES[bits]! },
      verifying: { name: 'ECDSA', hash },
    };
  const isPss = family === 'PS';
  const algorithm = isPss ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
  const verifying = isPss ? { name: algorithm, saltLength: Number(bits) / 8 } : { name: algorithm };
  return { keyType: 'RSA', importing: { name: algorithm, hash }, verifying };
}

/** The key set of a JWKS document. Throws an Error for anything else. */
export function parseJwks(text: string): readonly IssuerKey[] {
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('the key set has no keys');
  return (keys as IssuerKey[]).filter(({ use }) => use === undefined || use === 'sig').slice(0, MAX_KEYS);
}

/** Whether some key of the set may have signed the token; false when its key is not known. */
export function hasKeyFor(token: string, keys: readonly IssuerKey[]): boolean {
  const { kid } = headerOf(token);
  return keys.some((key) => kid === undefined || key.kid === undefined || key.kid === kid);
}

/** The claims of a token that a key of the set signed; undefined for any other. Claims such as exp are not checked. */
export async function verifyWith(token: string, keys: readonly IssuerKey[]): Promise<JwtClaims | undefined> {
  const [header, payload, signature, ...more] = token.split('.');
  if (!header || !payload || !signature || more.length > 0) return undefined;
  const { alg = '', kid } = headerOf(token);
  const algorithm = algorithmOf(alg);
  if (!algorithm) return undefined;
  const data = encoder.encode(`${header}.${payload}`);
  for (const key of keys) {
    if (key.kty !== algorithm.keyType || (key.alg && key.alg !== alg)) continue;
    if (kid !== undefined && key.kid !== undefined && key.kid !== kid) continue;
    if (await isSignedBy(key, algorithm, { data, signature }))
      return JSON.parse(decoder.decode(fromBase64Url(payload))) as JwtClaims;
  }
  return undefined;
}

async function isSignedBy(
  jwk: IssuerKey,
  { importing, verifying }: Algorithm,
  { data, signature }: { data: Uint8Array<ArrayBuffer>; signature: string },
): Promise<boolean> {
  const { kty, n, e, crv, x, y } = jwk;
  const bare = (kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y }) as JsonWebKey;
  try {
    const key = await crypto.subtle.importKey('jwk', bare, importing, false, ['verify']);
    return await crypto.subtle.verify(verifying, key, fromBase64Url(signature), data);
  } catch {
    return false;
  }
}

function headerOf(token: string): { readonly alg?: string; readonly kid?: string } {
  try {
    return JSON.parse(decoder.decode(fromBase64Url(token.split('.')[0] ?? '')));
  } catch {
    return {};
  }
}
