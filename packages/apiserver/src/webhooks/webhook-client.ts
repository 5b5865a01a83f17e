import type { WebhookClientConfig } from '@kubets/api';
import { decodeBase64, type Random, type Status, StatusError } from '@kubets/core';
import type { Lookup } from '../admission/lookup.ts';
import type { HttpsAnswer, HttpsCaller } from './https-caller.ts';
import { serviceAddress, wordsOf } from './service-address.ts';

const HTTPS_PORT = 443;
/** How much of an unexpected answer is repeated. */
const MAX_QUOTED_LENGTH = 2048;

/** What clients are told when an answer is no 2xx and says nothing itself. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  413: 'Request entity too large: limit is 3145728',
  415: 'the server does not support the media type',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

/** POSTs to webhooks: of admission, and of conversions between versions. */
export class WebhookClient {
  readonly #lookup: Lookup;
  readonly #random: Random;
  readonly #caller: HttpsCaller | undefined;

  constructor(options: { lookup: Lookup; random: Random; caller: HttpsCaller | undefined }) {
    this.#lookup = options.lookup;
    this.#random = options.random;
    this.#caller = options.caller;
  }

  /** The JSON that the webhook answers with. Throws an Error in the words that clients of other servers know. */
  async post(config: WebhookClientConfig, review: object, timeoutSeconds: number): Promise<unknown> {
    const url = `${urlOf(config)}?timeout=${timeoutSeconds}s`;
    if (!this.#caller) throw new Error(`Post "${url}": webhooks are not implemented by this server`);
    const answer = await this.#call(this.#caller, config, { url, review, timeoutSeconds });
    if (answer.code < 200 || answer.code > 206) throw new Error(refusalOf(answer));
    try {
      return JSON.parse(answer.body);
    } catch (error) {
      throw new Error(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
    }
  }

  async #call(
    caller: HttpsCaller,
    { service, caBundle }: WebhookClientConfig,
    { url, review, timeoutSeconds }: { url: string; review: object; timeoutSeconds: number },
  ): Promise<HttpsAnswer> {
    try {
      const where = { lookup: this.#lookup, random: this.#random };
      const address = service && (await serviceAddress({ ...service, port: service.port ?? HTTPS_PORT }, where));
      return await caller.call({
        method: 'POST',
        url,
        ...(address ? { address } : {}),
        ...(caBundle ? { ca: new TextDecoder().decode(decodeBase64(caBundle)) } : {}),
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, */*',
          'user-agent': 'kube-apiserver-admission',
        },
        body: JSON.stringify(review),
        timeoutMs: timeoutSeconds * 1000,
      });
    } catch (error) {
      throw new Error(`Post "${url}": ${wordsOf(error)}`);
    }
  }
}

/** The host name is that of the service, whatever the address behind it. */
function urlOf({ url, service }: WebhookClientConfig): string {
  if (!service) return url ?? '';
  const { namespace, name, port = HTTPS_PORT, path = '' } = service;
  return `https://${name}.${namespace}.svc:${port}${path === '' || path.startsWith('/') ? path : `/${path}`}`;
}

/** What an answer that is no 2xx says. */
export function refusalOf({ code, body }: HttpsAnswer): string {
  const status = statusIn(body);
  if (status) return status.message;
  const known = MESSAGES[code];
  if (known) return known;
  const text = body.slice(0, MAX_QUOTED_LENGTH).trim() || 'unknown';
  if (code >= 500) return `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
  return code === 403
    ? `forbidden: ${text}`
    : `the server responded with the status code ${code} but did not return more information`;
}

function statusIn(body: string): StatusError | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(body) as Partial<Status>;
    return parsed.kind === 'Status' && parsed.message ? StatusError.fromStatus(parsed) : undefined;
  } catch {
    return undefined;
  }
}
