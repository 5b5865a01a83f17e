import {
  duplicate,
  type FieldError,
  type FieldPath,
  fieldForbidden,
  fieldNotFound,
  invalid,
  notSupported,
  Quantity,
  required,
} from '@kubets/core';
import { validateChoice } from '../../field-rules.ts';
import type { ContainerResizePolicy, ContainerResourceClaim, ResourceRequirements } from '../container.ts';
import type { PodSpec } from '../pod.ts';
import { amountOf, type ResourceList } from '../resource-list.ts';
import {
  isCountedResource,
  isHugePages,
  isOvercommitAllowed,
  validateContainerResourceName,
} from '../resource-name.ts';
import { isPodLevelResource } from './resources.ts';

/** Resources, and what in the pod their claims may refer to; without `claims` none is looked up. */
export interface ResourceRules {
  readonly resources: ResourceRequirements;
  readonly path: FieldPath;
  readonly claims: ReadonlySet<string> | undefined;
  readonly isPodLevel?: boolean;
}

export function validateResources({ resources, path, claims, isPodLevel = false }: ResourceRules): FieldError[] {
  const { limits = {}, requests = {} } = resources;
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  const errors = [
    ...validateResourceList(limits, path.child('limits')),
    ...validateResourceList(requests, path.child('requests')),
    ...validateRequestsWithin(requests, limits, path),
  ];
  if (isPodLevel) errors.push(...validatePodLevelNames(limits, requests, path));
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory') && !isPodLevel) {
    errors.push(fieldForbidden(path, 'HugePages require cpu or memory'));
  }
  return claims ? [...errors, ...validateClaims(resources.claims, claims, path.child('claims'))] : errors;
}

function validatePodLevelNames(limits: ResourceList, requests: ResourceList, path: FieldPath): FieldError[] {
  const supported = ['cpu', 'hugepages-', 'memory'];
  return Object.entries({ limits, requests }).flatMap(([side, resources]) =>
    Object.keys(resources)
      .filter((name) => !isPodLevelResource(name))
      .map((name) => notSupported(path.child(side).key(name), name, supported)),
  );
}

/** Names and amounts of one side of the requirements. */
export function validateResourceList(resources: Readonly<ResourceList> | undefined, path: FieldPath): FieldError[] {
  return Object.entries(resources ?? {}).flatMap(([name, amount]) => [
    ...validateContainerResourceName(name, path.key(name)),
    ...validateAmount(name, amount, path.key(name)),
  ]);
}

/** An amount of a resource: not negative, and whole where the resource cannot be divided. */
export function validateQuantity(name: string, text: string, path: FieldPath): FieldError[] {
  const amount = Quantity.tryParse(text);
  if (!amount) return [invalid(path, text, 'must be a quantity')];
  const errors: FieldError[] = [];
  if (amount.sign() < 0) errors.push(invalid(path, text, 'must be greater than or equal to 0'));
  if (isCountedResource(name) && amount.milliValue() % 1000 !== 0) {
    errors.push(invalid(path, text, 'must be an integer'));
  }
  return errors;
}

/** As `validateQuantity`, and huge pages are whole pages. */
function validateAmount(name: string, text: string, path: FieldPath): FieldError[] {
  const amount = Quantity.tryParse(text);
  const pages = amount && isHugePages(name) ? validatePageMultiple(name, amount, path) : [];
  return [...validateQuantity(name, text, path), ...pages];
}

function validatePageMultiple(name: string, amount: Quantity, path: FieldPath): FieldError[] {
  const page = Quantity.tryParse(name.slice('hugepages-'.length));
  if (page && page.sign() > 0 && amount.nanoValue() % page.nanoValue() === 0n) return [];
  return [invalid(path, amount.toString(), `${amount} is not positive integer multiple of ${name}`)];
}

function validateRequestsWithin(requests: ResourceList, limits: ResourceList, path: FieldPath): FieldError[] {
  return Object.entries(requests).flatMap(([name, text]) => {
    const at = path.child('requests');
    const limit = limits[name];
    if (limit === undefined) {
      return isOvercommitAllowed(name)
        ? []
        : [required(path.child('limits'), 'Limit must be set for non overcommitable resources')];
    }
    const order = amountOf(requests, name).compare(amountOf(limits, name));
    if (order !== 0 && !isOvercommitAllowed(name)) {
      return [invalid(at, text, `must be equal to ${name} limit of ${limit}`)];
    }
    return order > 0 ? [invalid(at, text, `must be less than or equal to ${name} limit of ${limit}`)] : [];
  });
}

function validateClaims(
  claims: readonly ContainerResourceClaim[] | undefined,
  known: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return (claims ?? []).flatMap(({ name, request = '' }, index) => {
    const at = path.index(index);
    if (!name) return [required(at.child('name'))];
    const key = request ? `${name}/${request}` : name;
    const errors: FieldError[] = [];
    if (seen.has(key) || seen.has(name)) errors.push(duplicate(at, key));
    else seen.add(key);
    if (!known.has(name)) errors.push(fieldNotFound(at.child('name'), name));
    return errors;
  });
}

const RESIZABLE_RESOURCES = ['cpu', 'memory'];
const RESIZE_RESTARTS = ['NotRequired', 'RestartContainer'];

export function validateResizePolicy(
  policies: readonly ContainerResizePolicy[] | undefined,
  { restartPolicy }: PodSpec,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return (policies ?? []).flatMap((policy, index) => {
    const at = path.index(index);
    const errors = seen.has(policy.resourceName) ? [duplicate(at, policy.resourceName)] : [];
    seen.add(policy.resourceName);
    errors.push(...validateChoice(policy.resourceName, path, RESIZABLE_RESOURCES));
    errors.push(...validateChoice(policy.restartPolicy, path, RESIZE_RESTARTS));
    if (restartPolicy === 'Never' && policy.restartPolicy === 'RestartContainer') {
      const detail = "must be 'NotRequired' when `restartPolicy` is 'Never'";
      errors.push(invalid(path, policy.restartPolicy, detail));
    }
    return errors;
  });
}
