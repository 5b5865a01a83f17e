import { hostClock } from '@kubets/core/node';

const WIDTH = 22;

/** One line a step: what it is, what it waits for, how long it took. On a terminal the line shows the time as it passes. */
export class Progress {
  readonly #startMs = hostClock.monotonicMs();
  readonly #quiet: boolean;
  #noted = '';

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  /** Runs `work` as one step. `say` in it changes what the line says it waits for; its result is shown when done. */
  async step<T>(name: string, waitsFor: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    let text = waitsFor;
    const startMs = hostClock.monotonicMs();
    const stopShowing = this.#show(() => this.#line('…', name, startMs, text));
    try {
      const result = await work((next) => {
        text = next;
      });
      stopShowing();
      this.#print(this.#line('✓', name, startMs, typeof result === 'string' ? result : ''));
      return result;
    } catch (error) {
      stopShowing();
      this.#print(this.#line('✗', name, startMs, text));
      throw error;
    }
  }

  /** Tells what is waited for between steps, once. */
  note(text: string): void {
    if (text !== this.#noted) this.#print(text);
    this.#noted = text;
  }

  elapsedSeconds(): string {
    return ((hostClock.monotonicMs() - this.#startMs) / 1000).toFixed(1);
  }

  #line(mark: string, name: string, startMs: number, text: string): string {
    const seconds = ((hostClock.monotonicMs() - startMs) / 1000).toFixed(1).padStart(5);
    return `${mark} ${name.padEnd(WIDTH)} ${seconds} s  ${text}`.trimEnd();
  }

  #print(line: string): void {
    if (!this.#quiet) process.stderr.write(`${line}\n`);
  }

  #show(line: () => string): () => void {
    if (this.#quiet || !process.stderr.isTTY) return () => {};
    let running = true;
    const refresh = () => {
      if (!running) return;
      process.stderr.write(`\r\x1b[2K${line().slice(0, process.stderr.columns || 80)}`);
      hostClock.after(100, refresh);
    };
    refresh();
    return () => {
      running = false;
      process.stderr.write('\r\x1b[2K');
    };
  }
}
