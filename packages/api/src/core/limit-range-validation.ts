import {
  duplicate,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isQualifiedName,
  Quantity,
  required,
} from '@kubets/core';
import { validateText } from '../field-rules.ts';
import type { LimitRange, LimitRangeItem } from './limit-range.ts';
import { amountOf } from './resource-list.ts';
import { isOvercommitAllowed, validateContainerResourceName, validateResourceName } from './resource-name.ts';

export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const path = new FieldPath('spec').child('limits');
  const types = new Set<string>();
  return (spec.limits ?? []).flatMap((item, index) => {
    const at = path.index(index);
    const errors = validateType(item.type, at.child('type'));
    if (types.has(item.type)) errors.push(duplicate(at.child('type'), item.type));
    types.add(item.type);
    return [...errors, ...validateItem(item, at)];
  });
}

const TYPES = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);

function validateType(type: string, path: FieldPath): FieldError[] {
  const errors = validateText(type, path, isQualifiedName);
  if (errors.length > 0 || type.includes('/') || TYPES.has(type)) return errors;
  return [...errors, invalid(path, type, 'must be a standard limit type or fully qualified')];
}

const DEFAULTS = ['default', 'defaultRequest'] as const;
type Side = 'max' | 'min' | 'maxLimitRequestRatio' | (typeof DEFAULTS)[number];

function validateItem(item: LimitRangeItem, path: FieldPath): FieldError[] {
  const isPod = item.type === 'Pod';
  const errors: FieldError[] = [
    ...validateNames(item, ['max', 'min'], path),
    ...(isPod ? validateNoDefaults(item, path) : validateNames(item, DEFAULTS, path)),
  ];
  if (item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(path.child('limits'), detail));
  }
  errors.push(...validateNames(item, ['maxLimitRequestRatio'], path));
  const { default: _, defaultRequest: __, ...withoutDefaults } = item;
  const compared: LimitRangeItem = isPod ? withoutDefaults : item;
  const sides = ['max', 'min', ...DEFAULTS, 'maxLimitRequestRatio'] as const;
  const names = new Set(sides.flatMap((side) => Object.keys(compared[side] ?? {})));
  return [...errors, ...[...names].flatMap((name) => validateOrder(compared, name, path))];
}

function validateNames(item: LimitRangeItem, sides: readonly Side[], path: FieldPath): FieldError[] {
  return sides.flatMap((side) =>
    Object.keys(item[side] ?? {}).flatMap((name) => validateName(item.type, name, path.child(side).key(name))),
  );
}

function validateNoDefaults(item: LimitRangeItem, path: FieldPath): FieldError[] {
  return DEFAULTS.filter((side) => Object.keys(item[side] ?? {}).length > 0).map((side) =>
    fieldForbidden(path.child(side), "may not be specified when `type` is 'Pod'"),
  );
}

function validateName(type: string, name: string, path: FieldPath): FieldError[] {
  return type === 'Container' || type === 'Pod'
    ? validateContainerResourceName(name, path)
    : validateResourceName(name, path);
}

/** Two bounds of which the first may not be above the second: as messages call them, and which of them is quoted. */
interface OrderedBounds {
  readonly low: readonly [side: Side, text: string];
  readonly high: readonly [side: Side, text: string];
  readonly blamed: Side;
  readonly quoted: 'low' | 'high';
}

const ORDERED: readonly OrderedBounds[] = [
  { low: ['min', 'min'], high: ['max', 'max'], blamed: 'min', quoted: 'low' },
  { low: ['min', 'min'], high: ['defaultRequest', 'default request'], blamed: 'defaultRequest', quoted: 'high' },
  { low: ['defaultRequest', 'default request'], high: ['max', 'max'], blamed: 'defaultRequest', quoted: 'low' },
  {
    low: ['defaultRequest', 'default request'],
    high: ['default', 'default limit'],
    blamed: 'defaultRequest',
    quoted: 'low',
  },
  { low: ['min', 'min'], high: ['default', 'default'], blamed: 'default', quoted: 'low' },
  { low: ['default', 'default'], high: ['max', 'max'], blamed: 'default', quoted: 'high' },
];

function validateOrder(item: LimitRangeItem, name: string, path: FieldPath): FieldError[] {
  const errors = ORDERED.flatMap(({ low: [low, lowText], high: [high, highText], blamed, quoted }) => {
    const [small, large] = [item[low]?.[name], item[high]?.[name]];
    if (small === undefined || large === undefined) return [];
    if (amountOf(item[low], name).compare(amountOf(item[high], name)) <= 0) return [];
    const detail = `${lowText} value ${small} is greater than ${highText} value ${large}`;
    return [invalid(path.child(blamed).key(name), quoted === 'low' ? small : large, detail)];
  });
  errors.push(...validateRatio(item, name, path));
  const [request, limit] = [item.defaultRequest?.[name], item.default?.[name]];
  if (isOvercommitAllowed(name) || request === undefined || limit === undefined) return errors;
  if (amountOf(item.defaultRequest, name).compare(amountOf(item.default, name)) === 0) return errors;
  const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
  return [...errors, invalid(path.child('defaultRequest').key(name), request, detail)];
}

function validateRatio(item: LimitRangeItem, name: string, path: FieldPath): FieldError[] {
  const ratio = Quantity.tryParse(item.maxLimitRequestRatio?.[name]);
  if (!ratio) return [];
  const at = path.child('maxLimitRequestRatio').key(name);
  const errors: FieldError[] = [];
  if (ratio.compare(Quantity.of(1)) < 0) errors.push(invalid(at, ratio.toString(), `ratio ${ratio} is less than 1`));
  if (item.max?.[name] === undefined || item.min?.[name] === undefined) return errors;
  const widest = amountOf(item.max, name).toNumber() / amountOf(item.min, name).toNumber();
  if (!(ratio.toNumber() > widest)) return errors;
  const limit = Number.isFinite(widest) ? widest.toFixed(6) : '-Inf';
  return [...errors, invalid(at, ratio.toString(), `ratio ${ratio} is greater than max/min = ${limit}`)];
}
