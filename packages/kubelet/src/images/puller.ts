import type { Container, Pod, Secret } from '@kubets/api';
import { type Clock, messageOf } from '@kubets/core';
import { type BackOffEntry, heldUntil, IMAGE_PULL, raised } from '../pod/back-off.ts';
import { type RegistryAuth, type Runtime, RuntimeError, type RuntimeImage, type SandboxConfig } from '../runtime.ts';
import { credentialsFor } from './credentials.ts';

/** Pulls that run at a time; the others wait their turn. */
const MAX_PARALLEL_PULLS = 5;
const VALID_REFERENCE =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,})?$/;

/** Why there is no image to start a container from; `reason` is what the container's status shows. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly reason: 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName' | 'ImageInspectError';
  /** When it makes sense to try again. */
  readonly retryAtMs: number | undefined;

  constructor(reason: ImageError['reason'], message: string, retryAtMs?: number) {
    super(message);
    this.reason = reason;
    this.retryAtMs = retryAtMs;
  }
}

export interface ImageRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly secrets: readonly Secret[];
  readonly sandbox: SandboxConfig;
  /** Told of events about the container. */
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
}

const NONE_LOADED: ReadonlySet<string> = new Set();

/** The tag that a name without one stands for. */
export function withDefaultTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes(':') || name.includes('@') ? image : `${image}:latest`;
}

/** The policy of a container, from its tag where it has none. */
export function pullPolicyOf(container: Container): string {
  if (container.imagePullPolicy) return container.imagePullPolicy;
  return withDefaultTag(container.image ?? '').endsWith(':latest') ? 'Always' : 'IfNotPresent';
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(3).replace(/\.?0+$/, '')}s`;
}

/** Sees to it that images are there, by policy and with back-off. */
export class ImagePuller {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #loaded: () => ReadonlySet<string>;
  readonly #backOff = new Map<string, BackOffEntry & { failedMs: number; message: string }>();
  readonly #pulling = new Map<string, Promise<string>>();
  readonly #queue: (() => void)[] = [];
  #active = 0;

  /** `loadedImages`: full names of images that were loaded by hand and so are their own registry (see `KubeletOptions`). */
  constructor(options: { runtime: Runtime; clock: Clock; loadedImages?: () => ReadonlySet<string> }) {
    this.#runtime = options.runtime;
    this.#clock = options.clock;
    this.#loaded = options.loadedImages ?? (() => NONE_LOADED);
  }

  /** The image for a container, pulled if the policy wants it. Throws `ImageError`. */
  async ensure(request: ImageRequest): Promise<RuntimeImage> {
    const { container, event } = request;
    const name = container.image ?? '';
    if (!VALID_REFERENCE.test(name)) {
      const message = `Failed to apply default image tag ${JSON.stringify(name)}: couldn't parse image name ${JSON.stringify(name)}: invalid reference format`;
      event('Warning', 'InspectFailed', message);
      throw new ImageError('InvalidImageName', message);
    }
    const reference = withDefaultTag(name);
    const present = await this.#runtime.image(reference);
    const policy = pullPolicyOf(container);
    if (policy === 'Never' && !present) {
      const message = `Container image "${name}" is not present with pull policy of Never`;
      event('Warning', 'ErrImageNeverPull', message);
      throw new ImageError('ErrImageNeverPull', message);
    }
    if (present && (policy !== 'Always' || this.#isLoaded(present))) {
      event('Normal', 'Pulled', `Container image "${name}" already present on machine and can be accessed by the pod`);
      return present;
    }
    return this.#pull(request, reference);
  }

  #isLoaded(image: RuntimeImage): boolean {
    const loaded = this.#loaded();
    return image.repoTags.some((tag) => loaded.has(tag));
  }

  async #pull(request: ImageRequest, reference: string): Promise<RuntimeImage> {
    const { pod, container, event } = request;
    const key = `${pod.metadata.uid}/${reference}`;
    const name = container.image ?? '';
    const failed = this.#backOff.get(key);
    const startMs = this.#clock.now();
    if (failed) {
      const untilMs = heldUntil(failed, failed.failedMs, IMAGE_PULL);
      if (untilMs > startMs) {
        const message = `Back-off pulling image "${name}"`;
        event('Normal', 'BackOff', message);
        throw new ImageError('ImagePullBackOff', `${message}: ErrImagePull: ${failed.message}`, untilMs);
      }
    }
    event('Normal', 'Pulling', `Pulling image "${name}"`);
    try {
      const pulled = await this.#shared(reference, request);
      const image = (await this.#runtime.image(pulled)) ?? (await this.#runtime.image(reference));
      if (!image) throw new RuntimeError('NotFound', `image ${reference} was pulled but is not there`);
      const took = seconds(this.#clock.now() - startMs);
      event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${name}" in ${took} (${took} including waiting). Image size: ${image.sizeBytes} bytes.`,
      );
      this.#backOff.delete(key);
      return image;
    } catch (error) {
      const message = messageOf(error);
      const nowMs = this.#clock.now();
      const entry = raised(failed, nowMs, IMAGE_PULL);
      this.#backOff.set(key, { ...entry, failedMs: nowMs, message });
      event('Warning', 'Failed', `Failed to pull image "${name}": ${message}`);
      throw new ImageError('ErrImagePull', message);
    }
  }

  /** One pull an image at a time; who asks meanwhile with the same credentials shares it. */
  #shared(reference: string, request: ImageRequest): Promise<string> {
    const credentials = credentialsFor(reference, request.secrets);
    const key = JSON.stringify([reference, credentials]);
    const known = this.#pulling.get(key);
    if (known) return known;
    const pull = this.#attempt(reference, credentials, request.sandbox).finally(() => this.#pulling.delete(key));
    this.#pulling.set(key, pull);
    return pull;
  }

  async #attempt(reference: string, credentials: readonly RegistryAuth[], sandbox: SandboxConfig): Promise<string> {
    if (this.#active >= MAX_PARALLEL_PULLS) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#active++;
    try {
      let failure: unknown;
      for (const auth of credentials.length > 0 ? credentials : [undefined]) {
        try {
          return await this.#runtime.pullImage(reference, auth, sandbox);
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    } finally {
      this.#active--;
      this.#queue.shift()?.();
    }
  }

  /** Forgets a pod that is gone. */
  forget(podUid: string): void {
    for (const key of this.#backOff.keys()) if (key.startsWith(`${podUid}/`)) this.#backOff.delete(key);
  }
}
