import { type FieldError, FieldPath, fieldForbidden, invalid, sameJson } from '@kubets/core';
import type { PodSpec } from '../pod.ts';
import type { NodeSelectorTerm } from '../reference.ts';

const SPEC = new FieldPath('spec');

/** A pod behind scheduling gates can be told more narrowly where to run, never more widely. */
export function validateGatedPlacement(spec: PodSpec, old: PodSpec): FieldError[] {
  return [...validateNodeSelectorGrowth(spec, old), ...validateAffinityGrowth(spec, old)];
}

function validateNodeSelectorGrowth({ nodeSelector = {} }: PodSpec, { nodeSelector: old = {} }: PodSpec): FieldError[] {
  if (Object.entries(old).every(([label, value]) => nodeSelector[label] === value)) return [];
  const detail = 'only additions are allowed to spec.nodeSelector (no mutations or deletions)';
  return [invalid(SPEC.child('nodeSelector'), nodeSelector, detail)];
}

function validateAffinityGrowth({ affinity }: PodSpec, { affinity: old }: PodSpec): FieldError[] {
  const path = SPEC.child('affinity');
  for (const field of ['podAffinity', 'podAntiAffinity'] as const) {
    if (!sameJson(affinity?.[field], old?.[field])) return [fieldForbidden(path.child(field), 'field is immutable')];
  }
  const before = old?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const after = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const at = path.child('nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  if (before.length === 0) return [];
  if (before.length !== after.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [invalid(at, after, detail)];
  }
  return before.flatMap((term, index) =>
    isNarrower(after[index]!, term)
      ? []
      : [invalid(at.index(index), after[index], 'only additions are allowed (no mutations or deletions)')],
  );
}

function isNarrower(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  return (['matchExpressions', 'matchFields'] as const).every((field) => {
    const [now, before] = [term[field] ?? [], old[field] ?? []];
    return sameJson(now.slice(0, before.length), before);
  });
}
