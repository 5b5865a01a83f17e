import {
  type FieldError,
  type FieldPath,
  invalid,
  isDomainPrefixedPath,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '@kubets/core';
import { validatePodTemplateSpec } from '../core/pod/validation.ts';
import {
  invalidUnquoted,
  validateNonNegative,
  validateNonNegativeFields,
  validateOptionalChoice,
  validateText,
} from '../field-rules.ts';
import { validatePodFailurePolicy } from './pod-failure-policy.ts';
import type { JobSpec, SuccessPolicy, SuccessPolicyRule } from './shared.ts';

const MAX_INDEXED_PARALLELISM = 100_000;
const MAX_FAILED_INDEXES = 100_000;
const MANY_COMPLETIONS = 100_000;
const MAX_WITH_MANY_COMPLETIONS = 10_000;
const MAX_MANAGED_BY_BYTES = 63;
const MAX_SUCCESS_RULES = 20;
const MAX_SUCCEEDED_INDEXES_BYTES = 64 * 1024;

/** Rules for a job's spec, whether it stands in a job or in the template of a cron job; the selector is not looked at. */
export function validateJobSpec(spec: JobSpec, path: FieldPath): FieldError[] {
  const errors = validateNonNegativeFields(spec, path, [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ]);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(path.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'));
  }
  errors.push(
    ...validateManagedBy(spec.managedBy, path.child('managedBy')),
    ...validateCompletionMode(spec, path),
    ...(spec.podFailurePolicy ? validatePodFailurePolicy(spec, path.child('podFailurePolicy')) : []),
    ...(spec.successPolicy ? validateSuccessPolicy(spec, spec.successPolicy, path.child('successPolicy')) : []),
    ...validateReplacementPolicy(spec, path.child('podReplacementPolicy')),
    ...validatePodTemplateSpec(spec.template, path.child('template')),
    ...validateRestartPolicy(spec, path.child('template', 'spec', 'restartPolicy')),
  );
  return errors;
}

function validateManagedBy(manager: string | undefined, path: FieldPath): FieldError[] {
  if (manager === undefined) return [];
  const errors = validateText(manager, path, isDomainPrefixedPath);
  if (manager.length > MAX_MANAGED_BY_BYTES) errors.push(tooLong(path, MAX_MANAGED_BY_BYTES));
  return errors;
}

function validateCompletionMode(spec: JobSpec, path: FieldPath): FieldError[] {
  if (spec.completionMode === undefined) return [];
  const errors = validateOptionalChoice(spec.completionMode, path.child('completionMode'), ['NonIndexed', 'Indexed']);
  if (spec.completionMode === 'Indexed') return [...errors, ...validateIndexed(spec, path)];
  if (spec.completionMode !== 'NonIndexed') return errors;
  for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[name] !== undefined)
      errors.push(invalid(path.child(name), spec[name], 'requires indexed completion mode'));
  }
  return errors;
}

function validateIndexed(spec: JobSpec, path: FieldPath): FieldError[] {
  const { completions, parallelism, maxFailedIndexes } = spec;
  const errors: FieldError[] = [];
  if (completions === undefined) errors.push(required(path.child('completions'), 'when completion mode is Indexed'));
  if (parallelism !== undefined && parallelism > MAX_INDEXED_PARALLELISM) {
    const detail = `must be less than or equal to ${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`;
    errors.push(invalid(path.child('parallelism'), parallelism, detail));
  }
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    errors.push(invalid(path.child('maxFailedIndexes'), maxFailedIndexes, 'must be less than or equal to completions'));
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_FAILED_INDEXES) {
    const detail = `must be less than or equal to ${MAX_FAILED_INDEXES}`;
    errors.push(invalid(path.child('maxFailedIndexes'), maxFailedIndexes, detail));
  }
  if ((completions ?? 0) > MANY_COMPLETIONS && spec.backoffLimitPerIndex !== undefined) {
    errors.push(...validateManyCompletions(spec, path));
  }
  return errors;
}

