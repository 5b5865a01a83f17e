import type { Clock, Logger, Random } from '@kubets/core';
import type { Store } from '@kubets/storage';
import type { Admission } from './admission/admission.ts';
import type { Registry } from './registry/registry.ts';

/** What every verb works with. */
export interface ServerContext {
  readonly store: Store;
  readonly registry: Registry;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Lets other work run; long loops await it between slices. */
  readonly yieldToLoop: () => Promise<void>;
}
