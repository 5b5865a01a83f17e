import { duplicate, type FieldError, type FieldPath, invalid, isQualifiedName, required, tooMany } from '@kubets/core';
import { invalidUnquoted, validateChoice, validateText } from '../field-rules.ts';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from './shared.ts';

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_CONDITIONS = 20;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];

/** Rules for what a job does when one of its pods fails. */
export function validatePodFailurePolicy(spec: JobSpec, path: FieldPath): FieldError[] {
  const rulesPath = path.child('rules');
  const rules = spec.podFailurePolicy?.rules ?? [];
  const podSpec = spec.template.spec;
  const containers = [...(podSpec?.containers ?? []), ...(podSpec?.initContainers ?? [])];
  const names = new Set(containers.map(({ name }) => name));
  return [
    ...(rules.length > MAX_RULES ? [tooMany(rulesPath, rules.length, MAX_RULES)] : []),
    ...rules.flatMap((rule, index) => validateRule({ spec, rule, names, path: rulesPath.index(index) })),
  ];
}

interface RuleAt {
  readonly spec: JobSpec;
  readonly rule: PodFailurePolicyRule;
  /** Names of the template's containers. */
  readonly names: ReadonlySet<string>;
  readonly path: FieldPath;
}

function validateRule({ spec, rule, names, path }: RuleAt): FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const errors = validateAction(action, spec, path.child('action'));
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, names, path.child('onExitCodes')));
  const conditionsPath = path.child('onPodConditions');
  if (onPodConditions.length > MAX_CONDITIONS) {
    errors.push(tooMany(conditionsPath, onPodConditions.length, MAX_CONDITIONS));
  }
  onPodConditions.forEach((pattern, index) => {
    errors.push(...validatePattern(pattern, conditionsPath.index(index)));
  });
  if (onExitCodes && onPodConditions.length > 0) {
    errors.push(invalidUnquoted(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    errors.push(invalidUnquoted(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

function validateAction(action: string, spec: JobSpec, path: FieldPath): FieldError[] {
  if (!action) return [required(path, `valid values: [${ACTIONS.map((item) => `"${item}"`).join(' ')}]`)];
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    return [invalid(path, action, 'requires the backoffLimitPerIndex to be set')];
  }
  return validateChoice(action, path, ACTIONS);
}

function validateExitCodes(
  { operator, containerName, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  names: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] {
  const errors = validateChoice(operator, path.child('operator'), ['In', 'NotIn']);
  if (containerName !== undefined && !names.has(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(path.child('containerName'), containerName, detail));
  }
  const valuesPath = path.child('values');
  if (values.length === 0) errors.push(invalid(valuesPath, values, 'at least one value is required'));
  if (values.length > MAX_EXIT_CODES) errors.push(tooMany(valuesPath, values.length, MAX_EXIT_CODES));
  values.forEach((value, index) => {
    if (operator === 'In' && value === 0) {
      errors.push(invalid(valuesPath.index(index), value, 'must not be 0 for the In operator'));
    }
    if (values.indexOf(value) < index) errors.push(duplicate(valuesPath.index(index), value));
  });
  if (values.some((value, index) => index > 0 && value < values[index - 1]!)) {
    errors.push(invalid(valuesPath, values, 'must be ordered'));
  }
  return errors;
}

function validatePattern(pattern: PodFailurePolicyOnPodConditionsPattern, path: FieldPath): FieldError[] {
  return [
    ...validateText(pattern.type, path.child('type'), isQualifiedName),
    ...validateChoice(pattern.status, path.child('status'), ['False', 'True', 'Unknown']),
  ];
}
