import type { Clock, Disposable, Logger } from '@kubets/core';
import type { HttpsCaller } from '../webhooks/https-caller.ts';
import { postTo, type RemoteEndpoint } from '../webhooks/remote-endpoint.ts';
import type { AuditBackend, AuditEvent } from './event.ts';

/** Events that wait to be sent; those beyond are dropped. */
const MAX_WAITING_EVENTS = 10_000;
const MAX_BATCH_SIZE = 400;
const MAX_BATCH_WAIT_MS = 30_000;
/** Batches a second on average, and as many at once. */
const BATCHES_PER_SECOND = 10;
const BURST = 15;
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
const FIRST_RETRY_MS = 10_000;
const RETRY_FACTOR = 1.5;

export interface AuditWebhookOptions {
  readonly endpoint: RemoteEndpoint;
  readonly caller: HttpsCaller;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sends events to a webhook: in batches, one at a time, when there are many or the oldest has waited long enough. */
export class AuditWebhook implements AuditBackend, Disposable {
  readonly #options: AuditWebhookOptions;
  #waiting: AuditEvent[] = [];
  #timer: Disposable | undefined;
  #sending = false;
  #tokens = BURST;
  #tokensAtMs: number;
  readonly #stopped = new AbortController();
  /** Events given up because too many waited, or because the webhook did not take them. */
  dropped = 0;

  constructor(options: AuditWebhookOptions) {
    this.#options = options;
    this.#tokensAtMs = options.clock.monotonicMs();
  }

  record(event: AuditEvent): void {
    if (this.#waiting.length >= MAX_WAITING_EVENTS) {
      this.dropped++;
      return;
    }
    this.#waiting.push(event);
    if (this.#waiting.length >= MAX_BATCH_SIZE) this.#start();
    else this.#timer ??= this.#options.clock.after(MAX_BATCH_WAIT_MS, () => this.#start());
  }

  /** Sends what waits, without waiting for more. Resolves when the webhook has taken it. */
  async flush(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#timer?.dispose();
    this.#timer = undefined;
    for (let at = 0; at < batch.length; at += MAX_BATCH_SIZE) await this.#send(batch.slice(at, at + MAX_BATCH_SIZE));
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#stopped.abort(new Error('the audit trail has ended'));
  }

  #start(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (!this.#sending) void this.#run();
  }

  /** Sends full batches until what is left may wait for its time. */
  async #run(): Promise<void> {
    this.#sending = true;
    try {
      do {
        await this.#throttled();
        await this.#send(this.#waiting.splice(0, MAX_BATCH_SIZE));
      } while (this.#waiting.length >= MAX_BATCH_SIZE);
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#options.logger.log('error', 'the audit webhook failed', { error });
    } finally {
      this.#sending = false;
      if (this.#waiting.length > 0 && !this.#stopped.signal.aborted)
        this.#timer ??= this.#options.clock.after(MAX_BATCH_WAIT_MS, () => this.#start());
    }
  }

  async #throttled(): Promise<void> {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#tokens = Math.min(BURST, this.#tokens + ((nowMs - this.#tokensAtMs) / 1000) * BATCHES_PER_SECOND);
    this.#tokensAtMs = nowMs;
    this.#tokens--;
    if (this.#tokens < 0) await clock.sleep((-this.#tokens / BATCHES_PER_SECOND) * 1000, this.#stopped.signal);
  }

  async #send(items: readonly AuditEvent[]): Promise<void> {
    const { clock, logger } = this.#options;
    const body = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items };
    let waitMs = FIRST_RETRY_MS;
    for (let attempt = 1; ; attempt++) {
      const problem = await this.#post(body);
      if (!problem) return;
      if (attempt === ATTEMPTS || !problem.isTemporary) {
        this.dropped += items.length;
        logger.log('warn', 'the audit webhook does not take events', { problem: problem.text, dropped: items.length });
        return;
      }
      await clock.sleep(waitMs, this.#stopped.signal);
      waitMs *= RETRY_FACTOR;
    }
  }

  async #post(body: object): Promise<{ text: string; isTemporary: boolean } | undefined> {
    const { endpoint, caller } = this.#options;
    try {
      const { code } = await postTo(endpoint, { caller, body, timeoutMs: TIMEOUT_MS });
      if (code >= 200 && code < 300) return undefined;
      return { text: `answered ${code}`, isTemporary: code === 429 || code >= 500 };
    } catch (error) {
      return { text: (error as Error).message, isTemporary: true };
    }
  }
}
