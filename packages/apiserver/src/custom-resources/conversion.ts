import type { CustomResourceDefinition } from '@kubets/api';
import { internalError, type KubeObject, type ObjectMeta, parseApiVersion, type Random } from '@kubets/core';
import type { WebhookClient } from '../webhooks/webhook-client.ts';

/** Conversions that are remembered, so that what has just been asked for is there when the request goes on. */
const REMEMBERED_CONVERSIONS = 4096;
const TIMEOUT_SECONDS = 30;
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

/** A conversion that only a webhook can make. */
interface Wish {
  readonly key: string;
  readonly object: KubeObject;
  readonly toApiVersion: string;
}

interface ConversionResponse {
  readonly uid?: string;
  readonly convertedObjects?: readonly KubeObject[];
  readonly result?: { readonly status?: string; readonly message?: string };
}

/**
 * Thrown where an object is needed in another version and the webhook has not been asked yet. Whoever can wait asks it by `fulfil`
 * and begins anew.
 */
export class ConversionNeeded extends Error {
  readonly #conversion: WebhookConversion;
  readonly #wish: Wish;

  constructor(conversion: WebhookConversion, wish: Wish) {
    super(`a conversion to ${wish.toApiVersion} is needed`);
    this.#conversion = conversion;
    this.#wish = wish;
  }

  /** Makes several conversions, with one request for each version wanted. Throws a `StatusError` where the webhook fails. */
  static async fulfil(needed: readonly ConversionNeeded[]): Promise<void> {
    const batches = new Map<string, ConversionNeeded[]>();
    for (const each of needed) {
      const { toApiVersion } = each.#wish;
      batches.set(toApiVersion, [...(batches.get(toApiVersion) ?? []), each]);
    }
    for (const batch of batches.values()) {
      await batch[0]!.#conversion.ask(batch.map((each) => each.#wish));
    }
  }
}

/** The conversions of one definition, made by its webhook. */
export class WebhookConversion {
  readonly #client: WebhookClient;
  readonly #random: Random;
  readonly #config: NonNullable<NonNullable<CustomResourceDefinition['spec']['conversion']>['webhook']>;
  readonly #made = new Map<string, KubeObject>();

  constructor(options: {
    client: WebhookClient;
    random: Random;
    config: NonNullable<NonNullable<CustomResourceDefinition['spec']['conversion']>['webhook']>;
  }) {
    this.#client = options.client;
    this.#random = options.random;
    this.#config = options.config;
  }

  /** The object in another version, if the webhook has been asked for it; throws `ConversionNeeded` otherwise. */
  convert(object: KubeObject, toApiVersion: string): KubeObject {
    const key = keyOf(object, toApiVersion);
    const made = this.#made.get(key);
    if (!made) throw new ConversionNeeded(this, { key, object, toApiVersion });
    return restored(structuredClone(made), object);
  }

  async ask(wishes: readonly Wish[]): Promise<void> {
    const { object, toApiVersion } = wishes[0]!;
    const from = `${object.apiVersion}, Kind=${object.kind}`;
    try {
      const objects = wishes.map((wish) => wish.object);
      const converted = await this.#review(objects, toApiVersion);
      if (converted.length !== objects.length) {
        throw internalError(
          new Error(`conversion webhook for ${from} returned ${converted.length} objects, expected ${objects.length}`),
        );
      }
      for (const [index, wish] of wishes.entries()) this.#remember(wish, checked(wish, converted[index]!, index));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw internalError(
        message.includes('conversion webhook for')
          ? error
          : new Error(`conversion webhook for ${from} failed: ${message}`),
      );
    }
  }

  async #review(objects: readonly KubeObject[], desiredAPIVersion: string): Promise<readonly KubeObject[]> {
    const { clientConfig, conversionReviewVersions } = this.#config;
    if (!clientConfig) throw new Error('the webhook has no address');
    const version = conversionReviewVersions.find((each) => REVIEW_VERSIONS.includes(each)) ?? 'v1';
    const apiVersion = `apiextensions.k8s.io/${version}`;
    const uid = this.#random.uuid();
    const review = { apiVersion, kind: 'ConversionReview', request: { uid, desiredAPIVersion, objects } };
    const answer = await this.#client.post(clientConfig, review, TIMEOUT_SECONDS);
    const { response } = answer as { response?: ConversionResponse };
    if (!response) throw new Error('no response provided');
    if (version === 'v1' && response.uid !== uid) {
      throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
    }
    const { status = '', message } = response.result ?? {};
    if (status !== 'Success') throw new Error(message || `response.result.status was '${status}', not 'Success'`);
    return response.convertedObjects ?? [];
  }

  #remember({ key }: Wish, object: KubeObject): void {
    this.#made.delete(key);
    this.#made.set(key, object);
    if (this.#made.size <= REMEMBERED_CONVERSIONS) return;
    for (const oldest of this.#made.keys()) {
      this.#made.delete(oldest);
      return;
    }
  }
}

/** What a conversion may depend on: everything but the metadata that webhooks may not change. */
function keyOf(object: KubeObject, toApiVersion: string): string {
  const { metadata, ...rest } = object;
  const { name, namespace, labels, annotations } = metadata;
  return JSON.stringify([toApiVersion, rest, name, namespace, labels, annotations]);
}

/** Of metadata, webhooks may change labels and annotations alone. */
function restored(converted: KubeObject, original: KubeObject): KubeObject {
  const { labels: _, annotations: __, ...kept } = original.metadata;
  const { labels, annotations } = converted.metadata;
  const metadata: ObjectMeta = {
    ...structuredClone(kept),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
  };
  return { ...converted, metadata };
}

function checked({ object, toApiVersion }: Wish, converted: KubeObject, index: number): KubeObject {
  const from = `${object.apiVersion}, Kind=${object.kind}`;
  const fail = (why: string) =>
    new Error(`conversion webhook for ${from} returned invalid converted object at index ${index}: ${why}`);
  if (converted?.apiVersion !== toApiVersion) {
    const { group, version } = parseApiVersion(toApiVersion);
    const expected = group ? `${group}/${version}` : version;
    throw fail(`invalid groupVersion (expected ${expected}, received ${converted?.apiVersion ?? ''})`);
  }
  if (converted.kind !== object.kind) throw fail(`invalid kind (expected ${object.kind}, received ${converted.kind})`);
  if (!converted.metadata) throw fail('missing metadata');
  return converted;
}
