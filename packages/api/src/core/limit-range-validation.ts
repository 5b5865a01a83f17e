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
  if (type.includes('/') || TYPES.has(type)) return errors;
  return [...errors, invalid(path, type, 'must be a standard limit type or fully qualified')];
}

const SIDES = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

function validateItem(item: LimitRangeItem, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const side of SIDES) {
    for (const name of Object.keys(item[side] ?? {}))
      errors.push(...validateName(item.type, name, path.child(side).key(name)));
  }
  if (item.type === 'Pod') {
    for (const side of ['default', 'defaultRequest'] as const) {
      if (Object.keys(item[side] ?? {}).length === 0) continue;
      errors.push(fieldForbidden(path.child(side), "may not be specified when `type` is 'Pod'"));
    }
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(path.child('limits'), detail));
  }
  const names = new Set(SIDES.flatMap((side) => Object.keys(item[side] ?? {})));
  return [...errors, ...[...names].flatMap((name) => validateOrder(item, name, path))];
}

function validateName(type: string, name: string, path: FieldPath): FieldError[] {
  return type === 'Container' || type === 'Pod'
    ? validateContainerResourceName(name, path)
    : validateResourceName(name, path);
}

/** Pairs of bounds of which the first may not be above the second, as messages call them. */
const ORDERED = [
  ['min', 'min', 'max', 'max'],
  ['defaultRequest', 'default request', 'max', 'max'],
  ['default', 'default', 'max', 'max'],
  ['defaultRequest', 'default request', 'default', 'default limit'],
] as const;

function validateOrder(item: LimitRangeItem, name: string, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const [low, lowText, high, highText] of ORDERED) {
    const [small, large] = [item[low]?.[name], item[high]?.[name]];
    if (
      small === undefined ||
      large === undefined ||
      amountOf(item[low], name).compare(amountOf(item[high], name)) <= 0
    )
      continue;
    const detail = `${lowText} value ${small} is greater than ${highText} value ${large}`;
    errors.push(invalid(path.child(low).key(name), small, detail));
  }
  errors.push(...validateAboveMin(item, name, path), ...validateRatio(item, name, path));
  const [request, limit] = [item.defaultRequest?.[name], item.default?.[name]];
  if (!isOvercommitAllowed(name) && request !== undefined && limit !== undefined && request !== limit) {
    const detail = `default value ${limit} must equal to defaultRequest value ${request} in this resource type: ${name}`;
    errors.push(invalid(path.child('defaultRequest').key(name), request, detail));
  }
  return errors;
}

function validateAboveMin(item: LimitRangeItem, name: string, path: FieldPath): FieldError[] {
  const min = item.min?.[name];
  if (min === undefined) return [];
  return (['defaultRequest', 'default'] as const).flatMap((side) => {
    const value = item[side]?.[name];
    if (value === undefined || amountOf(item.min, name).compare(amountOf(item[side], name)) <= 0) return [];
    const text = side === 'default' ? 'default' : 'default request';
    return [invalid(path.child(side).key(name), value, `min value ${min} is greater than ${text} value ${value}`)];
  });
}

function validateRatio(item: LimitRangeItem, name: string, path: FieldPath): FieldError[] {
  const ratio = Quantity.tryParse(item.maxLimitRequestRatio?.[name]);
  if (!ratio) return [];
  const at = path.child('maxLimitRequestRatio').key(name);
  if (ratio.compare(Quantity.of(1)) < 0) return [invalid(at, ratio.toString(), `ratio ${ratio} is less than 1`)];
  const [max, min] = [amountOf(item.max, name), amountOf(item.min, name)];
  if (max.isZero() || min.isZero()) return [];
  const widest = max.toNumber() / min.toNumber();
  if (ratio.toNumber() <= widest) return [];
  return [invalid(at, ratio.toString(), `ratio ${ratio} is greater than max/min = ${widest.toFixed(6)}`)];
}