/** The status of so many indexes has to fit into one object, so fewer of them may run or fail. */
function validateManyCompletions({ maxFailedIndexes, parallelism }: JobSpec, path: FieldPath): FieldError[] {
  const detail = `must be less than or equal to ${MAX_WITH_MANY_COMPLETIONS} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  const errors: FieldError[] = [];
  if (maxFailedIndexes === undefined) {
    errors.push(
      required(path.child('maxFailedIndexes'), `must be specified when completions is above ${MANY_COMPLETIONS}`),
    );
  } else if (maxFailedIndexes > MAX_WITH_MANY_COMPLETIONS) {
    errors.push(invalid(path.child('maxFailedIndexes'), maxFailedIndexes, detail));
  }
  if (parallelism !== undefined && parallelism > MAX_WITH_MANY_COMPLETIONS) {
    errors.push(invalid(path.child('parallelism'), parallelism, detail));
  }
  return errors;
}

function validateReplacementPolicy({ podReplacementPolicy, podFailurePolicy }: JobSpec, path: FieldPath): FieldError[] {
  const choices = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return validateOptionalChoice(podReplacementPolicy, path, choices);
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: FieldPath): FieldError[] {
  const policy = template.spec?.restartPolicy;
  // Templates get the default of pods, Always; to the user that is a value left out.
  if (!policy || policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(path, policy, ['OnFailure', 'Never'])];
  if (podFailurePolicy && policy !== 'Never') {
    return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
  }
  return [];
}

function validateSuccessPolicy(spec: JobSpec, policy: SuccessPolicy, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.completionMode !== 'Indexed') errors.push(invalidUnquoted(path, 'requires indexed completion mode'));
  const rulesPath = path.child('rules');
  const rules = policy.rules ?? [];
  if (rules.length === 0) {
    errors.push(required(rulesPath, 'at least one rules must be specified when the successPolicy is specified'));
  }
  if (rules.length > MAX_SUCCESS_RULES) errors.push(tooMany(rulesPath, rules.length, MAX_SUCCESS_RULES));
  rules.forEach((rule, index) => {
    errors.push(...validateSuccessRule(rule, spec.completions ?? 0, rulesPath.index(index)));
  });
  return errors;
}

function validateSuccessRule(rule: SuccessPolicyRule, completions: number, path: FieldPath): FieldError[] {
  const { succeededCount, succeededIndexes } = rule;
  if (succeededCount === undefined && succeededIndexes === undefined) {
    return [required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  }
  const errors: FieldError[] = [];
  let indexCount: number | undefined;
  const indexesPath = path.child('succeededIndexes');
  if (succeededIndexes !== undefined) {
    if (succeededIndexes.length > MAX_SUCCEEDED_INDEXES_BYTES) {
      errors.push(tooLong(indexesPath, MAX_SUCCEEDED_INDEXES_BYTES));
    }
    const result = countIndexes(succeededIndexes, completions);
    if (typeof result === 'string') {
      errors.push(invalid(indexesPath, succeededIndexes, `error parsing succeededIndexes: ${result}`));
    } else indexCount = result;
  }
  if (succeededCount !== undefined) {
    const countPath = path.child('succeededCount');
    errors.push(...validateNonNegative(succeededCount, countPath));
    if (succeededCount > completions) {
      const detail = `must be less than or equal to ${completions} (the number of specified completions)`;
      errors.push(invalid(countPath, succeededCount, detail));
    }
    if (indexCount !== undefined && succeededCount > indexCount) {
      const detail = `must be less than or equal to ${indexCount} (the number of indexes in the specified succeededIndexes field)`;
      errors.push(invalid(countPath, succeededCount, detail));
    }
  }
  return errors;
}

/** How many indexes a text such as `1,3-5` names, or what is wrong with it. */
function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let count = 0;
  let previous = -1;
  for (const interval of text.split(',')) {
    const bounds = interval.split('-');
    if (bounds.length > 2)
      return `the fragment "${interval}" violates the requirement that an index interval can have at most two parts separated by '-'`;
    const [first, last = first] = bounds.map((bound) => (/^[0-9]+$/.test(bound) ? Number(bound) : Number.NaN));
    const bad = bounds.find((bound) => !/^[0-9]+$/.test(bound));
    if (bad !== undefined || first === undefined || last === undefined) {
      return `cannot convert string to integer for index: ${JSON.stringify(bad ?? '')}`;
    }
    if (first >= completions) return `too large index: ${JSON.stringify(bounds[0])}`;
    if (last >= completions) return `too large index: ${JSON.stringify(bounds[1] ?? bounds[0])}`;
    if (bounds.length === 2 && first >= last) return `non-increasing order, previous: ${first}, current: ${last}`;
    if (first <= previous) return `non-increasing order, previous: ${previous}, current: ${first}`;
    count += last - first + 1;
    previous = last;
  }
  return count;
}
