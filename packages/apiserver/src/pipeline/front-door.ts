import {
  type Clock,
  type Disposable,
  disposable,
  internalError,
  type KindDefinition,
  type Logger,
  type Random,
  StatusError,
} from '@kubets/core';
import type { Aggregation } from '../aggregation/aggregation.ts';
import type { Arrival, AuditAnswer, AuditRecord, AuditSink } from '../audit/audit.ts';
import type { Authenticator } from '../authn/authenticator.ts';
import { impersonate } from '../authn/impersonation.ts';
import { type Attributes, type Authorizer, type Decision, forbiddenRequest } from '../authz/authorizer.ts';
import type { Connector } from '../connect/connector.ts';
import { type ConnectOptions, connectOptionsOf, withConnectOptions } from '../connect/options.ts';
import type { Codec } from '../encoding/codec.ts';
import { Encoder, type Presentation, watchContentType } from '../encoding/encode.ts';
import {
  checkProduced,
  negotiate,
  negotiateWithoutProtobuf,
  negotiateWithoutTable,
  notAcceptable,
  wantsPretty,
} from '../encoding/negotiate.ts';
import { joinPieces, PIECE_BYTES } from '../encoding/pieces.ts';
import { includeObjectOf } from '../encoding/table.ts';
import { WatchEncoder } from '../encoding/watch.ts';
import type { FlowControl, FlowTicket } from '../flowcontrol/flow-control.ts';
import type { AuthenticatedRequest, User, VerbResult } from '../request.ts';
import type { KindCatalog, RequestHandler } from './backend.ts';
import { DEFAULT_REQUEST_TIMEOUT_MS, type Deadline, deadlineOf } from './deadline.ts';
import { decodeRequest } from './decode-request.ts';
import { FlushQueue } from './flush-queue.ts';
import { type HttpExchange, headerOf, type ResponseHeaders } from './http.ts';
import { beginAnswer, sendPieces, wholeAnswer } from './long-answer.ts';
import type { RequestMetrics } from './metrics.ts';
import type { PathAnswer, PathHandlers } from './path-handlers.ts';
import { parseQuery, type QueryValues, queryText } from './query.ts';
import { type RequestInfo, requestInfo } from './request-info.ts';
import { hasProtobuf, type Route, resolveRoute } from './route.ts';
import { warningHeaders } from './warnings.ts';
import { WatchStream } from './watch-stream.ts';

export interface FrontDoorOptions {
  readonly handler: RequestHandler;
  readonly catalog: KindCatalog;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly paths: PathHandlers;
  readonly connector?: Connector;
  /** Asks the admission plugins about a connection, before the connector makes it. */
  readonly admitConnect?: (request: AuthenticatedRequest) => Promise<ConnectOptions>;
  readonly flowControl?: FlowControl;
  readonly audit?: AuditSink;
  readonly metrics?: RequestMetrics;
  /** Compresses long answers for clients that accept gzip. */
  readonly gzip?: (pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  /** How long a request may take that does not last by its nature. Default 60 seconds. */
  readonly requestTimeoutMs?: number;
  /** APIs of other servers. */
  readonly aggregation?: Pick<Aggregation, 'serves' | 'forward'>;
  /** What to tell, as a warning, whoever asks for something that is not served; undefined for nothing. */
  readonly adviceOf?: (info: RequestInfo) => string | undefined;
}

/** Answers shorter than this are sent as they are. */
const MIN_GZIP_BYTES = 128 * 1024;
const STREAMING = new Set(['exec', 'attach', 'portforward']);
const MAX_AUDIT_ID_LENGTH = 64;
const NO_DISPOSABLE = disposable(() => {});
const PLAIN: Presentation = {
  negotiated: { format: 'json', convert: undefined, pretty: false, stream: false },
  pretty: false,
  includeObject: 'Metadata',
};

/** What one request gathers on its way through the pipeline. */
interface Passage {
  readonly exchange: HttpExchange;
  readonly headers: ResponseHeaders;
  readonly startMs: number;
  info: RequestInfo | undefined;
  audit: AuditRecord | undefined;
  /** What the client is to be warned of; undefined while there is nothing. */
  warnings: Set<string> | undefined;
  ticket: FlowTicket | undefined;
  /** Ends the request when it takes too long. */
  timer: Disposable | undefined;
  /** Breaks off the answer; undefined before one that comes in pieces has begun. */
  abort: (() => void) | undefined;
  /** It took too long: whatever its verb still answers is dropped. */
  isTimedOut: boolean;
  isFinished: boolean;
  /** Counted among those that are being served. */
  isCounted: boolean;
  /** Of the answer, as far as they are known. */
  bytes: number | undefined;
}

/**
 * The way in: every request passes request info, authentication, impersonation, audit, priority and fairness and
 * authorization, in this order, and then reaches its verb. It never throws: whatever fails becomes a Status.
 */
export class FrontDoor implements Disposable {
  readonly #options: FrontDoorOptions;
  readonly #encoder: Encoder;
  readonly #flushQueue: FlushQueue;
  readonly #watches = new Set<WatchStream>();
  #closing = false;

