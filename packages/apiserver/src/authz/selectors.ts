import type { ResourceAttributes } from '@kubets/api';
import {
  badRequest,
  formatFieldSelector,
  formatSelector,
  labelSelectorOf,
  parseFieldSelector,
  parseLabelSelector,
  type SelectorOperator,
} from '@kubets/core';
import type { Attributes } from './authorizer.ts';

type Narrowing = Pick<Attributes, 'fieldSelector' | 'labelSelector'>;
type FieldAttributes = NonNullable<ResourceAttributes['fieldSelector']>;
type LabelAttributes = NonNullable<ResourceAttributes['labelSelector']>;

/** Whether a field selector lets only objects through whose `field` is `value`. One that cannot be read does not. */
export function selectsOnly(fieldSelector: string | undefined, field: string, value: string): boolean {
  const terms = readOr([], () => parseFieldSelector(fieldSelector ?? ''));
  return terms.some((term) => term.field === field && term.operator === '=' && term.value === value);
}

/** What a request limits itself to, as a SubjectAccessReview says it. What cannot be read or said there is left out. */
export function narrowingOf({ fieldSelector = '', labelSelector = '' }: Narrowing): object {
  const fields = readOr([], () => parseFieldSelector(fieldSelector)).map(({ field, operator, value }) => ({
    key: field,
    operator: operator === '=' ? 'In' : 'NotIn',
    values: [value],
  }));
  const labels = readOr([], () => parseLabelSelector(labelSelector).requirements).flatMap(
    ({ key, operator, values }) => {
      const name = REVIEW_OPERATORS[operator];
      return name ? [{ key, operator: name, ...(values.length > 0 ? { values } : {}) }] : [];
    },
  );
  return {
    ...(fields.length > 0 ? { fieldSelector: { requirements: fields } } : {}),
    ...(labels.length > 0 ? { labelSelector: { requirements: labels } } : {}),
  };
}

const REVIEW_OPERATORS: Readonly<Partial<Record<SelectorOperator, string>>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
};

function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** The selectors of a review as texts, and what is to be said of those that cannot be read: they are ignored. */
export function selectorsOfReview({ fieldSelector, labelSelector }: ResourceAttributes): {
  readonly narrowing: Narrowing;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const read = (name: keyof Narrowing, textOf: () => string) => {
    const text = readOr(undefined, textOf);
    if (text === undefined) problems.push(`spec.resourceAttributes.${name} ignored due to parse error`);
    return text ? { [name]: text } : {};
  };
  const fields = read('fieldSelector', () => (fieldSelector ? fieldText(fieldSelector) : ''));
  const labels = read('labelSelector', () => (labelSelector ? labelText(labelSelector) : ''));
  return { narrowing: { ...fields, ...labels }, problems };
}

function fieldText({ rawSelector, requirements = [] }: FieldAttributes): string {
  if (rawSelector) return formatFieldSelector(parseFieldSelector(rawSelector));
  const terms = requirements.map(({ key, operator, values = [] }) => {
    if (values.length !== 1 || (operator !== 'In' && operator !== 'NotIn')) {
      throw badRequest('field selectors compare with one value');
    }
    return { field: key, operator: operator === 'In' ? '=' : '!=', value: values[0]! } as const;
  });
  return formatFieldSelector(terms);
}

function labelText({ rawSelector, requirements = [] }: LabelAttributes): string {
  return formatSelector(
    rawSelector ? parseLabelSelector(rawSelector) : labelSelectorOf({ matchExpressions: requirements }),
  );
}
