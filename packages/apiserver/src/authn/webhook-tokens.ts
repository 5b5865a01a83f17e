import type { Clock } from '@kubets/core';
import type { HttpsCaller } from '../webhooks/https-caller.ts';
import { postTo, type RemoteEndpoint } from '../webhooks/remote-endpoint.ts';
import type { TokenAuthenticator, TokenIdentity } from './authenticator.ts';

const CACHE_MS = 2 * 60_000;
const MAX_REMEMBERED = 4096;
const TIMEOUT_MS = 30_000;

interface Answer {
  readonly identity: TokenIdentity | undefined;
  readonly error: string | undefined;
}

interface ReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly audiences?: readonly string[];
  readonly error?: string;
}

/** Asks another server, with TokenReviews, whom bearer tokens stand for. */
export class WebhookTokens implements TokenAuthenticator {
  readonly #options: { endpoint: RemoteEndpoint; caller: HttpsCaller; clock: Clock };
  readonly #remembered = new Map<string, { readonly answer: Answer; readonly untilMs: number }>();

  constructor(options: { endpoint: RemoteEndpoint; caller: HttpsCaller; clock: Clock }) {
    this.#options = options;
  }

  async authenticateToken(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined> {
    const key = JSON.stringify([token, audiences]);
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#remembered.get(key);
    const answer = known && known.untilMs > nowMs ? known.answer : await this.#ask(token, audiences);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    if (answer !== known?.answer) this.#remembered.set(key, { answer, untilMs: nowMs + CACHE_MS });
    if (answer.error) throw new Error(answer.error);
    return answer.identity;
  }

  async #ask(token: string, audiences: readonly string[]): Promise<Answer> {
    const { endpoint, caller } = this.#options;
    const spec = { token, ...(audiences.length > 0 ? { audiences } : {}) };
    const body = { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: {}, spec };
    const { code, body: text } = await postTo(endpoint, { caller, body, timeoutMs: TIMEOUT_MS });
    if (code !== 200 && code !== 201) throw new Error(`the token webhook answered ${code}`);
    const { status = {} } = JSON.parse(text) as { status?: ReviewStatus };
    if (!status.authenticated) return { identity: undefined, error: status.error };
    const { username = '', uid, groups = [], extra } = status.user ?? {};
    const user = { name: username, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
    const matched = audiences.filter((audience) => status.audiences?.includes(audience));
    if (audiences.length > 0 && matched.length === 0) return { identity: undefined, error: undefined };
    return { identity: { user, audiences: matched }, error: undefined };
  }
}