  constructor(options: FrontDoorOptions) {
    this.#options = options;
    this.#encoder = new Encoder(options.codec, options.clock);
    this.#flushQueue = new FlushQueue(options.clock);
  }

  /** Ends every watch, so that connections can be closed in peace. */
  dispose(): void {
    this.#closing = true;
    for (const watch of this.#watches) watch.onEnd();
  }

  async serve(exchange: HttpExchange): Promise<void> {
    const passage: Passage = {
      exchange,
      headers: { 'audit-id': this.#auditId(exchange), 'cache-control': 'no-cache, private' },
      startMs: this.#options.clock.monotonicMs(),
      info: undefined,
      audit: undefined,
      warnings: undefined,
      ticket: undefined,
      timer: undefined,
      abort: undefined,
      isTimedOut: false,
      isFinished: false,
      isCounted: false,
      bytes: undefined,
    };
    try {
      await this.#pass(passage);
    } catch (error) {
      this.#refuse(passage, error);
    } finally {
      passage.timer?.dispose();
      passage.ticket?.release();
      if (passage.isCounted) this.#options.metrics?.left(passage.info!);
    }
  }

  /** The pipeline, in its order. */
  async #pass(passage: Passage): Promise<void> {
    const { exchange } = passage;
    const { authenticator, authorizer, flowControl } = this.#options;
    const info = requestInfo(exchange.method, exchange.target);
    passage.info = info;
    this.#setDeadline(passage, info);
    const authenticating = this.#authenticate(passage, authenticator);
    const sender = authenticating instanceof Promise ? await authenticating : authenticating;
    const impersonating = impersonate(sender, exchange.headers, authorizer);
    const user = impersonating instanceof Promise ? await impersonating : impersonating;
    if (user !== sender) passage.audit?.impersonated(user);
    const entering = flowControl && this.#enter(flowControl, passage, user);
    if (entering) await entering;
    const query = parseQuery(info.query);
    const attributes = attributesOf(info, query, user);
    const decision = authorizer.decide ? await authorizer.decide(attributes) : authorizer.authorize(attributes);
    if (passage.audit) this.#auditDecision(passage.audit, attributes, decision);
    if (!decision.allowed) throw forbiddenRequest(attributes, decision.reason);
    if (this.#options.aggregation?.serves(info)) await this.#forward(passage, info, user);
    else if (info.isResource) await this.#resource(passage, info, query, user);
    else await this.#path(passage, info, query, user);
  }

  #setDeadline(passage: Passage, info: RequestInfo): void {
    const { clock, metrics, requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = this.#options;
    const deadline = deadlineOf(info, requestTimeoutMs);
    if (!deadline) return;
    passage.timer = clock.after(deadline.afterMs, () => this.#timeOut(passage, deadline));
    if (!metrics) return;
    passage.isCounted = true;
    metrics.entered(info, passage.startMs);
  }

  /** Answers for a verb that takes too long; what it does goes on. */
  #timeOut(passage: Passage, deadline: Deadline): void {
    if (passage.abort) passage.abort();
    else this.#refuse(passage, deadline.error());
    passage.isTimedOut = true;
  }

  /** Finds out who sends the request, and begins its record. */
  #authenticate(passage: Passage, authenticator: Authenticator): User | Promise<User> {
    try {
      const found = authenticator.authenticate(passage.exchange);
      if (!(found instanceof Promise)) return this.#known(passage, found);
      return found.then(
        (sender) => this.#known(passage, sender),
        (error) => this.#unknown(passage, error),
      );
    } catch (error) {
      return this.#unknown(passage, error);
    }
  }

  #known(passage: Passage, sender: User): User {
    const { audit } = this.#options;
    if (audit) passage.audit = audit.begin(arrivalOf(passage, sender));
    return sender;
  }

