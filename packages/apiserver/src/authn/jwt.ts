/** JSON web tokens over the host's WebCrypto, which browsers and Node share. */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export type JwtAlgorithm = 'ES256' | 'RS256';
export type JwtClaims = Record<string, unknown>;

/** A public key as a JWKS document shows it. */
export interface PublicJwk {
  readonly kty: string;
  readonly alg: string;
  readonly use: 'sig';
  readonly kid: string;
  readonly [parameter: string]: string;
}

interface KeyParameters {
  readonly importing: EcKeyImportParams | RsaHashedImportParams;
  readonly signing: EcdsaParams | AlgorithmIdentifier;
}

const PARAMETERS: Readonly<Record<JwtAlgorithm, KeyParameters>> = {
  ES256: { importing: { name: 'ECDSA', namedCurve: 'P-256' }, signing: { name: 'ECDSA', hash: 'SHA-256' } },
  RS256: { importing: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, signing: { name: 'RSASSA-PKCS1-v1_5' } },
};

export function base64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** The DER bytes inside a PEM block. */
export function derOfPem(pem: string): Uint8Array<ArrayBuffer> {
  const base64 = pem.replace(/-----[^-]+-----/g, '').replace(/\s+/g, '');
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

interface VerificationKey {
  readonly id: string;
  readonly algorithm: JwtAlgorithm;
  readonly key: CryptoKey;
  readonly jwk: PublicJwk;
}

async function importPublic(jwk: JsonWebKey): Promise<VerificationKey> {
  const algorithm: JwtAlgorithm = jwk.kty === 'RSA' ? 'RS256' : 'ES256';
  const shown: JsonWebKey =
    jwk.kty === 'RSA' ? { kty: jwk.kty, n: jwk.n!, e: jwk.e! } : { kty: jwk.kty!, crv: jwk.crv!, x: jwk.x!, y: jwk.y! };
  const key = await crypto.subtle.importKey('jwk', shown, PARAMETERS[algorithm].importing, true, ['verify']);
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', key));
  const id = base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', spki)));
  const published = { use: 'sig', ...shown, kid: id, alg: algorithm } as unknown as PublicJwk;
  return { id, algorithm, key, jwk: published };
}

/** Signs tokens with one key and verifies those of every key it knows. */
export class JwtKeys {
  readonly #signing: CryptoKey;
  readonly #signingId: string;
  readonly #algorithm: JwtAlgorithm;
  readonly #verifying: ReadonlyMap<string, VerificationKey>;

  private constructor(signing: CryptoKey, keys: readonly VerificationKey[]) {
    this.#signing = signing;
    this.#signingId = keys[0]!.id;
    this.#algorithm = keys[0]!.algorithm;
    this.#verifying = new Map(keys.map((key) => [key.id, key]));
  }

  /** Keys from a PKCS #8 PEM private key (EC P-256 or RSA); tokens of the `retired` private keys stay valid. */
  static async fromPem(privateKeyPem: string, retired: readonly string[] = []): Promise<JwtKeys> {
    const pairs = await Promise.all([privateKeyPem, ...retired].map(importPrivate));
    const keys = await Promise.all(pairs.map((pair) => importPublic(pair.jwk)));
    return new JwtKeys(pairs[0]!.key, keys);
  }

  /** A fresh key that lives as long as the process. */
  static async generate(): Promise<JwtKeys> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    return new JwtKeys(pair.privateKey, [await importPublic(await crypto.subtle.exportKey('jwk', pair.publicKey))]);
  }

  async sign(claims: JwtClaims): Promise<string> {
    const header = { alg: this.#algorithm, kid: this.#signingId };
    const signed = `${base64Url(encoder.encode(JSON.stringify(header)))}.${base64Url(encoder.encode(JSON.stringify(claims)))}`;
    const parameters = PARAMETERS[this.#algorithm].signing;
    const signature = await crypto.subtle.sign(parameters, this.#signing, encoder.encode(signed));
    return `${signed}.${base64Url(new Uint8Array(signature))}`;
  }

  /** The claims of a token that one of the keys signed; undefined for any other. Claims such as exp are not checked. */
  async verify(token: string): Promise<JwtClaims | undefined> {
    const [header, payload, signature, ...more] = token.split('.');
    if (!header || !payload || !signature || more.length > 0) return undefined;
    try {
      const { alg, kid } = JSON.parse(decoder.decode(fromBase64Url(header))) as { alg?: unknown; kid?: unknown };
      const candidates = typeof kid === 'string' ? [this.#verifying.get(kid)] : [...this.#verifying.values()];
      for (const key of candidates) {
        if (!key || key.algorithm !== alg) continue;
        const parameters = PARAMETERS[key.algorithm].signing;
        const data = encoder.encode(`${header}.${payload}`);
        if (await crypto.subtle.verify(parameters, key.key, fromBase64Url(signature), data))
          return JSON.parse(decoder.decode(fromBase64Url(payload))) as JwtClaims;
      }
    } catch {
      return undefined;
    }
    return undefined;
  }

  /** The public keys, as /openid/v1/jwks serves them. */
  jwks(): PublicJwk[] {
    return [...this.#verifying.values()].map((key) => key.jwk);
  }
}

async function importPrivate(pem: string): Promise<{ key: CryptoKey; jwk: JsonWebKey }> {
  const der = derOfPem(pem);
  const tryImport = (algorithm: JwtAlgorithm) =>
    crypto.subtle.importKey('pkcs8', der, PARAMETERS[algorithm].importing, true, ['sign']);
  const key = await tryImport('ES256').catch(() => tryImport('RS256'));
  return { key, jwk: await crypto.subtle.exportKey('jwk', key) };
}

/** What a token claims, without looking at its signature; undefined when it is no JWT. */
export function peekClaims(token: string): JwtClaims | undefined {
  const payload = token.split('.')[1];
  if (!payload) return undefined;
  try {
    const claims: unknown = JSON.parse(decoder.decode(fromBase64Url(payload)));
    return typeof claims === 'object' && claims !== null ? (claims as JwtClaims) : undefined;
  } catch {
    return undefined;
  }
}
