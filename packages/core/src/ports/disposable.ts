/** Something started that must be ended. Disposing twice is harmless. */
export interface Disposable {
  dispose(): void;
}

/** A disposable whose end has to be waited for. */
export interface AsyncDisposable {
  dispose(): Promise<void>;
}

/** Makes a disposable that runs `onDispose` at most once. */
export function disposable(onDispose: () => void): Disposable {
  let disposed = false;
  return {
    dispose() {
      if (disposed) return;
      disposed = true;
      onDispose();
    },
  };
}

/** Collects disposables and ends them together, the last added first. */
export class DisposableStore implements Disposable {
  #items: Disposable[] = [];
  #disposed = false;

  /** Adds `item` and returns it; an already disposed store disposes it at once. */
  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.push(item);
    return item;
  }

  dispose(): void {
    this.#disposed = true;
    for (const item of this.#items.splice(0).reverse()) item.dispose();
  }
}
