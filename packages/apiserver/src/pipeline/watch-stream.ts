import { concatBytes } from '../encoding/envelope.ts';
import type { WatchEncoder } from '../encoding/watch.ts';
import type { CacheEvent, WatchSink } from '../request.ts';
import type { FlushQueue } from './flush-queue.ts';
import type { ResponseStream } from './http.ts';

/** A watcher that has so much waiting is too slow and is ended; initial state is sent no faster than it is read. */
export const MAX_WATCHER_BACKLOG_BYTES = 16 * 1024 * 1024;
/** Encrypting a write keeps other requests waiting. */
const MAX_WRITE_BYTES = 256 * 1024;

/** Sends one watch's events over one response stream. */
export class WatchStream implements WatchSink {
  readonly #stream: ResponseStream;
  readonly #encoder: WatchEncoder;
  readonly #queue: FlushQueue;
  readonly #onSlow: () => void;
  /** A WebSocket sends each frame as a message of its own. */
  readonly #framed: boolean;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #queued = false;
  #blocked = false;
  #ended = false;

  constructor(options: {
    stream: ResponseStream;
    encoder: WatchEncoder;
    queue: FlushQueue;
    framed: boolean;
    onSlow: () => void;
  }) {
    this.#stream = options.stream;
    this.#encoder = options.encoder;
    this.#queue = options.queue;
    this.#framed = options.framed;
    this.#onSlow = options.onSlow;
    this.#stream.onDrain(() => {
      this.#blocked = false;
      this.flush();
    });
  }

  onEvents(events: readonly CacheEvent[]): void {
    if (this.#ended) return;
    for (const event of events) this.#push(this.#encoder.event(event));
    if (this.pendingBytes() > MAX_WATCHER_BACKLOG_BYTES) {
      this.stop();
      this.#onSlow();
      return;
    }
    if (this.#queued || this.#blocked) return;
    this.#queued = true;
    this.#queue.add(this);
  }

  /** Bytes that are waiting to be sent. */
  pendingBytes(): number {
    return this.#pendingBytes + this.#stream.bufferedBytes;
  }

  onEnd(error?: unknown): void {
    if (this.#ended) return;
    if (error !== undefined) this.#push(this.#encoder.error(error));
    this.#ended = true;
    this.flush();
  }

  /** Breaks the stream off; what is still waiting is dropped, whether or not the client ever reads again. */
  stop(): void {
    this.#ended = true;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#stream.abort();
  }

  flush(): void {
    this.#queued = false;
    while (!this.#blocked && this.#pending.length > 0) this.#blocked = !this.#stream.write(this.#take());
    if (this.#ended && this.#pending.length === 0) this.#stream.end();
  }

  #push(frame: Uint8Array): void {
    this.#pending.push(frame);
    this.#pendingBytes += frame.length;
  }

  /** The next piece to write: as many frames as make one reasonable write. */
  #take(): Uint8Array {
    let count = 0;
    let bytes = 0;
    do bytes += this.#pending[count++]!.length;
    while (!this.#framed && count < this.#pending.length && bytes < MAX_WRITE_BYTES);
    const frames = count === this.#pending.length ? this.#pending : this.#pending.slice(0, count);
    this.#pending = count === this.#pending.length ? [] : this.#pending.slice(count);
    this.#pendingBytes -= bytes;
    return joined(frames);
  }
}

let lastFrames: readonly Uint8Array[] = [];
let lastJoined: Uint8Array = new Uint8Array(0);

/** Frames as one piece. Watchers of the same objects have the same frames to send one after the other, and share it. */
function joined(frames: readonly Uint8Array[]): Uint8Array {
  if (frames.length === 1) return frames[0]!;
  if (frames.length !== lastFrames.length || frames.some((frame, index) => frame !== lastFrames[index])) {
    lastJoined = concatBytes(frames);
    lastFrames = frames;
  }
  return lastJoined;
}
