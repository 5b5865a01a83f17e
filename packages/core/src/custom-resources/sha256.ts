const BLOCK_BYTES = 64;
const ROUND_COUNT = 64;
const PRIMES = firstPrimes(ROUND_COUNT);
/** The first 32 bits behind the point of the primes' square roots: the hash of nothing, to begin with. */
const START = PRIMES.slice(0, 8).map((prime) => fractionBits(Math.sqrt(prime)));
/** The same of their cube roots: what each round adds. */
const ROUND_CONSTANTS = PRIMES.map((prime) => fractionBits(Math.cbrt(prime)));

/** SHA-256 of a text's UTF-8 bytes, at once; WebCrypto's digest, which is for anything long, is asynchronous. */
export function sha256(text: string): Uint8Array {
  const blocks = paddedBlocks(new TextEncoder().encode(text));
  let state = START;
  for (let at = 0; at < blocks.byteLength; at += BLOCK_BYTES) state = withBlock(state, blocks, at);
  const hash = new DataView(new ArrayBuffer(4 * state.length));
  for (const [index, word] of state.entries()) hash.setUint32(4 * index, word);
  return new Uint8Array(hash.buffer);
}

/** The bytes, a mark behind them and their count in bits at the end of the last block. */
function paddedBlocks(bytes: Uint8Array): DataView {
  const blockCount = Math.ceil((bytes.length + 9) / BLOCK_BYTES);
  const padded = new Uint8Array(blockCount * BLOCK_BYTES);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const blocks = new DataView(padded.buffer);
  blocks.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  return blocks;
}

/** The state after one more block. */
function withBlock(state: readonly number[], blocks: DataView, at: number): number[] {
  const words = scheduleOf(blocks, at);
  let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
  for (let round = 0; round < ROUND_COUNT; round++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const added = (h + mixed + choice + ROUND_CONSTANTS[round]! + words[round]!) | 0;
    const sum = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + majority) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + added) | 0, c, b, a, (added + sum) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, index) => (word + state[index]!) | 0);
}

/** The words that the rounds take from a block: its own, then what follows from them. */
function scheduleOf(blocks: DataView, at: number): number[] {
  const words: number[] = [];
  for (let index = 0; index < 16; index++) words.push(blocks.getUint32(at + 4 * index));
  for (let index = 16; index < ROUND_COUNT; index++) {
    const [early, late] = [words[index - 15]!, words[index - 2]!];
    const left = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const right = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    words.push((words[index - 16]! + left + words[index - 7]! + right) | 0);
  }
  return words;
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function fractionBits(value: number): number {
  return Math.floor((value % 1) * 2 ** 32);
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}
