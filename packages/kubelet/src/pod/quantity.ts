import { Quantity } from '@kubets/core';

/** A quantity's value as a number, rounded up; 0 for text that is none. */
export function quantityValue(text: string | number): number {
  return Quantity.tryParse(text)?.value() ?? 0;
}

/** Thousandths of a quantity, rounded up: CPU in milli-CPU. */
export function quantityMilli(text: string | number): number {
  return Quantity.tryParse(text)?.milliValue() ?? 0;
}
