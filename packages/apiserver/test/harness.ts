import { silentLogger } from '@kubets/core';
import { hostClock, hostRandom } from '@kubets/core/node';
import { memoryStore } from '@kubets/storage';
import { JwtKeys } from '../src/authn/jwt.ts';
import { EscalationGuard } from '../src/authz/escalation.ts';
import { createFront, type Front, type FrontOptions } from '../src/front.ts';
import type { ClientCertificate, HttpExchange, ResponseHeaders, ResponseStream } from '../src/pipeline/http.ts';
import type { User } from '../src/request.ts';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../src/server.ts';

export const ADMIN_TOKEN = 'admin-token';
const admin: User = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

export interface Answer {
  readonly code: number;
  readonly headers: ResponseHeaders;
  readonly bytes: Uint8Array;
  text(): string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json(): any;
}

export interface CallOptions {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** '' for none; the administrator's when absent. */
  readonly token?: string;
  readonly certificate?: ClientCertificate;
}

/** An answer that goes on: what has come so far, and a way to wait for more. */
export interface OpenStream {
  readonly code: number;
  readonly headers: ResponseHeaders;
  /** Resolves with the text once it satisfies `until`. */
  wait(until: (text: string) => boolean): Promise<string>;
  readonly ended: Promise<void>;
  close(): void;
}

class FakeExchange implements HttpExchange {
  readonly isUpgrade = false;
  readonly remoteAddress = '127.0.0.1';
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly certificate: ClientCertificate | undefined;
  readonly #body: Uint8Array;
  readonly answered: Promise<Answer>;
  readonly opened: Promise<OpenStream>;
  #answer!: (answer: Answer) => void;
  #open!: (stream: OpenStream) => void;
  readonly #closers: (() => void)[] = [];

  constructor(method: string, target: string, options: CallOptions) {
    this.method = method;
    this.target = target;
    const token = options.token ?? ADMIN_TOKEN;
    this.headers = {
      accept: 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...options.headers,
    };
    this.certificate = options.certificate;
    this.#body = bytesOf(options.body);
    this.answered = new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  async readBody(): Promise<Uint8Array> {
    return this.#body;
  }

  respond(code: number, headers: ResponseHeaders, body: Uint8Array | string = ''): void {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const text = () => new TextDecoder().decode(bytes);
    this.#answer({ code, headers, bytes, text, json: () => JSON.parse(text()) });
  }

  openStream(code: number, headers: ResponseHeaders): ResponseStream {
    let text = '';
    const chunks: Uint8Array[] = [];
    let check = () => {};
    let ended = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    this.#open({
      code,
      headers,
      ended: end,
      close: () => {
        for (const closer of this.#closers.splice(0)) closer();
      },
      wait: (until) =>
        new Promise((resolve) => {
          check = () => {
            if (until(text)) resolve(text);
          };
          check();
        }),
    });
    return {
      write: (chunk) => {
        text += new TextDecoder('latin1').decode(chunk);
        chunks.push(chunk);
        check();
        return true;
      },
      end: () => {
        const bytes = Buffer.concat(chunks);
        this.#answer({ code, headers, bytes, text: () => bytes.toString(), json: () => JSON.parse(bytes.toString()) });
        ended();
        for (const closer of this.#closers.splice(0)) closer();
      },
      abort: () => {
        ended();
        for (const closer of this.#closers.splice(0)) closer();
      },
      bufferedBytes: 0,
      onDrain: () => {},
    };
  }

  onClose(callback: () => void): void {
    this.#closers.push(callback);
  }
}

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array(0);
  if (body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}

/** An API server with its front door, spoken to without sockets. */
export class Harness {
  readonly server: ApiServer;
  readonly front: Front;
  readonly #watches: OpenStream[] = [];

  private constructor(server: ApiServer, front: Front) {
    this.server = server;
    this.front = front;
  }

  static async start(
    options: Partial<FrontOptions> = {},
    serverOptions: Partial<ApiServerOptions> = {},
  ): Promise<Harness> {
    const [clock, random, logger] = [hostClock, hostRandom, silentLogger];
    const escalationGuard = new EscalationGuard();
    const server = await createApiServer({
      store: memoryStore({ clock }),
      clock,
      random,
      logger,
      admission: [escalationGuard],
      ...serverOptions,
    });
    const front = await createFront({
      server,
      clock,
      random,
      logger,
      keys: await JwtKeys.generate(),
      issuer: 'https://kubernetes.default.svc',
      tokens: new Map([[ADMIN_TOKEN, admin]]),
      escalationGuard,
      ...options,
    });
    return new Harness(server, front);
  }

  /** A request of which the answer may come before it has been served. */
  send(
    method: string,
    target: string,
    options: CallOptions = {},
  ): { answered: Promise<Answer>; served: Promise<void> } {
    const exchange = new FakeExchange(method, target, options);
    return { answered: exchange.answered, served: this.front.frontDoor.serve(exchange) };
  }

  async call(method: string, target: string, options: CallOptions = {}): Promise<Answer> {
    const exchange = new FakeExchange(method, target, options);
    await this.front.frontDoor.serve(exchange);
    return exchange.answered;
  }

  async create(target: string, body: object): Promise<Answer> {
    const answer = await this.call('POST', target, { body });
    if (answer.code !== 201) throw new Error(answer.text());
    return answer;
  }

  async stream(target: string, options: CallOptions = {}): Promise<OpenStream> {
    const exchange = new FakeExchange('GET', target, options);
    await this.front.frontDoor.serve(exchange);
    const opened = await Promise.race([
      exchange.opened,
      exchange.answered.then((answer) => Promise.reject(new Error(answer.text()))),
    ]);
    this.#watches.push(opened);
    return opened;
  }

  async stop(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    this.front.dispose();
    await this.server.close();
  }
}
