import type { Pod } from '@kubets/api';
import { type Clock, formatGoDuration, type JsonObject } from '@kubets/core';
import type { HttpsAnswer, HttpsCaller } from '../webhooks/https-caller.ts';
import { postTo, type RemoteEndpoint } from '../webhooks/remote-endpoint.ts';
import { wordsOf } from '../webhooks/service-address.ts';
import { refusalOf } from '../webhooks/webhook-client.ts';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';

/** A server that is asked which images may run. */
export interface ImagePolicyConfiguration {
  readonly endpoint: RemoteEndpoint;
  /** How long answers are believed; 0 for not at all. */
  readonly allowMs: number;
  readonly denyMs: number;
  /** The wait before the second attempt; later ones wait longer. */
  readonly retryBackoffMs: number;
  /** What it means when the server cannot be asked. */
  readonly defaultAllow: boolean;
}

interface ReviewStatus {
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

const NOTE = 'imagepolicywebhook.image-policy.k8s.io/';
const OWN_ANNOTATION = '.image-policy.k8s.io/';
const EPHEMERAL = 'ephemeralcontainers';
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
const BACKOFF_FACTOR = 1.5;
const MAX_REMEMBERED = 1024;

interface Host {
  readonly clock: () => Clock;
  readonly caller: HttpsCaller | undefined;
}

/** Asks another server whether pods may run the images that they name. */
export function imagePolicyWebhook(
  configuration: ImagePolicyConfiguration | undefined,
  { clock, caller }: Host,
): AdmissionPlugin {
  let reviews: ImageReviews | undefined;
  return {
    name: 'ImagePolicyWebhook',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    validate(admission) {
      const { resource, subresource } = admission;
      if (resource.name.group !== '' || resource.name.resource !== 'pods') return;
      if (!configuration || !caller || (subresource !== '' && subresource !== EPHEMERAL)) return;
      reviews ??= new ImageReviews(configuration, { clock: clock(), caller });
      return judge(reviews, configuration, admission);
    },
  };
}

async function judge(
  reviews: ImageReviews,
  { defaultAllow }: ImagePolicyConfiguration,
  admission: AdmissionRequest,
): Promise<void> {
  const { audit } = admission.request;
  let status: ReviewStatus;
  try {
    status = await reviews.statusOf(specOf(admission));
  } catch (error) {
    if (!defaultAllow) throw refused(admission, (error as Error).message);
    audit?.annotate(`${NOTE}failed-open`, 'true');
    return;
  }
  for (const [key, value] of Object.entries(status.auditAnnotations ?? {})) audit?.annotate(NOTE + key, value);
  if (status.allowed) return;
  const why = status.reason
    ? `image policy webhook backend denied one or more images: ${status.reason}`
    : 'one or more images rejected by webhook backend';
  throw refused(admission, why);
}

function specOf({ object, subresource, namespace }: AdmissionRequest): object {
  const { metadata, spec } = object as Pod;
  const containers =
    subresource === EPHEMERAL ? (spec.ephemeralContainers ?? []) : [...spec.containers, ...(spec.initContainers ?? [])];
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.includes(OWN_ANNOTATION));
  return {
    containers: containers.map(({ image }) => (image ? { image } : {})),
    ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    namespace,
  };
}

/** Asks, again where that may help, and remembers what the answers were. */
class ImageReviews {
  readonly #configuration: ImagePolicyConfiguration;
  readonly #clock: Clock;
  readonly #caller: HttpsCaller;
  readonly #remembered = new Map<string, { status: ReviewStatus; untilMs: number }>();

  constructor(configuration: ImagePolicyConfiguration, { clock, caller }: { clock: Clock; caller: HttpsCaller }) {
    this.#configuration = configuration;
    this.#clock = clock;
    this.#caller = caller;
  }

  /** Throws an Error where there is no answer. */
  async statusOf(spec: object): Promise<ReviewStatus> {
    const key = JSON.stringify(spec);
    const known = this.#remembered.get(key);
    if (known && known.untilMs > this.#clock.monotonicMs()) return known.status;
    const { body } = await this.#ask(spec);
    const { status = {} } = JSON.parse(body) as { status?: ReviewStatus };
    const { allowMs, denyMs } = this.#configuration;
    const untilMs = this.#clock.monotonicMs() + (status.allowed ? allowMs : denyMs);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, { status, untilMs });
    return status;
  }

  async #ask(spec: object): Promise<HttpsAnswer> {
    const { endpoint, retryBackoffMs } = this.#configuration;
    const review = { kind: 'ImageReview', apiVersion: 'imagepolicy.k8s.io/v1alpha1', metadata: {}, spec };
    const body = { ...review, status: { allowed: false } };
    let waitMs = retryBackoffMs;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#post(endpoint, body);
      if (answer.code >= 200 && answer.code <= 206) return answer;
      const mayHelp = answer.code >= 500 || answer.code === 429;
      if (!mayHelp || attempt === ATTEMPTS) throw new Error(refusalOf(answer));
      await this.#clock.sleep(waitMs);
      waitMs *= BACKOFF_FACTOR;
    }
  }

  async #post(endpoint: RemoteEndpoint, body: object): Promise<HttpsAnswer> {
    try {
      return await postTo(endpoint, { caller: this.#caller, body, timeoutMs: TIMEOUT_MS });
    } catch (error) {
      throw new Error(`Post "${endpoint.url}": ${wordsOf(error)}`);
    }
  }
}

interface Bounds {
  readonly unitMs: number;
  readonly min: bigint;
  readonly maxMs: number;
  readonly defaultMs: number;
}

const BACKOFF: Bounds = { unitMs: 1, min: 1n, maxMs: 300_000, defaultMs: 500 };
const TTL = { unitMs: 1000, min: 1_000_000_000n, maxMs: 1_800_000 };

/** Reads what the configuration of the plugin says under `imagePolicy`. Throws an Error that says what is wrong. */
export function imagePolicyOf(
  { kubeConfigFile, allowTTL, denyTTL, retryBackoff, defaultAllow }: JsonObject,
  endpointOf: (path: string) => RemoteEndpoint,
): ImagePolicyConfiguration {
  return {
    retryBackoffMs: boundedMs(retryBackoff, BACKOFF),
    allowMs: boundedMs(allowTTL, { ...TTL, defaultMs: 300_000 }),
    denyMs: boundedMs(denyTTL, { ...TTL, defaultMs: 30_000 }),
    defaultAllow: defaultAllow === true,
    endpoint: endpointOf(String(kubeConfigFile ?? '')),
  };
}

/** 0 stands for the default, -1 for none at all. */
function boundedMs(value: JsonObject[string] | undefined, { unitMs, min, maxMs, defaultMs }: Bounds): number {
  if (value === undefined || value === null || value === 0) return defaultMs;
  if (value === -1) return 0;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new Error(`${JSON.stringify(value)} is no number`);
  const nanos = BigInt(value) * BigInt(unitMs) * 1_000_000n;
  const max = BigInt(maxMs) * 1_000_000n;
  if (nanos > min && nanos <= max) return value * unitMs;
  const [least, most, given] = [min, max, nanos].map(formatGoDuration);
  throw new Error(`valid value is between ${least} and ${most}, got ${given}`);
}

/** Where the plugin is asked for it has to be told whom to ask. */
export function checkImagePolicy(isEnabled: boolean, configuration: ImagePolicyConfiguration | undefined): void {
  if (isEnabled && !configuration)
    throw new Error('couldn\'t init admission plugin "ImagePolicyWebhook": no config specified');
}
