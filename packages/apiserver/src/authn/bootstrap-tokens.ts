import { secretKind } from '@kubets/api';
import type { Clock } from '@kubets/core';
import type { Lookup } from '../pipeline/lookup.ts';
import type { TokenAuthenticator, TokenIdentity } from './authenticator.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const SECRET_TYPE = 'bootstrap.kubernetes.io/token';
const GROUP_PATTERN = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Compares without telling by its time where two texts differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(b.length, 1));
  return difference === 0;
}

/** Tokens with which new nodes join, kept in secrets `bootstrap-token-<id>` of kube-system. */
export class BootstrapTokens implements TokenAuthenticator {
  readonly #lookup: Lookup;
  readonly #clock: Clock;

  constructor(options: { lookup: Lookup; clock: Clock }) {
    this.#lookup = options.lookup;
    this.#clock = options.clock;
  }

  async authenticateToken(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined> {
    const [, id, secretPart] = TOKEN.exec(token) ?? [];
    if (!id || !secretPart) return undefined;
    const secret = await this.#lookup.get(secretKind, 'kube-system', `bootstrap-token-${id}`);
    if (!secret || secret.type !== SECRET_TYPE || secret.metadata.deletionTimestamp) return undefined;
    const text = (name: string) => atob(secret.data?.[name] ?? '');
    const expiration = text('expiration');
    const valid =
      text('token-id') === id &&
      sameText(text('token-secret'), secretPart) &&
      (expiration === '' || Date.parse(expiration) > this.#clock.now()) &&
      text('usage-bootstrap-authentication') === 'true';
    if (!valid) return undefined;
    const extra = text('auth-extra-groups')
      .split(',')
      .filter((group) => GROUP_PATTERN.test(group));
    return { user: { name: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...extra] }, audiences };
  }
}
