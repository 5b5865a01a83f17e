import { type LabelSelector, labelMatcher, type Pod } from '@kubets/api';
import type { PodSelection } from '../cache/pod-counts.ts';

const isLive = (pod: Pod) => pod.metadata.deletionTimestamp === undefined;

/** Adds the pod's own values of further label keys to a selector: `In` for equal, `NotIn` for different ones. */
export function withLabelKeys(
  selector: LabelSelector | undefined,
  pod: Pod,
  keys: { readonly match?: readonly string[]; readonly mismatch?: readonly string[] },
): LabelSelector | undefined {
  if (!selector) return undefined;
  const expressions = (names: readonly string[] | undefined, operator: string) =>
    (names ?? []).flatMap((key) => {
      const value = pod.metadata.labels?.[key];
      return value === undefined ? [] : [{ key, operator, values: [value] }];
    });
  const more = [...expressions(keys.match, 'In'), ...expressions(keys.mismatch, 'NotIn')];
  if (more.length === 0) return selector;
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...more] };
}

/** Pods of one namespace by label selector, without those being deleted. */
export function namespacedSelection(namespace: string, selector: LabelSelector | undefined): PodSelection {
  const matches = labelMatcher(selector);
  return {
    key: `${namespace}\n${JSON.stringify(selector)}`,
    matches: (pod) => pod.metadata.namespace === namespace && isLive(pod) && matches(pod.metadata.labels),
  };
}
