import {
  duplicate,
  type FieldError,
  type FieldPath,
  fieldForbidden,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isValidLabelValue,
  notSupported,
  required,
  validateLabelName,
  validateLabelSelector,
} from '@kubets/core';
import { validateOptionalChoice } from '../field-rules.ts';
import type {
  Affinity,
  NodeAffinity,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from './placement.ts';
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from './reference.ts';

const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const SPREAD_ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'];
const SPREAD_POLICIES = ['Honor', 'Ignore'];

export function validateAffinity(affinity: Affinity | undefined, path: FieldPath): FieldError[] {
  if (!affinity) return [];
  return [
    ...validateNodeAffinity(affinity.nodeAffinity, path.child('nodeAffinity')),
    ...validatePodAffinity(affinity.podAffinity, path.child('podAffinity')),
    ...validatePodAffinity(affinity.podAntiAffinity, path.child('podAntiAffinity')),
  ];
}

function validateNodeAffinity(affinity: NodeAffinity | undefined, path: FieldPath): FieldError[] {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const requiredAt = path.child('requiredDuringSchedulingIgnoredDuringExecution');
  return [
    ...(required ? validateNodeSelector(required, requiredAt) : []),
    ...preferred.flatMap(({ weight, preference }, index) => {
      const at = path.child('preferredDuringSchedulingIgnoredDuringExecution').index(index);
      return [...validateWeight(weight, at), ...validateNodeSelectorTerm(preference, at.child('preference'), 'any')];
    }),
  ];
}

function validateWeight(weight: number, path: FieldPath): FieldError[] {
  return weight >= 1 && weight <= 100 ? [] : [invalid(path.child('weight'), weight, 'must be in the range 1-100')];
}

/** A selector of nodes; pods and persistent volumes have them. */
export function validateNodeSelector(selector: NodeSelector, path: FieldPath): FieldError[] {
  const at = path.child('nodeSelectorTerms');
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [required(at, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => validateNodeSelectorTerm(term, at.index(index)));
}

/** Preferred terms may ask for values that no label can have: they were never checked. */
type Values = 'labels' | 'any';

function validateNodeSelectorTerm(term: NodeSelectorTerm, path: FieldPath, allowed: Values = 'labels'): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((requirement, index) =>
      validateNodeLabelRequirement(requirement, path.child('matchExpressions').index(index), allowed),
    ),
    ...(term.matchFields ?? []).flatMap((requirement, index) =>
      validateNodeFieldRequirement(requirement, path.child('matchFields').index(index)),
    ),
  ];
}

function validateNodeLabelRequirement(
  requirement: NodeSelectorRequirement,
  path: FieldPath,
  allowed: Values,
): FieldError[] {
  const { key, operator, values = [] } = requirement;
  const at = path.child('values');
  const errors = [...validateOperator(operator, values, path), ...validateLabelName(key, path.child('key'))];
  if (allowed === 'any') return errors;
  return [
    ...errors,
    ...values.flatMap((value, index) =>
      isValidLabelValue(value).map((detail) => invalid(at.index(index), value, detail)),
    ),
  ];
}

function validateOperator(operator: string, values: readonly string[], path: FieldPath): FieldError[] {
  const at = path.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length ? [] : [required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return values.length
        ? [fieldForbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
        : [];
    case 'Gt':
    case 'Lt':
      return values.length === 1
        ? []
        : [required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalid(path.child('operator'), operator, 'not a valid selector operator')];
  }
}

/** Of a node's fields only its name can be selected by. */
function validateNodeFieldRequirement(requirement: NodeSelectorRequirement, path: FieldPath): FieldError[] {
  const { key, operator, values = [] } = requirement;
  const at = path.child('values');
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(path.child('operator'), operator, 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(at, detail));
  }
  if (key !== 'metadata.name') {
    return [...errors, invalid(path.child('key'), key, 'not a valid field selector key')];
  }
  const names = values.flatMap((name, index) =>
    isDns1123Subdomain(name).map((detail) => invalid(at.index(index), name, detail)),
  );
  return [...errors, ...names];
}

function validatePodAffinity(affinity: PodAffinity | undefined, path: FieldPath): FieldError[] {
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const weighted = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return [
    ...terms.flatMap((term, index) =>
      validatePodAffinityTerm(term, path.child('requiredDuringSchedulingIgnoredDuringExecution').index(index)),
    ),
    ...weighted.flatMap(({ weight, podAffinityTerm }, index) => {
      const at = path.child('preferredDuringSchedulingIgnoredDuringExecution').index(index);
      return [...validateWeight(weight, at), ...validatePodAffinityTerm(podAffinityTerm, at.child('podAffinityTerm'))];
    }),
  ];
}

function validatePodAffinityTerm(term: PodAffinityTerm, path: FieldPath): FieldError[] {
  return [
    ...validateLabelSelector(term.labelSelector, path.child('labelSelector')),
    ...validateLabelSelector(term.namespaceSelector, path.child('namespaceSelector')),
    ...(term.namespaces ?? []).flatMap((name) =>
      isDns1123Label(name).map((detail) => invalid(path.child('namespace'), name, detail)),
    ),
    ...validateMatchKeys(term, 'matchLabelKeys', path),
    ...validateMatchKeys(term, 'mismatchLabelKeys', path),
    ...validateTopologyKey(term.topologyKey, path.child('topologyKey')),
    ...validateLabelName(term.topologyKey, path.child('topologyKey')),
  ];
}

