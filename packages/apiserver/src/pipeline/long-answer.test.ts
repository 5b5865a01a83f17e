import { expect, it } from 'vitest';
import type { HttpExchange, ResponseStream } from './http.ts';
import { beginAnswer, sendPieces, wholeAnswer } from './long-answer.ts';

const PIECE = new Uint8Array(300 * 1024);

/** A client that takes in pieces only when it is told to. */
class Client implements ResponseStream {
  waiting: Uint8Array[] = [];
  taken = 0;
  outcome: 'open' | 'ended' | 'aborted' = 'open';
  leave = () => {};
  #drain = () => {};

  get exchange(): HttpExchange {
    return {
      onClose: (callback: () => void) => {
        this.leave = callback;
      },
    } as HttpExchange;
  }
  get bufferedBytes(): number {
    return this.waiting.reduce((sum, piece) => sum + piece.length, 0);
  }
  write(piece: Uint8Array): boolean {
    this.waiting.push(piece);
    return false;
  }
  end(): void {
    this.outcome = 'ended';
  }
  abort(): void {
    this.outcome = 'aborted';
  }
  onDrain(callback: () => void): void {
    this.#drain = callback;
  }
  read(): void {
    this.taken += this.bufferedBytes;
    this.waiting = [];
    this.#drain();
  }
}

const later = () => new Promise((resolve) => setImmediate(resolve));

async function* pieces(count: number, onMade: (made: number) => void = () => {}): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) {
    onMade(index + 1);
    yield PIECE;
  }
}

it('makes pieces no faster than they are read', async () => {
  const client = new Client();
  let made = 0;
  const sending = sendPieces(
    client.exchange,
    client,
    pieces(20, (count) => {
      made = count;
    }),
  );
  await later();
  expect(made).toBeLessThan(4);
  while (client.outcome === 'open') {
    client.read();
    await later();
  }
  await sending;
  client.read();
  expect(client.taken).toBe(20 * PIECE.length);
  expect(client.outcome).toBe('ended');
});

it('stops when the client has gone', async () => {
  const client = new Client();
  let isReleased = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield PIECE;
    } finally {
      isReleased = true;
    }
  }
  const sending = sendPieces(client.exchange, client, wholeAnswer(await beginAnswer(endless())));
  await later();
  client.leave();
  await sending;
  expect(isReleased).toBe(true);
  expect(client.outcome).toBe('open');
});

it('breaks off what fails on its way', async () => {
  const client = new Client();
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield PIECE;
    throw new Error('broken');
  }
  await expect(sendPieces(client.exchange, client, failing())).rejects.toThrow('broken');
  expect(client.outcome).toBe('aborted');
});

it('fails at once where the start of an answer cannot be made', async () => {
  // biome-ignore lint/correctness/useYield: it fails before its first piece
  async function* failing(): AsyncGenerator<Uint8Array> {
    throw new Error('broken');
  }
  await expect(beginAnswer(failing())).rejects.toThrow('broken');
});
