import type { Clock, Disposable, KindDefinition, KubeObject, Logger, Random } from '@kubets/core';
import type { Client } from '../client.ts';
import { type Informer, ListWatchInformer } from './informer.ts';

export interface InformerFactoryOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One informer a kind for a whole process: whoever asks first starts it, everybody shares it. */
export class InformerFactory implements Disposable {
  readonly #options: InformerFactoryOptions;
  readonly #informers = new Map<string, ListWatchInformer<KubeObject>>();
  #disposed = false;

  constructor(options: InformerFactoryOptions) {
    this.#options = options;
  }

  /** The shared informer of a kind, over all namespaces; it starts with the first call. */
  informer<T extends KubeObject>(kind: KindDefinition<T>): Informer<T> {
    const id = idOf(kind);
    const known = this.#informers.get(id);
    if (known) return known as unknown as Informer<T>;
    const informer = new ListWatchInformer<T>({ ...this.#options, kind });
    this.#informers.set(id, informer as unknown as ListWatchInformer<KubeObject>);
    if (this.#disposed) informer.dispose();
    else void informer.run();
    return informer;
  }

  /** The informer of a kind if somebody asked for it already. */
  existing<T extends KubeObject>(kind: KindDefinition<T>): Informer<T> | undefined {
    return this.#informers.get(idOf(kind)) as Informer<T> | undefined;
  }

  /** Ends the informer of a kind that is no longer served, such as that of a deleted custom resource. */
  release(kind: KindDefinition): void {
    const id = idOf(kind);
    this.#informers.get(id)?.dispose();
    this.#informers.delete(id);
  }

  /** Resolves when every informer asked for so far has its first list. */
  async whenSynced(signal?: AbortSignal): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.whenSynced(signal)));
  }

  dispose(): void {
    this.#disposed = true;
    for (const informer of this.#informers.values()) informer.dispose();
    this.#informers.clear();
  }
}

function idOf(kind: { group: string; version: string; resource: string }): string {
  return `${kind.group}/${kind.version}/${kind.resource}`;
}
