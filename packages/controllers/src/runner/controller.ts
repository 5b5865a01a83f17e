import type { Client, EventRecorder, Informer, InformerFactory, ServedKinds } from '@kubets/client';
import { type Clock, type Disposable, DisposableStore, type KubeObject, type Logger, type Random } from '@kubets/core';

/** Where a controller's triggers put keys. */
export interface KeySink {
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
}

/** A source of keys: usually the changes of one kind, mapped to the objects that they concern. */
export interface Watch {
  start(sink: KeySink): Disposable;
  whenSynced(signal: AbortSignal): Promise<void>;
}

/** What a reconciliation asks for beyond success: to be called again after a while though nothing changed. */
export interface Requeue {
  readonly afterMs: number;
}

/** One control loop. It is level-triggered: `reconcile` gets a key, reads fresh state and brings the world closer to it. */
export interface Controller {
  readonly name: string;
  readonly watches: readonly Watch[];
  /** Keys worked on at the same time; 5 unless told. */
  readonly concurrency?: number;
  /** Throws when the key has to be tried again later; the runner decides when. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most loops have nothing to say and return nothing
  reconcile(key: string, signal: AbortSignal): Promise<Requeue | void>;
}

/** What every controller is made from. */
export interface ControllerContext {
  /** Writes through it resolve when the informers have seen them. */
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly kinds: ServedKinds;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The event recorder of one component, made on first use. */
  recorder(component: string): EventRecorder;
}

export type ChangeType = 'added' | 'updated' | 'deleted';

/** One change of an object; `old` is set for updates. */
export interface Change<T> {
  readonly type: ChangeType;
  readonly object: T;
  readonly old?: T;
}

/** Turns every change of a kind into the keys that `keys` names. */
export function watch<T extends KubeObject>(
  informer: Informer<T>,
  keys: (change: Change<T>) => Iterable<string>,
): Watch {
  return watchWith(informer, (change, sink) => {
    for (const key of keys(change)) sink.add(key);
  });
}

/** As `watch`, for triggers that also delay keys. */
export function watchWith<T extends KubeObject>(
  informer: Informer<T>,
  trigger: (change: Change<T>, sink: KeySink) => void,
): Watch {
  return {
    start: (sink) =>
      informer.addHandler({
        added: (object) => trigger({ type: 'added', object }, sink),
        updated: (object, old) => trigger({ type: 'updated', object, old }, sink),
        deleted: (object) => trigger({ type: 'deleted', object }, sink),
      }),
    whenSynced: (signal) => informer.whenSynced(signal),
  };
}

/** Needs a kind's informer to be filled without being triggered by it. */
export function reads<T extends KubeObject>(informer: Informer<T>): Watch {
  return { start: () => new DisposableStore(), whenSynced: (signal) => informer.whenSynced(signal) };
}

/** Adds a fixed key now and then every `periodMs`, for loops that look at everything. */
export function every(clock: Clock, periodMs: number, key = 'all'): Watch {
  return {
    start(sink) {
      let timer: Disposable | undefined;
      const tick = () => {
        sink.add(key);
        timer = clock.after(periodMs, tick);
      };
      tick();
      return { dispose: () => timer?.dispose() };
    },
    whenSynced: () => Promise.resolve(),
  };
}
