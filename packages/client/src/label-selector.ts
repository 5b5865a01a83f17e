type Labels = Readonly<Record<string, string>> | undefined;

/** The shape of meta/v1 LabelSelector, as far as matching needs it. */
interface LabelSelectorShape {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

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
export function labelMatcher(selector: LabelSelectorShape | undefined): LabelMatcher {
  if (!selector) return () => false;
  const { matchLabels, matchExpressions } = selector;
  if (!matchExpressions?.length) return (labels) => matchesLabels(matchLabels, labels);
  return (labels) =>
    matchesLabels(matchLabels, labels) &&
    matchExpressions.every(({ key, operator, values }) => matchesExpression(key, operator, values ?? [], labels));
}

/** True for a selector without any requirement. */
export function isEmptySelector(selector: LabelSelectorShape | undefined): boolean {
  if (!selector) return true;
  return Object.keys(selector.matchLabels ?? {}).length === 0 && !selector.matchExpressions?.length;
}
