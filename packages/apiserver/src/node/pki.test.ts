import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JwtKeys } from '../authn/jwt.ts';
import { ensurePki } from './pki.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubets-pki-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('keeps a key for tokens that every OpenID Connect verifier takes', async () => {
  const { serviceAccountKey } = ensurePki({ dir });
  const keys = await JwtKeys.fromPem(serviceAccountKey);
  expect(keys.jwks()).toEqual([expect.objectContaining({ kty: 'RSA', alg: 'RS256', use: 'sig' })]);
  expect(await keys.verify(await keys.sign({ sub: 'a' }))).toEqual({ sub: 'a' });
  expect(ensurePki({ dir }).serviceAccountKey).toBe(serviceAccountKey);
});
