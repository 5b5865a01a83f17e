/**
 * Resource quantities: exact decimal numbers with a suffix, such as 500m, 1.5Gi or 12e6. Kept in billionths, the finest step that
 * the API knows; what is finer is rounded away from zero, and amounts beyond 2^63-1 are capped, as the API does.
 */

/** How a quantity is written: k M G, Ki Mi Gi, or an exponent. */
export type QuantityFormat = 'decimalSI' | 'binarySI' | 'decimalExponent';

export const QUANTITY_FORMAT_MESSAGE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_MESSAGE = "unable to parse quantity's suffix";
const NUMERIC_MESSAGE = 'unable to parse numeric part of quantity';

/** A text that is no quantity. The message is the API's own. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_EXPONENTS: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const NANOS_PER_UNIT = 1_000_000_000n;
const NANO_DIGITS = 9;
const MAX_NANOS = (2n ** 63n - 1n) * NANOS_PER_UNIT;
/** Numbers of so many digits are exact in 64 bits and escape the cap. */
const UNCAPPED_DIGITS = 18;
/** Exponents beyond this are out of range whatever the digits. */
const MAX_EXPONENT = 64;

const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

/** Parsed texts, kept because the same few quantities occur over and over. */
const PARSED_LIMIT = 8192;
const parsed = new Map<string, Quantity>();

export class Quantity {
  readonly #nanos: bigint;
  readonly format: QuantityFormat;
  #text: string | undefined;
  #value: number | undefined;
  #milliValue: number | undefined;

  private constructor(nanos: bigint, format: QuantityFormat) {
    this.#nanos = nanos;
    this.format = format;
  }

  static readonly zero = new Quantity(0n, 'decimalSI');

  /** Throws `QuantityError` where `text` is no quantity. */
  static parse(text: string | number): Quantity {
    const key = typeof text === 'number' ? String(text) : text;
    const known = parsed.get(key);
    if (known) return known;
    const quantity = parseText(key, (nanos, format) => new Quantity(nanos, format));
    if (parsed.size >= PARSED_LIMIT) parsed.clear();
    if (key.length <= 32) parsed.set(key, quantity);
    return quantity;
  }

  /** As `parse`, but undefined where `text` is no quantity. */
  static tryParse(text: string | number | undefined): Quantity | undefined {
    if (text === undefined) return undefined;
    try {
      return Quantity.parse(text);
    } catch (error) {
      if (error instanceof QuantityError) return undefined;
      throw error;
    }
  }

  /** A whole number of units. */
  static of(units: number | bigint, format: QuantityFormat = 'decimalSI'): Quantity {
    return new Quantity(BigInt(units) * NANOS_PER_UNIT, format);
  }

  /** A whole number of thousandths, as CPU time is counted. */
  static ofMilli(milliUnits: number | bigint, format: QuantityFormat = 'decimalSI'): Quantity {
    return new Quantity(BigInt(milliUnits) * 1_000_000n, format);
  }

  /** Whole units, rounded away from zero. Exact up to 2^53. */
  value(): number {
    this.#value ??= Number(roundUp(this.#nanos, NANOS_PER_UNIT));
    return this.#value;
  }

  /** Whole thousandths, rounded away from zero. Exact up to 2^53. */
  milliValue(): number {
    this.#milliValue ??= Number(roundUp(this.#nanos, 1_000_000n));
    return this.#milliValue;
  }

  /** Billionths, exactly. */
  nanoValue(): bigint {
    return this.#nanos;
  }

