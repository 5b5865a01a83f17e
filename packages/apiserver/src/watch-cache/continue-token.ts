import { badRequest, parseJson } from '@kubets/core';

/** Where a paged list goes on: the revision it shows and the first key that is still to come. */
export interface ContinueToken {
  /** -1 for a list that has given up being consistent and goes on with the newest state. */
  readonly revision: number;
  /** The last key delivered, without the kind's prefix. */
  readonly after: string;
}

const TOKEN_VERSION = 'meta.k8s.io/v1';

/** The opaque text that a client sends back; base64url of JSON, `start` being the first possible key after the last one. */
export function encodeContinue({ revision, after }: ContinueToken): string {
  const json = JSON.stringify({ v: TOKEN_VERSION, rv: revision, start: `${after}\0` });
  const binary = String.fromCharCode(...new TextEncoder().encode(json));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = parse(text);
  if (v !== TOKEN_VERSION)
    throw notValid(`server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw notValid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof start !== 'string' || start === '') {
    throw notValid('encoded start key empty (version meta.k8s.io/v1)');
  }
  if (start.startsWith('/') || start.split('/').includes('..')) {
    throw notValid(start);
  }
  return { revision: rv, after: start.endsWith('\0') ? start.slice(0, -1) : start };
}

const notValid = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);

function parse(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const odd = text.search(/[^A-Za-z0-9_-]/);
  if (odd >= 0 || text.length % 4 === 1) {
    throw notValid(`illegal base64 data at input byte ${odd >= 0 ? odd : text.length - 1}`);
  }
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const parsed: unknown = parseJson(Uint8Array.from(binary, (char) => char.charCodeAt(0))).value;
    if (parsed !== null && typeof parsed === 'object') return parsed;
  } catch (error) {
    throw notValid(error instanceof Error ? error.message : String(error));
  }
  throw notValid('not an object');
}
