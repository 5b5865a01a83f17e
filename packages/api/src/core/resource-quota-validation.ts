import { type FieldError, FieldPath, invalid, Quantity, required, sameJson } from '@kubets/core';
import type { ResourceList } from './resource-list.ts';
import { isQuotaResource, validateQuotaResourceName } from './resource-name.ts';
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from './resource-quota.ts';

const SPEC = new FieldPath('spec');

/** Resources that are whole things. */
const COUNTED =
  /^(pods|resourcequotas|services(\..*)?|replicationcontrollers|secrets|persistentvolumeclaims|configmaps|count\/.*)$/;

const SCOPES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
];

/** Scopes that are there or not, and have no values. */
const PLAIN_SCOPES = new Set([
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
]);

const POD_RESOURCES = /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$|^pods$|^count\/pods$/;

/** The resources that can be counted in each scope. */
const COUNTABLE_IN_SCOPE: Readonly<Record<string, (resource: string) => boolean>> = {
  BestEffort: (resource) => resource === 'pods' || resource === 'count/pods',
  VolumeAttributesClass: (resource) =>
    resource === 'persistentvolumeclaims' ||
    resource === 'requests.storage' ||
    resource === 'count/persistentvolumeclaims',
};

export function validateResourceQuota({ spec, status }: ResourceQuota): FieldError[] {
  const statusPath = new FieldPath('status');
  return [
    ...validateAmounts(spec.hard, SPEC.child('hard')),
    ...validateScopes(spec),
    ...validateSelector(spec),
    ...validateAmounts(status?.hard, statusPath.child('hard')),
    ...validateAmounts(status?.used, statusPath.child('used')),
  ];
}

function validateAmounts(resources: Readonly<ResourceList> | undefined, path: FieldPath): FieldError[] {
  return Object.entries(resources ?? {}).flatMap(([name, text]) => {
    const at = path.key(name);
    const amount = Quantity.tryParse(text);
    const errors = validateQuotaResourceName(name, at);
    if (amount && amount.sign() < 0) errors.push(invalid(at, text, 'must be greater than or equal to 0'));
    if (amount && COUNTED.test(name) && amount.milliValue() % 1000 !== 0) {
      errors.push(invalid(at, text, 'must be an integer'));
    }
    return errors;
  });
}

function validateScopes({ scopes, hard }: ResourceQuotaSpec): FieldError[] {
  return validateScopeNames(scopes ?? [], hard, SPEC.child('scopes'));
}

function validateScopeNames(
  scopes: readonly string[],
  hard: Readonly<ResourceList> | undefined,
  path: FieldPath,
): FieldError[] {
  return [
    ...scopes.flatMap((scope) => [
      ...(SCOPES.includes(scope) ? [] : [invalid(path, scopes, 'unsupported scope')]),
      ...uncountableIn(scope, hard).map(() => invalid(path, scopes, 'unsupported scope applied to resource')),
    ]),
    ...validateConflicts(scopes, path, scopes),
  ];
}

/** The resources of a quota that cannot be counted within a scope. */
function uncountableIn(scope: string, hard: Readonly<ResourceList> | undefined): string[] {
  const isScope = SCOPES.includes(scope);
  const isCountable = COUNTABLE_IN_SCOPE[scope] ?? ((resource: string) => !isScope || POD_RESOURCES.test(resource));
  return Object.keys(hard ?? {}).filter((resource) => isQuotaResource(resource) && !isCountable(resource));
}

function validateConflicts(scopes: readonly string[], path: FieldPath, quoted: unknown): FieldError[] {
  const errors: FieldError[] = [];
  for (const [one, other] of [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ] as const) {
    if (scopes.includes(one) && scopes.includes(other)) errors.push(invalid(path, quoted, 'conflicting scopes'));
  }
  return errors;
}

function validateSelector({ scopeSelector, hard, scopes }: ResourceQuotaSpec): FieldError[] {
  const path = SPEC.child('scopeSelector', 'matchExpressions');
  const requirements = scopeSelector?.matchExpressions ?? [];
  const names = requirements.map(({ scopeName }) => scopeName);
  const quoted = { MatchExpressions: requirements.map(internalForm) };
  return [
    ...requirements.flatMap((requirement) => [
      ...(SCOPES.includes(requirement.scopeName)
        ? []
        : [invalid(path.child('scopeName'), requirement.scopeName, 'unsupported scope')]),
      ...uncountableIn(requirement.scopeName, hard).map(() =>
        invalid(path, quoted, 'unsupported scope applied to resource'),
      ),
      ...validateRequirement(requirement, path),
    ]),
    ...validateConflicts(names, SPEC.child('scopeSelector', 'matchExpressions'), scopes ?? null),
  ];
}

/** Messages quote structured values by the names that fields have inside of upstream's server. */
function internalForm({ scopeName, operator, values }: ScopedResourceSelectorRequirement): object {
  return { ScopeName: scopeName, Operator: operator, Values: values ?? null };
}

function validateRequirement(requirement: ScopedResourceSelectorRequirement, path: FieldPath): FieldError[] {
  const { scopeName, operator, values = [] } = requirement;
  const at = path.child('values');
  const errors: FieldError[] = [];
  if (PLAIN_SCOPES.has(scopeName) && operator !== 'Exists') {
    const detail =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(invalid(path.child('operator'), operator, detail));
  }
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(required(at, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
      }
      return errors;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
        errors.push(invalid(at, values, detail));
      }
      return errors;
    default:
      return [...errors, invalid(path.child('operator'), operator, 'not a valid selector operator')];
  }
}

/** The scopes say what is counted: they stay. */
export function validateResourceQuotaUpdate({ spec }: ResourceQuota, { spec: old }: ResourceQuota): FieldError[] {
  const [now, before] = [spec.scopes ?? [], old.scopes ?? []].map((scopes) => [...scopes].sort());
  return sameJson(now, before) ? [] : [invalid(SPEC.child('scopes'), spec.scopes, 'field is immutable')];
}

export function validateResourceQuotaStatusUpdate({ metadata, status }: ResourceQuota): FieldError[] {
  if (!metadata.resourceVersion) return [required(new FieldPath('resourceVersion'))];
  const path = new FieldPath('status');
  return [...validateAmounts(status?.hard, path.child('hard')), ...validateAmounts(status?.used, path.child('used'))];
}