  /** The nearest floating-point number. */
  toNumber(): number {
    const whole = this.#nanos / NANOS_PER_UNIT;
    return Number(whole) + Number(this.#nanos - whole * NANOS_PER_UNIT) / 1e9;
  }

  sign(): -1 | 0 | 1 {
    if (this.#nanos === 0n) return 0;
    return this.#nanos < 0n ? -1 : 1;
  }

  isZero(): boolean {
    return this.#nanos === 0n;
  }

  /** The sum, written in the format of this quantity (of the other where this is zero). */
  add(other: Quantity): Quantity {
    return new Quantity(this.#nanos + other.#nanos, this.isZero() ? other.format : this.format);
  }

  sub(other: Quantity): Quantity {
    return new Quantity(this.#nanos - other.#nanos, this.isZero() ? other.format : this.format);
  }

  multiply(factor: number | bigint): Quantity {
    return new Quantity(this.#nanos * BigInt(factor), this.format);
  }

  negate(): Quantity {
    return new Quantity(-this.#nanos, this.format);
  }

  compare(other: Quantity): -1 | 0 | 1 {
    if (this.#nanos === other.#nanos) return 0;
    return this.#nanos < other.#nanos ? -1 : 1;
  }

  equals(other: Quantity): boolean {
    return this.#nanos === other.#nanos;
  }

  /** Canonical text: no fraction, the largest suffix that keeps the number whole. */
  toString(): string {
    this.#text ??= formatText(this.#nanos, this.format);
    return this.#text;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The canonical form of a quantity's text: `1000m` becomes `1`, `1024Mi` becomes `1Gi`. Throws `QuantityError`. */
export function canonicalQuantity(text: string | number): string {
  return Quantity.parse(text).toString();
}

/** Less than, equal or greater than zero as `a` is compared with `b`. */
export function compareQuantities(a: string | number, b: string | number): -1 | 0 | 1 {
  return Quantity.parse(a).compare(Quantity.parse(b));
}

function roundUp(nanos: bigint, step: bigint): bigint {
  const quotient = nanos / step;
  if (quotient * step === nanos) return quotient;
  return nanos < 0n ? quotient - 1n : quotient + 1n;
}

function parseText<T>(text: string, make: (nanos: bigint, format: QuantityFormat) => T): T {
  const match = text === '' ? null : SHAPE.exec(text);
  if (!match) throw new QuantityError(QUANTITY_FORMAT_MESSAGE);
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const { base, exponent, format } = interpretSuffix(suffix);
  const significant = whole.replace(/^0+/, '') || '0';
  if (significant.length + fraction.length > 10_000) throw new QuantityError(NUMERIC_MESSAGE);
  const digits = BigInt(significant + fraction);
  const isCapped = base === 2 || significant.length + fraction.length > UNCAPPED_DIGITS;
  const magnitude = cap(scaled(digits, fraction.length, base, exponent), isCapped);
  const isFraction = format === 'binarySI' && magnitude > 0n && magnitude < NANOS_PER_UNIT;
  return make(sign === '-' ? -magnitude : magnitude, isFraction ? 'decimalSI' : format);
}

function cap(nanos: bigint, isCapped: boolean): bigint {
  return isCapped && nanos > MAX_NANOS ? MAX_NANOS : nanos;
}

interface Suffix {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function interpretSuffix(suffix: string): Suffix {
  const decimal = DECIMAL_EXPONENTS[suffix];
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'decimalSI' };
  const binary = BINARY_EXPONENTS[suffix];
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'binarySI' };
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) throw new QuantityError(SUFFIX_MESSAGE);
  return { base: 10, exponent: Number(suffix.slice(1)), format: 'decimalExponent' };
}

/** `digits` with `fractionDigits` of them behind the point, times base^exponent, in nanos, rounded up. */
function scaled(digits: bigint, fractionDigits: number, base: 2 | 10, exponent: number): bigint {
  if (digits === 0n) return 0n;
  if (base === 2) return shiftDecimal(digits << BigInt(exponent), NANO_DIGITS - fractionDigits);
  const shift = exponent + NANO_DIGITS - fractionDigits;
  if (exponent > MAX_EXPONENT) return MAX_NANOS;
  return shift < -10_100 ? 1n : shiftDecimal(digits, shift);
}

function shiftDecimal(value: bigint, places: number): bigint {
  return places >= 0 ? value * 10n ** BigInt(places) : roundUp(value, 10n ** BigInt(-places));
}

function formatText(nanos: bigint, format: QuantityFormat): string {
  if (nanos === 0n) return '0';
  if (format === 'binarySI' && nanos % NANOS_PER_UNIT === 0n) {
    const units = nanos / NANOS_PER_UNIT;
    if (units <= -1024n || units >= 1024n) return formatBinary(units);
  }
  return formatDecimal(nanos, format === 'decimalExponent');
}

function formatBinary(units: bigint): string {
  let step = 0;
  let rest = units;
  while (step < BINARY_SUFFIXES.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n;
    step++;
  }
  return `${rest}${BINARY_SUFFIXES[step]}`;
}

function formatDecimal(nanos: bigint, asExponent: boolean): string {
  let step = 0;
  let rest = nanos;
  while ((asExponent || step < DECIMAL_SUFFIXES.length - 1) && rest % 1000n === 0n) {
    rest /= 1000n;
    step++;
  }
  if (!asExponent) return `${rest}${DECIMAL_SUFFIXES[step]}`;
  const exponent = step * 3 - NANO_DIGITS;
  return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
}
