import type { Clock, Status } from '@kubets/core';
import { headerOf, headerValues } from '../pipeline/http.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';
import type { Arrival, AuditAnswer, AuditRecord, AuditSink } from './audit.ts';
import { type AuditBackend, type AuditEvent, userInfoOf } from './event.ts';
import type { AuditDecision, AuditPolicy, AuditStage } from './policy.ts';

const MAX_USER_AGENT_LENGTH = 1024;
/** Requests that take longer than this say how long they took. */
const SLOW_REQUEST_MS = 500;
const LONG_RUNNING_VERBS = new Set(['watch', 'proxy']);
const LONG_RUNNING_SUBRESOURCES = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

export interface AuditTrailOptions {
  readonly policy: AuditPolicy;
  readonly backends: readonly AuditBackend[];
  readonly clock: Clock;
}

/** Records requests as the policy says, in all backends. */
export class AuditTrail implements AuditSink {
  readonly #options: AuditTrailOptions;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
  }

  begin(arrival: Arrival): AuditRecord | undefined {
    const decision = this.#options.policy.decide(arrival.info, arrival.user);
    if (decision.level === 'None') return undefined;
    const record = new RequestRecord(arrival, decision, this.#options);
    record.received();
    return record;
  }

  unauthenticated(arrival: Arrival, code: number): void {
    const decision = this.#options.policy.decide(arrival.info, undefined);
    if (decision.level === 'None') return;
    new RequestRecord(arrival, decision, this.#options).refusedUnknown(code);
  }
}

interface ObjectMeta {
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

class RequestRecord implements AuditRecord {
  readonly takesRequest: boolean;
  readonly takesResponse: boolean;
  readonly #arrival: Arrival;
  readonly #decision: AuditDecision;
  readonly #options: AuditTrailOptions;
  readonly #receivedAt: string;
  readonly #startMs: number;
  readonly #isLongRunning: boolean;
  readonly #annotations: Record<string, string> = {};
  #impersonated: User | undefined;
  #request: unknown;
  #status: object | undefined;
  #response: unknown;
  #hasStarted = false;
  #isOver = false;

  constructor(arrival: Arrival, decision: AuditDecision, options: AuditTrailOptions) {
    const { clock } = options;
    this.#arrival = arrival;
    this.#decision = decision;
    this.#options = options;
    this.#receivedAt = microTime(clock.now());
    this.#startMs = clock.monotonicMs();
    this.#isLongRunning = isLongRunning(arrival.info);
    this.takesRequest = decision.level !== 'Metadata';
    this.takesResponse = decision.level === 'RequestResponse';
  }

  received(): void {
    this.#emit('RequestReceived');
  }

  refusedUnknown(code: number): void {
    const message = `Authentication failed, attempted: ${attemptedMethods(this.#arrival)}`;
    this.#status = { metadata: {}, message, code };
    // This stage is told of whatever the policy omits.
    this.#send('ResponseStarted');
  }

  impersonated(user: User): void {
    this.#impersonated = user;
  }

  annotate(key: string, value: string): void {
    if (!(key in this.#annotations)) this.#annotations[key] = value;
  }

  requestObject(object: unknown): void {
    this.#request = object;
  }

  responseStarted(code: number): void {
    if (!this.#isLongRunning || this.#hasStarted || this.#isOver) return;
    this.#hasStarted = true;
    this.#status ??= { metadata: {}, code };
    this.#emit('ResponseStarted');
  }

  completed({ code, status, object }: AuditAnswer): void {
    if (this.#isOver) return;
    this.#status = status ? statusParts(status, code) : { metadata: {}, code };
    if (object && this.takesResponse) this.#response = this.#cleaned(object());
    this.responseStarted(code);
    this.#isOver = true;
    this.#noteLatency();
    this.#emit('ResponseComplete');
  }

  panicked(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const message = `APIServer panic'd: ${error instanceof Error ? error.message : String(error)}`;
    this.#status = { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 };
    this.#emit('Panic');
  }

  #noteLatency(): void {
    const tookMs = this.#options.clock.monotonicMs() - this.#startMs;
    if (this.#isLongRunning || tookMs <= SLOW_REQUEST_MS) return;
    this.annotate('apiserver.latency.k8s.io/total', durationText(tookMs));
  }

  #emit(stage: AuditStage): void {
    if (!this.#decision.omitStages.has(stage)) this.#send(stage);
  }

  #send(stage: AuditStage): void {
    const event = this.#event(stage);
    for (const backend of this.#options.backends) backend.record(event);
  }

  #event(stage: AuditStage): AuditEvent {
    const { auditId, info, user, target, headers } = this.#arrival;
    const userAgent = headerOf(headers, 'user-agent');
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.#decision.level,
      auditID: auditId,
      stage,
      requestURI: target,
      verb: info.verb,
      user: user ? userInfoOf(user) : {},
      ...(this.#impersonated ? { impersonatedUser: userInfoOf(this.#impersonated) } : {}),
      sourceIPs: sourcesOf(this.#arrival),
      ...(userAgent ? { userAgent: shortened(userAgent) } : {}),
      ...(info.isResource ? { objectRef: this.#reference(info) } : {}),
      ...(this.#status ? { responseStatus: this.#status } : {}),
      ...(this.takesRequest && this.#request !== undefined ? { requestObject: this.#cleaned(this.#request) } : {}),
      ...(this.#response === undefined ? {} : { responseObject: this.#response }),
      requestReceivedTimestamp: this.#receivedAt,
      stageTimestamp: stage === 'RequestReceived' ? this.#receivedAt : microTime(this.#options.clock.now()),
      ...(Object.keys(this.#annotations).length > 0 ? { annotations: { ...this.#annotations } } : {}),
    };
  }

  /** What the URL names, completed by what the object says of itself. */
  #reference(info: RequestInfo): object {
    const { metadata = {} } = (this.#request ?? {}) as { metadata?: ObjectMeta };
    const namespace = info.namespace || metadata.namespace;
    const name = info.name || metadata.name;
    return {
      ...(info.resource ? { resource: info.resource } : {}),
      ...(namespace ? { namespace } : {}),
      ...(name ? { name } : {}),
      ...(metadata.uid ? { uid: metadata.uid } : {}),
      ...(info.group ? { apiGroup: info.group } : {}),
      ...(info.version ? { apiVersion: info.version } : {}),
      ...(metadata.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
      ...(info.subresource ? { subresource: info.subresource } : {}),
    };
  }

  #cleaned(object: unknown): unknown {
    return this.#decision.omitManagedFields ? withoutManagedFields(object) : object;
  }
}

function isLongRunning({ verb, subresource }: RequestInfo): boolean {
  return LONG_RUNNING_VERBS.has(verb) || LONG_RUNNING_SUBRESOURCES.has(subresource);
}

function statusParts({ status, message, reason, details }: Status, code: number): object {
  return {
    metadata: {},
    ...(status ? { status } : {}),
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
    ...(details ? { details } : {}),
    code,
  };
}

/** The object, the items of a list and the objects of a table's rows without what they say of their fields' owners. */
function withoutManagedFields(object: unknown): unknown {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return object;
  const { metadata, items, rows } = object as { metadata?: object; items?: unknown; rows?: unknown };
  const cleaned: Record<string, unknown> = { ...object };
  if (metadata && 'managedFields' in metadata) {
    const { managedFields: _, ...others } = metadata;
    cleaned.metadata = others;
  }
  if (Array.isArray(items)) cleaned.items = items.map(withoutManagedFields);
  if (Array.isArray(rows))
    cleaned.rows = rows.map((row: { object?: unknown }) => ({ ...row, object: withoutManagedFields(row.object) }));
  return cleaned;
}

/** Where the request came from: what proxies say, then who is connected. */
function sourcesOf({ headers, remoteAddress }: Arrival): string[] {
  const forwarded = headerValues(headers, 'x-forwarded-for').flatMap((value) => value.split(','));
  const sources = forwarded.map((address) => address.trim()).filter(isAddress);
  const real = headerOf(headers, 'x-real-ip').trim();
  if (isAddress(real) && !sources.includes(real)) sources.push(real);
  const remote = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  if (remote && sources.at(-1) !== remote) sources.push(remote);
  return sources;
}

function isAddress(text: string): boolean {
  return /^[\d.]+$/.test(text) || (text.includes(':') && /^[\da-f:.]+$/i.test(text));
}

function attemptedMethods({ headers }: Arrival): string {
  const authorization = headerOf(headers, 'authorization');
  if (/^basic /i.test(authorization)) return 'basic';
  const hasToken = /^bearer /i.test(authorization);
  const hasQueryToken = headerValues(headers, 'sec-websocket-protocol').some((value) => value.includes('bearer'));
  return hasToken || hasQueryToken ? 'bearer' : '<none>';
}

function shortened(userAgent: string): string {
  if (userAgent.length <= MAX_USER_AGENT_LENGTH) return userAgent;
  return `${userAgent.slice(0, MAX_USER_AGENT_LENGTH)}...TRUNCATED`;
}

function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

function durationText(ms: number): string {
  return ms >= 1000 ? `${ms / 1000}s` : `${ms}ms`;
}
