import type { LabelSelector } from './meta/selector.ts';

type Labels = Readonly<Record<string, string>> | undefined;

export type LabelMatcher = (labels: Labels) => boolean;

/** Whether every pair of `wanted` is among the labels; an empty or absent `wanted` matches everything. */
export function matchesLabels(wanted: Labels, labels: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

function matchesExpression(key: string, operator: string, values: readonly string[], labels: Labels): boolean {
  const value = labels?.[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** A test for labels. An absent selector matches nothing, an empty one everything. */
export function labelMatcher(selector: LabelSelector | undefined): LabelMatcher {
  if (!selector) return () => false;
  const { matchLabels, matchExpressions } = selector;
  if (!matchExpressions?.length) return (labels) => matchesLabels(matchLabels, labels);
  return (labels) =>
    matchesLabels(matchLabels, labels) &&
    matchExpressions.every(({ key, operator, values }) => matchesExpression(key, operator, values ?? [], labels));
}

/** Whether a selector asks for nothing, and so matches everything; true for an absent one too. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  if (!selector) return true;
  return Object.keys(selector.matchLabels ?? {}).length === 0 && !selector.matchExpressions?.length;
}

/** Whether labels satisfy a selector. An absent selector matches nothing, an empty one everything. */
export function selectorMatches(selector: LabelSelector | undefined, labels: Labels): boolean {
  return labelMatcher(selector)(labels);
}