  #unknown(passage: Passage, error: unknown): never {
    if (error instanceof StatusError) this.#options.audit?.unauthenticated(arrivalOf(passage, undefined), error.code);
    throw error;
  }

  #auditDecision(audit: AuditRecord, attributes: Attributes, { allowed, reason }: Decision): void {
    const why = allowed ? reason || (this.#options.authorizer.explain?.(attributes) ?? '') : reason;
    audit.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid');
    audit.annotate('authorization.k8s.io/reason', why);
  }

  #enter(flowControl: FlowControl, passage: Passage, user: User): Promise<void> | undefined {
    const entered = flowControl.enter(passage.info!, user);
    if (entered instanceof Promise) return entered.then((ticket) => this.#entered(passage, ticket));
    this.#entered(passage, entered);
    return undefined;
  }

  #entered(passage: Passage, ticket: FlowTicket): void {
    passage.ticket = ticket;
    passage.headers['x-kubernetes-pf-flowschema-uid'] = ticket.flowSchemaUid;
    passage.headers['x-kubernetes-pf-prioritylevel-uid'] = ticket.priorityLevelUid;
  }

  async #forward(passage: Passage, info: RequestInfo, user: User): Promise<void> {
    const { exchange, headers } = passage;
    passage.ticket?.release();
    await this.#options.aggregation!.forward({ info, user, exchange, headers, onAnswer: this.#answering(passage) });
  }

  /** Takes note of an answer that others make, when it begins and when it is over. */
  #answering(passage: Passage): (code: number) => void {
    return (code) => {
      passage.audit?.responseStarted(code);
      passage.exchange.onClose(() => this.#finished(passage, { code }));
    };
  }

  async #path(passage: Passage, info: RequestInfo, query: QueryValues, user: User): Promise<void> {
    const { exchange } = passage;
    const handler = this.#options.paths.find(info.path);
    const request = { method: info.method, path: info.path, query, headers: exchange.headers, user };
    let answer: PathAnswer | undefined;
    try {
      answer = await handler?.(request);
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) this.#advise(passage, info);
      throw error;
    }
    if (!answer) {
      this.#advise(passage, info);
      const type = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
      this.#respond(passage, 404, { ...passage.headers, ...type }, '404 page not found\n');
      return;
    }
    const headers = { ...passage.headers, ...answer.headers };
    const { body } = answer;
    if (body.length < MIN_GZIP_BYTES) this.#respond(passage, answer.code, headers, body);
    else await this.#respondLong(passage, answer.code, headers, { body: bytesOf(body) });
  }

  /** Tells whoever asks for what is not served, what to ask for instead. */
  #advise(passage: Passage, info: RequestInfo): void {
    const advice = this.#options.adviceOf?.(info);
    if (advice) this.#warn(passage, [advice]);
  }

  async #resource(passage: Passage, info: RequestInfo, query: QueryValues, user: User): Promise<void> {
    const { catalog, connector, handler } = this.#options;
    const route = resolveRoute(catalog, info);
    if (!route) return this.#path(passage, info, query, user);
    const { kind, subresource } = route;
    if (subresource?.form === 'connect') {
      if (!connector) throw notImplementedHere(info.subresource);
      passage.ticket?.release();
      await this.#connect(passage, { info, query, kind, user, options: subresource.kind, connector });
      return;
    }
    const as = this.#presentation(passage, query, route);
    if (kind.deprecationWarning) this.#deprecated(passage, kind.deprecationWarning);
    const { exchange } = passage;
    const { codec } = this.#options;
    const warnings: string[] = [];
    const request = await decodeRequest({ info, query, user, route, exchange, codec, warnings });
    if (warnings.length > 0) this.#warn(passage, warnings);
    if (request.verb === 'watch') {
      this.#writeWarnings(passage);
      this.#watch(passage, request, kind, as);
      return;
    }
    const isRead = request.verb === 'get' || request.verb === 'list';
    const result = await handler.handle(isRead ? request : this.#gathering(passage, request));
    if (result.warnings.length > 0) this.#warn(passage, result.warnings);
    await this.#answer(passage, result, kind, as);
  }

  #deprecated(passage: Passage, warning: string): void {
    this.#warn(passage, [warning]);
    passage.audit?.annotate('k8s.io/deprecated', 'true');
    const removed = (/unavailable in v([\d.]+)/.exec(warning)?.[1] ?? '').replace(/\.$/, '');
    if (removed) passage.audit?.annotate('k8s.io/removed-release', removed);
    this.#options.metrics?.deprecatedAsked(passage.info!, removed);
  }

  /** A writing request, with places for what comes up on its way. */
  #gathering(passage: Passage, request: AuthenticatedRequest): AuthenticatedRequest {
    const { audit } = passage;
    passage.warnings ??= new Set();
    const { warnings } = passage;
    if (!audit) return { ...request, warnings };
    if (request.body !== undefined && audit.takesRequest) audit.requestObject(request.body);
    return { ...request, warnings, audit };
  }

  #warn(passage: Passage, texts: readonly string[]): void {
    passage.warnings ??= new Set();
    for (const text of texts) passage.warnings.add(text);
  }

  #writeWarnings({ headers, warnings }: Passage): void {
    if (warnings !== undefined && warnings.size > 0) headers.warning = warningHeaders(warnings);
  }

  async #connect(passage: Passage, asked: Connection): Promise<void> {
    const { info, query, kind, user, options, connector } = asked;
    const { exchange, headers } = passage;
    await this.#checkUpgrade(info, query, user, exchange);
    // A log is read, not connected to.
    const url = info.subresource === 'log' ? asked : await this.#admitConnect(passage, asked, options);
    this.#writeWarnings(passage);
    let isAnswered = false;
    const answering = this.#answering(passage);
    const onAnswer = (code: number) => {
      isAnswered = true;
      answering(code);
    };
    await connector.connect({ info: url.info, query: url.query, kind, user, exchange, headers, onAnswer });
    // Some connectors do not say when they begin.
    if (!isAnswered) onAnswer(200);
  }

  async #admitConnect(
    passage: Passage,
    { info, query, user }: Connection,
    optionsKind: string,
  ): Promise<Pick<Connection, 'info' | 'query'>> {
    const { admitConnect } = this.#options;
    if (!admitConnect) return { info, query };
    const { group, version, resource, namespace, name, subresource } = info;
    const given = connectOptionsOf(optionsKind, { info, query });
    const request = this.#gathering(passage, {
      verb: 'connect',
      resource: { group, version, resource },
      namespace,
      name,
      subresource,
      user,
      options: {},
    });
    const options = await admitConnect({ ...request, body: given });
    return options === given ? { info, query } : withConnectOptions(options, { info, query });
  }

  /** A WebSocket opens with GET but does what SPDY's POST does, so it needs the same right. */
  async #checkUpgrade(info: RequestInfo, query: QueryValues, user: User, exchange: HttpExchange): Promise<void> {
    if (!exchange.isUpgrade || info.verb !== 'get' || !STREAMING.has(info.subresource)) return;
    const attributes = { ...attributesOf(info, query, user), verb: 'create' };
    const { authorizer } = this.#options;
    const decision = authorizer.decide ? await authorizer.decide(attributes) : authorizer.authorize(attributes);
    if (!decision.allowed) throw forbiddenRequest(attributes, decision.reason);
  }

  #presentation(passage: Passage, query: QueryValues, route: Route): Presentation {
    const { headers } = passage.exchange;
    const accept = headerOf(headers, 'accept');
    if (!route.kind.isCustom) checkProduced(accept, { isList: isListing(passage.info!) });
    const plain = hasProtobuf(route) ? negotiate(accept) : negotiateWithoutProtobuf(accept);
    const negotiated = plain.convert?.kind === 'Table' && !hasTable(route) ? negotiateWithoutTable(accept) : plain;
    const pretty = negotiated.pretty || wantsPretty(queryText(query, 'pretty'), headerOf(headers, 'user-agent'));
    if (!negotiated.convert && !pretty && negotiated === PLAIN.negotiated) return PLAIN;
    const isTable = negotiated.convert?.kind === 'Table';
    return { negotiated, pretty, includeObject: includeObjectOf(isTable ? queryText(query, 'includeObject') : '') };
  }

  async #answer(passage: Passage, result: VerbResult, kind: KindDefinition, as: Presentation): Promise<void> {
    const encoded = this.#encoder.result(result, kind, as);
    passage.headers['content-type'] = encoded.contentType;
    if (passage.audit) await this.#auditAnswer(passage.audit, result, { kind, as });
    if ('body' in encoded && encoded.body.length < MIN_GZIP_BYTES)
      this.#respond(passage, result.code, passage.headers, encoded.body);
    else await this.#respondLong(passage, result.code, passage.headers, encoded);
  }

  /** Records an answer in the form that it is sent in, but as JSON. */
  async #auditAnswer(
    audit: AuditRecord,
    result: VerbResult,
    { kind, as }: { kind: KindDefinition; as: Presentation },
  ): Promise<void> {
    const status = result.type === 'status' ? result.status : undefined;
    if (!audit.takesResponse) {
      audit.completed({ code: result.code, status });
      return;
    }
    const negotiated = { ...as.negotiated, format: 'json' as const };
    const encoded = this.#encoder.result(result, kind, { ...as, negotiated });
    const body = 'body' in encoded ? encoded.body : await joinPieces(encoded.pieces);
    audit.completed({ code: result.code, status, object: () => JSON.parse(new TextDecoder().decode(body)) });
  }

  /** Sends an answer that may be long: in pieces where it is, compressed where the client takes that. */
  async #respondLong(
    passage: Passage,
    code: number,
    headers: ResponseHeaders,
    encoded: { readonly body: Uint8Array } | { readonly pieces: AsyncIterable<Uint8Array> },
  ): Promise<void> {
    const { exchange } = passage;
    const begun = await beginAnswer('body' in encoded ? piecesOf(encoded.body) : encoded.pieces);
    const isLong = begun.rest !== undefined || begun.first.length >= MIN_GZIP_BYTES;
    const { gzip } = this.#options;
    const isZipped = gzip && isLong && acceptsGzip(headerOf(exchange.headers, 'accept-encoding'));
    if (exchange.isUpgrade || exchange.method === 'HEAD' || (!isZipped && !begun.rest)) {
      this.#respond(passage, code, headers, begun.first);
      return;
    }
    if (isZipped) Object.assign(headers, { 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    this.#writeWarnings(passage);
    if (passage.headers.warning) headers.warning = passage.headers.warning;
    if (passage.isTimedOut) return;
    const pieces = wholeAnswer(begun);
    const stream = exchange.openStream(code, headers);
    passage.abort = () => stream.abort();
    await sendPieces(exchange, stream, counted(passage, isZipped ? gzip(pieces) : pieces));
    this.#finished(passage, { code });
  }

  #watch(passage: Passage, request: AuthenticatedRequest, kind: KindDefinition, as: Presentation): void {
    const { exchange } = passage;
    const { handler, codec, clock, metrics } = this.#options;
    if (as.negotiated.format === 'yaml')
      throw notAcceptable(['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']);
    if (this.#closing)
      throw new StatusError({ code: 503, reason: 'ServiceUnavailable', message: 'apiserver is shutting down' });
    const encoder = new WatchEncoder({ codec, kind, as, nowMs: () => clock.now() });
    let source: Disposable = NO_DISPOSABLE;
    let over = false;
    let stream: WatchStream | undefined;
    const early: Parameters<WatchStream['onEvents']>[0][] = [];
    // The watch may refuse at once; only then can the answer still be a Status with its own code.
    let failure: { error: unknown } | undefined;
    source = handler.watch(request, {
      onEvents: (events) => (stream ? stream.onEvents(events) : early.push(events)),
      onEnd: (error) => {
        if (stream) stream.onEnd(error);
        else failure = { error };
      },
      pendingBytes: () => stream?.pendingBytes() ?? 0,
    });
    if (failure?.error instanceof StatusError) throw failure.error;
    passage.headers['content-type'] = watchContentType(as.negotiated);
    const socket = exchange.isUpgrade && exchange.acceptWebSocket;
    const body = socket
      ? exchange.acceptWebSocket!(passage.headers, encoder.isBinary ? 'binary' : 'text')
      : exchange.openStream(200, passage.headers);
    const onSlow = () =>
      this.#options.logger.log('info', 'watcher is too slow; ending its watch', { path: passage.info!.path });
    const opened = new WatchStream({ stream: body, encoder, queue: this.#flushQueue, framed: Boolean(socket), onSlow });
    stream = opened;
    passage.audit?.responseStarted(200);
    this.#watches.add(opened);
    metrics?.watchStarted(passage.info!);
    exchange.onClose(() => {
      if (over) return;
      over = true;
      this.#watches.delete(opened);
      source.dispose();
      metrics?.watchEnded(passage.info!);
      this.#finished(passage, { code: 200 });
    });
    for (const events of early) opened.onEvents(events);
    if (failure) opened.onEnd(failure.error);
  }

  #refuse(passage: Passage, error: unknown): void {
    const failure = error instanceof StatusError ? error : internalError(error);
    if (!(error instanceof StatusError))
      this.#options.logger.log('error', 'request failed', { target: passage.exchange.target, error });
    const retryAfter = failure.details?.retryAfterSeconds;
    if (retryAfter) passage.headers['retry-after'] = String(retryAfter);
    const status = failure.toStatus();
    const encoded = this.#encoder.value(status, presentationOfError(passage.exchange));
    passage.headers['content-type'] = encoded.contentType;
    if (error instanceof StatusError) passage.audit?.completed({ code: failure.code, status, object: () => status });
    else passage.audit?.panicked(error);
    this.#respond(passage, failure.code, passage.headers, encoded.body);
  }

  #respond(passage: Passage, code: number, headers: ResponseHeaders, body: Uint8Array | string): void {
    if (passage.isTimedOut) return;
    this.#writeWarnings(passage);
    if (passage.headers !== headers && passage.headers.warning) headers.warning = passage.headers.warning;
    passage.exchange.respond(code, headers, body);
    passage.bytes = body.length;
    this.#finished(passage, { code });
  }

  #finished(passage: Passage, answer: AuditAnswer): void {
    if (passage.isFinished) return;
    passage.isFinished = true;
    const { info, startMs, audit } = passage;
    const { metrics, clock } = this.#options;
    if (metrics && info) {
      const durationMs = clock.monotonicMs() - startMs;
      metrics.observe(info, { code: answer.code, durationMs, bytes: passage.bytes });
    }
    audit?.completed(answer);
  }

  #auditId(exchange: HttpExchange): string {
    const given = headerOf(exchange.headers, 'audit-id');
    return given !== '' && given.length <= MAX_AUDIT_ID_LENGTH && /^[\w.-]+$/.test(given)
      ? given
      : this.#options.random.uuid();
  }
}

