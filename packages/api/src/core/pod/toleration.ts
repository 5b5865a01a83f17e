import type { Taint } from '../node.ts';
import type { Toleration } from '../placement.ts';

/** Whether one toleration covers a taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      return toleration.key !== undefined && (toleration.value ?? '') === (taint.value ?? '');
    case 'Gt':
      return compares(toleration, taint, (value, limit) => value > limit);
    case 'Lt':
      return compares(toleration, taint, (value, limit) => value < limit);
    default:
      return false;
  }
}

function compares(toleration: Toleration, taint: Taint, test: (value: number, limit: number) => boolean): boolean {
  const integer = /^-?(0|[1-9][0-9]*)$/;
  const { value: limit = '' } = toleration;
  const { value = '' } = taint;
  return integer.test(limit) && integer.test(value) && test(Number(value), Number(limit));
}
