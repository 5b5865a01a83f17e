import { hostClock } from '@kubets/core/node';
import { describe, expect, it } from 'vitest';
import { WatchEncoder } from '../encoding/watch.ts';
import type { CacheEvent } from '../request.ts';
import { FlushQueue } from './flush-queue.ts';
import type { ResponseStream } from './http.ts';
import { MAX_WATCHER_BACKLOG_BYTES, WatchStream } from './watch-stream.ts';

const as = {
  negotiated: { format: 'json', convert: undefined, pretty: false, stream: false },
  pretty: false,
  includeObject: 'Metadata',
} as const;
const eventOf = (frame: Uint8Array): CacheEvent => ({
  type: 'ADDED',
  stored: {} as CacheEvent['stored'],
  frame: () => frame,
});

/** A client that reads only when told to. */
class SlowClient implements ResponseStream {
  readonly written: Uint8Array[] = [];
  readonly bufferedBytes = 0;
  ended = false;
  reads = true;
  #drain: () => void = () => {};

  write(chunk: Uint8Array): boolean {
    this.written.push(chunk);
    return this.reads;
  }
  end(): void {
    this.ended = true;
  }
  abort(): void {
    this.ended = true;
  }
  onDrain(callback: () => void): void {
    this.#drain = callback;
  }
  read(): void {
    this.#drain();
  }
}

function open(client: SlowClient) {
  let slow = 0;
  const encoder = new WatchEncoder({ codec: {} as never, kind: undefined, as, nowMs: () => 0 });
  const onSlow = () => {
    slow++;
  };
  const stream = new WatchStream({ stream: client, encoder, queue: new FlushQueue(hostClock), framed: false, onSlow });
  return { stream, slow: () => slow };
}

describe('WatchStream', () => {
  it('writes the events of a moment as one', async () => {
    const client = new SlowClient();
    const { stream } = open(client);
    const frame = new TextEncoder().encode('x\n');
    stream.onEvents([eventOf(frame), eventOf(frame)]);
    stream.onEvents([eventOf(frame)]);
    await Promise.resolve();
    expect(client.written.map((chunk) => chunk.length)).toEqual([6]);
  });

  it('waits for a slow client, and gives it up when too much has gathered', async () => {
    const client = new SlowClient();
    const { stream, slow } = open(client);
    const frame = new Uint8Array(1024 * 1024);
    client.reads = false;
    stream.onEvents([eventOf(frame)]);
    await Promise.resolve();
    stream.onEvents([eventOf(frame)]);
    expect([client.written.length, stream.pendingBytes()]).toEqual([1, frame.length]);
    client.read();
    expect(client.written.length).toBe(2);
    for (let bytes = 0; bytes <= MAX_WATCHER_BACKLOG_BYTES; bytes += frame.length) stream.onEvents([eventOf(frame)]);
    expect([slow(), client.ended, stream.pendingBytes()]).toEqual([1, true, 0]);
  });

  it('ends with an error when there is one', async () => {
    const client = new SlowClient();
    open(client).stream.onEnd(new Error('broken'));
    expect(new TextDecoder().decode(client.written[0])).toContain('"type":"ERROR"');
    expect(client.ended).toBe(true);
  });
});