/** A request for a subresource that streams. */
interface Connection {
  readonly info: RequestInfo;
  readonly query: QueryValues;
  readonly kind: KindDefinition;
  readonly user: User;
  /** The kind of its options. */
  readonly options: string;
  readonly connector: Connector;
}

function notImplementedHere(what: string): StatusError {
  return new StatusError({ code: 501, reason: 'NotImplemented', message: `${what} is not implemented here` });
}

function arrivalOf({ headers, info, exchange }: Passage, user: User | undefined): Arrival {
  const { target, headers: sent, remoteAddress } = exchange;
  return { auditId: String(headers['audit-id']), info: info!, user, target, headers: sent, remoteAddress };
}

const SELECTING_VERBS = new Set(['list', 'watch', 'deletecollection']);

/** What authorizers are asked. A list of the one object that a field selector names is asked for by that name. */
function attributesOf(info: RequestInfo, query: QueryValues, user: User): Attributes {
  const plain = plainAttributes(info, user);
  if (query.size === 0 || !SELECTING_VERBS.has(info.verb)) return plain;
  const fieldSelector = queryText(query, 'fieldSelector');
  const labelSelector = queryText(query, 'labelSelector');
  const name = info.name || (/(?:^|,)metadata\.name==?([^,]+)/.exec(fieldSelector)?.[1] ?? '');
  return { ...plain, name, fieldSelector, labelSelector };
}

