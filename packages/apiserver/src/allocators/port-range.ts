import type { Random } from '@kubets/core';

const MIN_STATIC_BAND = 16;
const MAX_STATIC_BAND = 128;
const STATIC_BAND_PART = 32;

/** A range of ports, of which the first are left for explicit choice as long as others are free. */
export class PortRange {
  readonly first: number;
  readonly last: number;

  constructor(first: number, last: number) {
    this.first = first;
    this.last = last;
  }

  contains(port: number): boolean {
    return port >= this.first && port <= this.last;
  }

  toString(): string {
    return `${this.first}-${this.last}`;
  }

  /** A free port; undefined when there is none. */
  pick(isFree: (port: number) => boolean, random: Random): number | undefined {
    const size = this.last - this.first + 1;
    const part = Math.floor(size / STATIC_BAND_PART);
    const band = size < MIN_STATIC_BAND ? 0 : Math.min(Math.max(part, MIN_STATIC_BAND), MAX_STATIC_BAND);
    const upper = { from: this.first + band, count: size - band };
    return scan(upper, isFree, random) ?? scan({ from: this.first, count: band }, isFree, random);
  }
}

function scan(
  { from, count }: { from: number; count: number },
  isFree: (port: number) => boolean,
  random: Random,
): number | undefined {
  const start = Math.floor(random.next() * count);
  for (let step = 0; step < count; step++) {
    const port = from + ((start + step) % count);
    if (isFree(port)) return port;
  }
  return undefined;
}
