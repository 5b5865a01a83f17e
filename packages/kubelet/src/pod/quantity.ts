const BINARY: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 };
const DECIMAL: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

/** A quantity's value as a number; NaN for text that is none. Enough for sizing containers, not for exact sums. */
export function quantityValue(text: string | number): number {
  const match = /^([+-]?[0-9.]+)(?:([eE][+-]?[0-9]+)|(n|u|m|k|M|G|T|P|E|[KMGTPE]i))?$/.exec(String(text));
  if (!match) return Number.NaN;
  const [, digits = '', exponent = '', suffix = ''] = match;
  return Number(digits + exponent) * (BINARY[suffix] ?? DECIMAL[suffix] ?? 1);
}

/** Thousandths of a quantity, rounded up: CPU in milli-CPU. */
export function quantityMilli(text: string | number): number {
  return Math.ceil(Number((quantityValue(text) * 1000).toFixed(6)));
}
