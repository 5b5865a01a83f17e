import type { Secret } from '@kubets/api';

export const TOKEN_NAMESPACE = 'kube-system';
const TOKEN_TYPE = 'bootstrap.kubernetes.io/token';
const NAME_PREFIX = 'bootstrap-token-';
const ID = /^[a-z0-9]{6}$/;
const SECRET_PART = /^[a-z0-9]{16}$/;

/** A token with which nodes join, as its secret keeps it. */
export interface BootstrapToken {
  readonly id: string;
  readonly secretPart: string;
  /** Wall-clock time of its end in milliseconds; undefined for none. An unreadable one has ended long ago. */
  readonly expiresMs: number | undefined;
  /** It signs the cluster's public information. */
  readonly isForSigning: boolean;
}

export function isTokenSecret({ metadata, type }: Secret): boolean {
  return type === TOKEN_TYPE && metadata.namespace === TOKEN_NAMESPACE;
}

/** The token in a secret; undefined where its name, id and secret do not make one. */
export function tokenOf(secret: Secret): BootstrapToken | undefined {
  if (!isTokenSecret(secret)) return undefined;
  const text = (name: string) => atob(secret.data?.[name] ?? '');
  const [id, secretPart, expiration] = [text('token-id'), text('token-secret'), text('expiration')];
  const isWhole = ID.test(id) && SECRET_PART.test(secretPart) && secret.metadata.name === `${NAME_PREFIX}${id}`;
  if (!isWhole) return undefined;
  const isForSigning = text('usage-bootstrap-signing') === 'true';
  return { id, secretPart, isForSigning, expiresMs: expirationOf(expiration) };
}

/** When a token secret ends, whole or not; undefined for never. */
export function expirationOf(text: string): number | undefined {
  if (text === '') return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? 0 : ms;
}

const encoder = new TextEncoder();

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** A detached JSON Web Signature (RFC 7515, appendix F) of `content` by HS256: the payload's place is left empty. */
export async function detachedSignature(content: string, { id, secretPart }: BootstrapToken): Promise<string> {
  const header = base64Url(encoder.encode(JSON.stringify({ alg: 'HS256', kid: id })));
  const payload = base64Url(encoder.encode(content));
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secretPart), algorithm, false, ['sign']);
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(`${header}.${payload}`));
  return `${header}..${base64Url(new Uint8Array(signature))}`;
}
