import {
  type Cidr,
  formatCidr,
  formatIp,
  type IpAddress,
  networkOf,
  parseCidr,
  parseIp,
  type Random,
} from '@kubets/core';

/** Addresses that are left for explicit choice are the first of a range: at least, at most, and this part of it. */
const MIN_STATIC_BAND = 16n;
const MAX_STATIC_BAND = 256n;
const STATIC_BAND_PART = 16n;
/** IPv6 ranges are used up to so many addresses. */
const MAX_RANGE_BITS = 64;

/** The addresses of one CIDR block that services can have. */
export class IpRange {
  readonly cidr: string;
  readonly family: 4 | 6;
  /** The first address that a service can have. */
  readonly #first: bigint;
  readonly #size: bigint;

  constructor(cidr: Cidr) {
    const network = networkOf(cidr);
    this.cidr = formatCidr(network);
    this.family = network.address.family;
    const bits = (this.family === 4 ? 32 : 128) - network.prefixLength;
    const addresses = 1n << BigInt(Math.min(bits, MAX_RANGE_BITS));
    // The network address is never given out, nor is IPv4's broadcast address.
    const reserved = this.family === 4 ? 2n : 1n;
    this.#first = toNumber(network.address) + 1n;
    this.#size = addresses > reserved ? addresses - reserved : 0n;
  }

  static parse(text: string): IpRange | undefined {
    const cidr = parseCidr(text);
    return cidr && new IpRange(cidr);
  }

  /** The address of the API server's own service. */
  get firstAddress(): string {
    return this.#at(0n);
  }

  contains(ip: string): boolean {
    const address = parseIp(ip);
    if (!address || address.family !== this.family) return false;
    const offset = toNumber(address) - this.#first;
    return offset >= 0n && offset < this.#size;
  }

  /** A free address, from the upper band while it has one; undefined when the range is full. */
  pick(isFree: (ip: string) => boolean, random: Random): string | undefined {
    const band = staticBand(this.#size);
    return (
      this.#scan({ from: band, to: this.#size, isFree, random }) ?? this.#scan({ from: 0n, to: band, isFree, random })
    );
  }

  #scan(options: { from: bigint; to: bigint; isFree: (ip: string) => boolean; random: Random }): string | undefined {
    const { from, to, isFree, random } = options;
    const length = to - from;
    if (length <= 0n) return undefined;
    const start = BigInt(Math.floor(random.next() * Number(length > 1n << 48n ? 1n << 48n : length)));
    for (let step = 0n; step < length; step++) {
      const ip = this.#at(from + ((start + step) % length));
      if (isFree(ip)) return ip;
    }
    return undefined;
  }

  #at(offset: bigint): string {
    return formatIp(fromNumber(this.#first + offset, this.family));
  }
}

function staticBand(size: bigint): bigint {
  if (size < MIN_STATIC_BAND) return 0n;
  const part = size / STATIC_BAND_PART;
  if (part < MIN_STATIC_BAND) return MIN_STATIC_BAND;
  return part > MAX_STATIC_BAND ? MAX_STATIC_BAND : part;
}

function toNumber({ bytes }: IpAddress): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function fromNumber(number: bigint, family: 4 | 6): IpAddress {
  const length = family === 4 ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) => Number((number >> BigInt(8 * (length - 1 - index))) & 0xffn));
  return { family, bytes };
}
