import {
  duplicate,
  type FieldError,
  type FieldPath,
  invalid,
  isCIdentifier,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  notSupported,
  required,
  tooMany,
} from '@kubets/core';
import { validateChoice, validateRequiredText, validateText } from '../field-rules.ts';
import { validateDriverName } from '../storage/csi-driver.ts';
import { deviceExpressionErrors } from './device-expressions.ts';
import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  OpaqueDeviceConfiguration,
} from './shared.ts';

const MAX_REQUESTS = 32;
const MAX_CONSTRAINTS = 32;
const MAX_CONFIGS = 32;
const MAX_SELECTORS = 32;
const MAX_SUBREQUESTS = 8;
const MAX_TOLERATIONS = 16;
const CEL_MAX_BYTES = 10 * 1024;

type Allocation = Pick<ExactDeviceRequest, 'allocationMode' | 'count'>;

/** A request for devices that says nothing of their number is for one. */
export function applyDeviceClaimDefaults(claim: DeviceClaim | undefined): void {
  const applyCount = (request: Allocation) => {
    request.allocationMode ||= 'ExactCount';
    if (request.allocationMode === 'ExactCount') request.count ||= 1;
  };
  for (const { exactly, firstAvailable } of claim?.requests ?? []) {
    if (exactly) applyCount(exactly);
    for (const request of firstAvailable ?? []) applyCount(request);
  }
}

export function validateDeviceClaim(claim: DeviceClaim | undefined, path: FieldPath): FieldError[] {
  const { requests = [], constraints = [], config = [] } = claim ?? {};
  const names = requestNames(requests);
  return [
    ...validateList(requests, path.child('requests'), MAX_REQUESTS, validateRequest),
    ...duplicateNames(requests, path.child('requests')),
    ...validateList(constraints, path.child('constraints'), MAX_CONSTRAINTS, (constraint, at) =>
      validateConstraint(constraint, names, at),
    ),
    ...validateList(config, path.child('config'), MAX_CONFIGS, (entry, at) => [
      ...validateRequestNames(entry.requests ?? [], names, at.child('requests')),
      ...validateOpaque(entry.opaque, at.child('opaque')),
    ]),
  ];
}

/** A list whose items are checked one by one, and which is not too long. */
export function validateList<T>(
  items: readonly T[],
  path: FieldPath,
  max: number,
  validate: (item: T, path: FieldPath) => FieldError[],
): FieldError[] {
  const errors = items.flatMap((item, index) => validate(item, path.index(index)));
  return items.length > max ? [...errors, tooMany(path, items.length, max)] : errors;
}

function duplicateNames(items: readonly { name: string }[], path: FieldPath): FieldError[] {
  return items.flatMap(({ name }, index) =>
    items.findIndex((item) => item.name === name) < index ? [duplicate(path.index(index).child('name'), name)] : [],
  );
}