function validateTopologyKey(key: string, path: FieldPath): FieldError[] {
  return key ? [] : [required(path, 'can not be empty')];
}

function validateMatchKeys(
  term: PodAffinityTerm,
  field: 'matchLabelKeys' | 'mismatchLabelKeys',
  path: FieldPath,
): FieldError[] {
  const keys = term[field] ?? [];
  const at = path.child(field);
  if (keys.length === 0) return [];
  if (!term.labelSelector) return [fieldForbidden(at, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, index) => {
    const errors = validateLabelName(key, at.index(index));
    if (field === 'matchLabelKeys' && term.mismatchLabelKeys?.includes(key)) {
      errors.push(invalid(at.index(index), key, 'exists in both matchLabelKeys and mismatchLabelKeys'));
    }
    return errors;
  });
}

export function validateTolerations(tolerations: readonly Toleration[] | undefined, path: FieldPath): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, index) => validateToleration(toleration, path.index(index)));
}

function validateToleration(toleration: Toleration, path: FieldPath): FieldError[] {
  const { key, operator, effect, tolerationSeconds } = toleration;
  const errors = key ? validateLabelName(key, path.child('key')) : [];
  if (!key && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(path.child('operator'), operator ?? '', detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalid(path.child('effect'), effect ?? '', detail));
  }
  errors.push(...validateTolerationValue(toleration, path));
  if (effect) errors.push(...validateOptionalChoice(effect, path.child('effect'), TAINT_EFFECTS, 'as given'));
  return errors;
}

function validateTolerationValue({ operator, value = '' }: Toleration, path: FieldPath): FieldError[] {
  const at = path.child('operator');
  switch (operator) {
    case undefined:
    case '':
    case 'Equal': {
      const complaints = isValidLabelValue(value);
      return complaints.length ? [invalid(at, value, complaints.join(';'))] : [];
    }
    case 'Exists':
      return value ? [invalid(at, value, "value must be empty when `operator` is 'Exists'")] : [];
    case 'Lt':
    case 'Gt':
      return /^(0|-?[1-9][0-9]*)$/.test(value)
        ? []
        : [invalid(path.child('value'), value, 'must be a valid integer when operator is Lt or Gt')];
    default:
      return [notSupported(at, operator, ['Equal', 'Exists', 'Gt', 'Lt'])];
  }
}

export function validateTopologySpreadConstraints(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  path: FieldPath,
): FieldError[] {
  const pairs = (constraints ?? []).map((constraint) => pairOf(constraint));
  return (constraints ?? []).flatMap((constraint, index) =>
    validateSpread(constraint, path.index(index), { isRepeated: pairs.indexOf(pairs[index]!, index + 1) > 0 }),
  );
}

/** What may be said only once in a pod; of two constraints that say it the earlier one is blamed. */
function pairOf({ topologyKey, whenUnsatisfiable }: TopologySpreadConstraint): string {
  return `{${topologyKey}, ${whenUnsatisfiable}}`;
}

function validateSpread(
  constraint: TopologySpreadConstraint,
  path: FieldPath,
  { isRepeated }: { isRepeated: boolean },
): FieldError[] {
  const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector, matchLabelKeys = [] } = constraint;
  const errors: FieldError[] = [];
  if (maxSkew <= 0) errors.push(invalid(path.child('maxSkew'), maxSkew, 'must be greater than zero'));
  errors.push(...validateTopologyKey(topologyKey, path.child('topologyKey')));
  if (!SPREAD_ACTIONS.includes(whenUnsatisfiable)) {
    errors.push(notSupported(path.child('whenUnsatisfiable'), whenUnsatisfiable, SPREAD_ACTIONS));
  }
  if (isRepeated) errors.push(duplicate(path.child('{topologyKey, whenUnsatisfiable}'), pairOf(constraint)));
  errors.push(...validateMinDomains(constraint, path.child('minDomains')));
  for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
    errors.push(...validateOptionalChoice(constraint[field], path.child(field), SPREAD_POLICIES));
  }
  const at = path.child('matchLabelKeys');
  if (matchLabelKeys.length > 0 && !labelSelector) {
    errors.push(fieldForbidden(at, 'must not be specified when labelSelector is not set'));
  }
  errors.push(...matchLabelKeys.flatMap((key, index) => validateLabelName(key, at.index(index))));
  return [...errors, ...validateLabelSelector(labelSelector, path.child('labelSelector'))];
}

function validateMinDomains(constraint: TopologySpreadConstraint, path: FieldPath): FieldError[] {
  const { minDomains, whenUnsatisfiable } = constraint;
  if (minDomains === undefined) return [];
  const errors: FieldError[] = [];
  if (minDomains <= 0) errors.push(invalid(path, minDomains, 'must be greater than zero'));
  if (whenUnsatisfiable !== 'DoNotSchedule') {
    const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
    errors.push(invalid(path, minDomains, detail));
  }
  return errors;
}
