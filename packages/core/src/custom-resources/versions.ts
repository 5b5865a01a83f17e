const KUBE_VERSION = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;
const STABILITY: Readonly<Record<string, number>> = { alpha: 0, beta: 1 };

/**
 * Order of API versions by what they promise: less than zero where `a` promises less than `b`. v10 > v2 > v1 > v11beta2 > v10beta3
 * > v3beta1 > v12alpha1 > v11alpha2; any other text comes after those, in the reverse order of the alphabet.
 */
export function compareKubeVersions(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [KUBE_VERSION.exec(a), KUBE_VERSION.exec(b)];
  if (!left && !right) return a < b ? 1 : -1;
  if (!left || !right) return left ? 1 : -1;
  const stability = stabilityOf(left) - stabilityOf(right);
  if (stability !== 0) return stability;
  return Number(left[1]) - Number(right[1]) || Number(left[3] ?? 0) - Number(right[3] ?? 0);
}

function stabilityOf(match: RegExpExecArray): number {
  return match[2] === undefined ? 2 : STABILITY[match[2]]!;
}