/** What constraints and configuration may refer to: requests, and the alternatives inside them. */
function requestNames(requests: readonly DeviceRequest[]): Set<string> {
  return new Set(
    requests.flatMap(({ name, firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((request) => `${name}/${request.name}`),
    ]),
  );
}

function validateRequest(request: DeviceRequest, path: FieldPath): FieldError[] {
  const { name, exactly, firstAvailable = [] } = request;
  const errors = validateRequiredText(name, path.child('name'), isDns1123Label);
  const hasAlternatives = firstAvailable.length > 0;
  if (exactly && hasAlternatives) {
    const detail = 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set';
    errors.push(invalid(path, null, detail));
  }
  if (!exactly && !hasAlternatives) {
    errors.push(required(path, 'exactly one of `exactly` or `firstAvailable` is required'));
  }
  if (exactly) errors.push(...validateDeviceRequest(exactly, path.child('exactly')));
  const alternativesPath = path.child('firstAvailable');
  return [
    ...errors,
    ...validateList(firstAvailable, alternativesPath, MAX_SUBREQUESTS, (alternative, at) => [
      ...validateRequiredText(alternative.name, at.child('name'), isDns1123Label),
      ...validateDeviceRequest(alternative, at),
    ]),
    ...duplicateNames(firstAvailable, alternativesPath),
  ];
}

function validateDeviceRequest(request: ExactDeviceRequest | DeviceSubRequest, path: FieldPath): FieldError[] {
  const { allocationMode = '', count } = request;
  const errors = validateRequiredText(request.deviceClassName, path.child('deviceClassName'), isDns1123Subdomain);
  const countPath = path.child('count');
  if (allocationMode === 'All' && count) {
    errors.push(invalid(countPath, count, "must not be specified when allocationMode is 'All'"));
  } else if (allocationMode === 'ExactCount' && (count ?? 0) <= 0) {
    errors.push(invalid(countPath, count ?? 0, 'must be greater than zero'));
  } else if (allocationMode !== 'All' && allocationMode !== 'ExactCount') {
    errors.push(notSupported(path.child('allocationMode'), allocationMode, ['All', 'ExactCount']));
  }
  return [
    ...errors,
    ...validateSelectors(request.selectors ?? [], path.child('selectors')),
    ...validateList(request.tolerations ?? [], path.child('tolerations'), MAX_TOLERATIONS, validateToleration),
  ];
}

export function validateSelectors(selectors: readonly DeviceSelector[], path: FieldPath): FieldError[] {
  return validateList(selectors, path, MAX_SELECTORS, ({ cel }, at) => {
    if (!cel) return [required(at.child('cel'))];
    const expressionPath = at.child('cel', 'expression');
    if (!cel.expression) return [required(expressionPath)];
    if (cel.expression.length <= CEL_MAX_BYTES) return deviceExpressionErrors(cel.expression, expressionPath);
    return [
      {
        type: 'FieldValueTooLong',
        field: `${expressionPath}`,
        message: `Too long: may not be more than ${CEL_MAX_BYTES} bytes`,
      },
    ];
  });
}

function validateToleration({ key, operator, value, effect }: DeviceToleration, path: FieldPath): FieldError[] {
  const errors = key ? validateText(key, path.child('key'), isQualifiedName) : [];
  const keyPath = path.child('key');
  if (!key && operator !== 'Exists') errors.push(required(keyPath, "must be set when operator is not 'Exists'"));
  if (operator === 'Exists' && value) {
    errors.push(invalid(path.child('value'), value, 'must be empty for operator `Exists`'));
  }
  errors.push(...validateChoice(operator ?? 'Equal', path.child('operator'), ['Equal', 'Exists']));
  return effect
    ? [...errors, ...validateChoice(effect, path.child('effect'), ['NoSchedule', 'NoExecute', 'None'])]
    : errors;
}

function validateConstraint(constraint: DeviceConstraint, names: ReadonlySet<string>, path: FieldPath): FieldError[] {
  const { matchAttribute, distinctAttribute, requests = [] } = constraint;
  const errors = validateRequestNames(requests, names, path.child('requests'));
  if (matchAttribute !== undefined) {
    errors.push(...validateAttributeName(matchAttribute, path.child('matchAttribute')));
  } else if (distinctAttribute !== undefined) {
    errors.push(...validateAttributeName(distinctAttribute, path.child('distinctAttribute')));
  } else errors.push(required(path, 'exactly one of `matchAttribute` or `distinctAttribute` is required'));
  return errors;
}

function validateRequestNames(requests: readonly string[], names: ReadonlySet<string>, path: FieldPath): FieldError[] {
  return requests.flatMap((name, index) => {
    const at = path.index(index);
    const errors = requests.indexOf(name) < index ? [duplicate(at, name)] : [];
    if (names.has(name)) return errors;
    return [
      ...errors,
      invalid(
        at,
        name,
        "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
      ),
    ];
  });
}

/** An attribute with the domain that defines it. */
function validateAttributeName(name: string, path: FieldPath): FieldError[] {
  if (!name) return [required(path)];
  const parts = name.split('/');
  const [domain = '', id = ''] = parts;
  if (parts.length !== 2) return [invalid(path, name, 'must include a domain')];
  return [...validateText(domain, path, isDns1123Subdomain), ...validateText(id, path, isCIdentifier)];
}

export function validateOpaque(opaque: OpaqueDeviceConfiguration | undefined, path: FieldPath): FieldError[] {
  if (!opaque) return [required(path)];
  const errors = validateDriverName(opaque.driver, path.child('driver'));
  const { parameters } = opaque;
  if (parameters === undefined || parameters === null) return [...errors, required(path.child('parameters'))];
  if (typeof parameters === 'object' && !Array.isArray(parameters)) return errors;
  return [...errors, invalid(path.child('parameters'), '<value omitted>', 'must be a valid JSON object')];
}
