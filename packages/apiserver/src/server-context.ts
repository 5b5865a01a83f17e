import type { Clock, Logger, Random } from '@kubets/core';
import type { Store } from '@kubets/storage';
import type { Admission } from './admission/admission.ts';
import type { WriteHook } from './allocators/write-hook.ts';
import type { Expiry } from './registry/expiry.ts';
import type { Registry } from './registry/registry.ts';
import type { Turns } from './turns.ts';
import type { CustomVerb } from './verbs/dispatch.ts';

/** What every verb works with. */
export interface ServerContext {
  readonly store: Store;
  readonly registry: Registry;
  readonly admission: Admission;
  /** Verbs that other parts answer, by `group/resource` or `group/resource/subresource`. */
  readonly customVerbs: Map<string, CustomVerb>;
  /** What is reserved beside storing objects, by `group/resource`. */
  readonly hooks: ReadonlyMap<string, WriteHook>;
  readonly expiry: Expiry;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Lets other work run; long loops await it between slices. */
  readonly yieldToLoop: () => Promise<void>;
  /** Spreads bursts of requests over turns of the event loop. */
  readonly turns: Turns;
}
