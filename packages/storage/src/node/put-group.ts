import type { RootDatabase } from 'lmdb';

/** Puts of one transaction: they succeed or fail together, and none of their failures goes unheard. */
export class PutGroup {
  readonly #puts: Promise<boolean>[] = [];

  add(put: Promise<boolean>): void {
    put.then(undefined, ignore);
    this.#puts.push(put);
  }

  async done(): Promise<void> {
    try {
      await Promise.all(this.#puts);
    } catch (error) {
      // LMDB's own reason comes behind the failure, as a promise that is rejected with it.
      throw (await (error as { commitError?: Promise<never> }).commitError?.catch((reason) => reason)) ?? error;
    }
  }
}

function ignore(): void {}

/**
 * The library makes promises of its own for each transaction, which nobody else can listen to; unheard, a full disk would end
 * the process. Whoever wrote hears of the failure through the promise that it got.
 */
export function hearFailures(root: RootDatabase): void {
  const listen = () => root.committed.then(ignore, (error) => error?.commitError?.catch(ignore));
  root.on('beforecommit', () => queueMicrotask(listen));
}