function plainAttributes(info: RequestInfo, user: User): Attributes {
  const { verb, isResource, group, version, resource, subresource, namespace, name, path } = info;
  return { user, verb, isResource, group, version, resource, subresource, namespace, name, path };
}

/** Reviews, bindings and the like are answers to a question, and no rows. */
function hasTable({ kind, subresource }: Route): boolean {
  return kind.listKind !== '' && subresource?.form !== 'custom';
}

function isListing({ verb, name }: RequestInfo): boolean {
  return name === '' && (verb === 'list' || verb === 'watch');
}

/** Errors are sent in the format asked for where that is possible, and as JSON otherwise. */
function presentationOfError(exchange: HttpExchange): Presentation {
  try {
    const negotiated = negotiate(headerOf(exchange.headers, 'accept'));
    const pretty = wantsPretty('', headerOf(exchange.headers, 'user-agent'));
    return { negotiated: { ...negotiated, convert: undefined }, pretty, includeObject: 'Metadata' };
  } catch {
    return PLAIN;
  }
}

function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body;
}

/** A long body in pieces, so that no write of it holds up other requests. */
async function* piecesOf(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES);
}

/** Counts the bytes of an answer on their way. */
async function* counted(
  passage: Passage,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    passage.bytes = (passage.bytes ?? 0) + piece.length;
    yield piece;
  }
}

function acceptsGzip(acceptEncoding: string): boolean {
  return /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+)?\s*(?:,|$)/.test(acceptEncoding);
}
