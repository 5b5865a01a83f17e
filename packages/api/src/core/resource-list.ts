import { Quantity } from '@kubets/core';

/** Amounts by resource name, such as cpu, memory or example.com/gpu. */
export type ResourceList = Record<string, string>;

const NANOS_PER_MILLI = 1_000_000n;

/** Rounds amounts finer than a thousandth up, the finest that resources are counted in. */
export function roundUpResources(resources: ResourceList | undefined): void {
  for (const [name, text] of Object.entries(resources ?? {})) {
    const amount = Quantity.tryParse(text);
    if (!amount || amount.nanoValue() % NANOS_PER_MILLI === 0n) continue;
    resources![name] = Quantity.ofMilli(amount.milliValue(), amount.format).toString();
  }
}

/** The amount of one resource, zero where the list does not have it. */
export function amountOf(resources: Readonly<ResourceList> | undefined, name: string): Quantity {
  return Quantity.tryParse(resources?.[name]) ?? Quantity.zero;
}

/** The sum of two lists. */
export function addResources(left: Readonly<ResourceList>, right: Readonly<ResourceList>): ResourceList {
  return combine(left, right, (a, b) => a.add(b));
}

/** For each resource the larger of the two amounts. */
export function maxResources(left: Readonly<ResourceList>, right: Readonly<ResourceList>): ResourceList {
  return combine(left, right, (a, b) => (a.compare(b) < 0 ? b : a));
}

function combine(
  left: Readonly<ResourceList>,
  right: Readonly<ResourceList>,
  join: (left: Quantity, right: Quantity) => Quantity,
): ResourceList {
  const result: ResourceList = { ...left };
  for (const [name, text] of Object.entries(right)) {
    result[name] = name in left ? join(amountOf(left, name), amountOf(right, name)).toString() : text;
  }
  return result;
}
