import { type Lease, leaseKind } from '@kubets/api';
import { type AsyncDisposable, type Clock, hasReason, type Logger, type Random } from '@kubets/core';
import type { Client } from '../client.ts';
import { formatMicroTime } from '../time.ts';

/** Retries are spread by up to this share, so that candidates do not march in step. */
const JITTER = 1.2;

export interface LeaderElectorOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  /** How long others wait before they take over; 15 s unless told. */
  readonly leaseDurationMs?: number;
  /** The leader steps down when it could not renew for so long; 10 s unless told. */
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  /** Called when this candidate leads; `signal` aborts when it no longer does. */
  onStartedLeading(signal: AbortSignal): void;
  onStoppedLeading?(): void;
  onNewLeader?(identity: string): void;
}

/** Takes part in an election over a Lease until it is disposed; disposing a leader gives the lease up. */
export class LeaderElector implements AsyncDisposable {
  readonly #options: Required<Pick<LeaderElectorOptions, 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'>> &
    LeaderElectorOptions;
  readonly #stop = new AbortController();
  readonly #finished: Promise<void>;
  #leading: AbortController | undefined;
  #observed: { lease: Lease; atMs: number } | undefined;
  #reportedLeader = '';

  constructor(options: LeaderElectorOptions) {
    this.#options = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000, ...options };
    this.#finished = this.#run();
  }

  get isLeader(): boolean {
    return this.#leading !== undefined;
  }

  async dispose(): Promise<void> {
    this.#stop.abort(new Error('leader election stopped'));
    await this.#finished;
  }

  async #run(): Promise<void> {
    const { clock, random, retryPeriodMs, renewDeadlineMs } = this.#options;
    let renewedMs = clock.monotonicMs();
    while (!this.#stop.signal.aborted) {
      if (await this.#tryHold()) {
        renewedMs = clock.monotonicMs();
        this.#lead();
      } else if (this.#leading && clock.monotonicMs() - renewedMs >= renewDeadlineMs) this.#stepDown();
      const delayMs = this.#leading ? retryPeriodMs : retryPeriodMs * (1 + JITTER * random.next());
      await clock.sleep(delayMs, this.#stop.signal).catch(() => {});
    }
    if (!this.#leading) return;
    this.#stepDown();
    await this.#release();
  }

  #lead(): void {
    if (this.#leading || this.#stop.signal.aborted) return;
    this.#leading = new AbortController();
    this.#options.onStartedLeading(this.#leading.signal);
  }

  #stepDown(): void {
    this.#leading?.abort(new Error('no longer the leader'));
    this.#leading = undefined;
    this.#options.onStoppedLeading?.();
  }

  async #tryHold(): Promise<boolean> {
    try {
      return await this.#acquireOrRenew();
    } catch (error) {
      this.#options.logger.log('debug', 'lease not acquired', { lease: this.#options.name, error: String(error) });
      return false;
    }
  }

  async #acquireOrRenew(): Promise<boolean> {
    const { client, namespace, name, clock, identity } = this.#options;
    const lease = await this.#read();
    if (!lease) {
      const metadata = { namespace, name };
      const created = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: this.#spec(undefined) };
      this.#observe(await client.resource(leaseKind).create(created));
      return true;
    }
    this.#observe(lease);
    const holder = lease.spec?.holderIdentity;
    const expiresMs = (this.#observed?.atMs ?? 0) + (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
    if (holder && holder !== identity && expiresMs > clock.monotonicMs()) return false;
    this.#observe(await client.resource(leaseKind).update({ ...lease, spec: this.#spec(lease) }));
    return true;
  }

  async #read(): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.resource(leaseKind).get(namespace, name);
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** Expiry is measured from when a change was seen here, so that clocks of candidates need not agree. */
  #observe(lease: Lease): void {
    if (this.#observed?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) {
      this.#observed = { lease, atMs: this.#options.clock.monotonicMs() };
    }
    const leader = lease.spec?.holderIdentity ?? '';
    if (leader === this.#reportedLeader) return;
    this.#reportedLeader = leader;
    if (leader) this.#options.onNewLeader?.(leader);
  }

  #spec(previous: Lease | undefined): NonNullable<Lease['spec']> {
    const { clock, identity, leaseDurationMs } = this.#options;
    const now = formatMicroTime(clock.now());
    const mine = previous?.spec?.holderIdentity === identity;
    const transitions = previous?.spec?.leaseTransitions ?? 0;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: (mine && previous?.spec?.acquireTime) || now,
      renewTime: now,
      leaseTransitions: mine || !previous ? transitions : transitions + 1,
    };
  }

  async #release(): Promise<void> {
    const { client, clock } = this.#options;
    const lease = await this.#read().catch(() => undefined);
    if (lease?.spec?.holderIdentity !== this.#options.identity) return;
    const now = formatMicroTime(clock.now());
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    await client
      .resource(leaseKind)
      .update({ ...lease, spec })
      .catch(() => {});
  }
}
