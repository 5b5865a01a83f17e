import {
  duplicate,
  type FieldError,
  type FieldPath,
  fieldForbidden,
  invalid,
  isCIdentifier,
  isDns1035Label,
  isDns1123Subdomain,
  isPathSegmentName,
  notSupported,
  required,
  validateLabelSelector,
} from '@kubets/core';
import { validateChoice, validateOptionalChoice, validateText } from '../field-rules.ts';
import { expressionErrors, type PolicyScope, variableTypes } from './policy-expressions.ts';
import type { MatchResources, ParamKind, ParamRef, Variable } from './shared.ts';
import { validateRuleWithOperations } from './webhook-rules.ts';

/** What a policy matches where it does not say so. */
export function applyMatchResourcesDefaults(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

export function validateMatchResources(match: MatchResources, path: FieldPath): FieldError[] {
  const rules = (name: 'resourceRules' | 'excludeResourceRules') =>
    (match[name] ?? []).flatMap((rule, index) => {
      const at = path.child(name).index(index);
      const names = rule.resourceNames ?? [];
      const namesErrors = names.flatMap((resourceName, position) => {
        const namePath = at.child('resourceNames').index(position);
        const errors = validateText(resourceName, namePath, isPathSegmentName);
        return names.indexOf(resourceName) < position ? [...errors, duplicate(namePath, resourceName)] : errors;
      });
      return [...validateRuleWithOperations(rule, at), ...namesErrors];
    });
  return [
    ...validateOptionalChoice(match.matchPolicy, path.child('matchPolicy'), ['Exact', 'Equivalent']),
    ...validateLabelSelector(match.namespaceSelector, path.child('namespaceSelector')),
    ...validateLabelSelector(match.objectSelector, path.child('objectSelector')),
    ...rules('resourceRules'),
    ...rules('excludeResourceRules'),
  ];
}

/** A policy has to say what it matches; `operations` are those that it may match, where not all. */
export function validateMatchConstraints(
  match: MatchResources | undefined,
  path: FieldPath,
  operations?: readonly string[],
): FieldError[] {
  if (!match) return [required(path)];
  const errors = validateMatchResources(match, path);
  if (!match.resourceRules?.length) errors.push(required(path.child('resourceRules')));
  return operations ? [...errors, ...validateOperations(match, path, operations)] : errors;
}

/** Operations that can be changed in admission. */
export const MUTABLE_OPERATIONS = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

export function validateOperations(
  { resourceRules = [] }: MatchResources,
  path: FieldPath,
  allowed: readonly string[],
): FieldError[] {
  const at = path.child('resourceRules', 'operations');
  const found = resourceRules.flatMap(({ operations = [] }) => operations);
  return found
    .filter((operation) => !allowed.includes(operation))
    .map((operation) => notSupported(at, operation, allowed));
}

export function validateParamKind(kind: ParamKind | undefined, path: FieldPath): FieldError[] {
  if (!kind) return [];
  const errors = validateGroupVersion(kind.apiVersion, path.child('apiVersion'));
  const kindPath = path.child('kind');
  if (!kind.kind) return [...errors, required(kindPath)];
  const complaints = isDns1035Label(kind.kind.toLowerCase());
  if (complaints.length === 0) return errors;
  const detail = `may have mixed case, but should otherwise match: ${complaints.join(',')}`;
  return [...errors, invalid(kindPath, kind.kind, detail)];
}

function validateGroupVersion(apiVersion: string | undefined, path: FieldPath): FieldError[] {
  if (!apiVersion) return [required(path)];
  const parts = apiVersion.split('/');
  if (parts.length > 2) return [invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [version = '', group = ''] = parts.reverse();
  const joined = (value: string, complaints: string[]) =>
    complaints.length > 0 ? [invalid(path, value, complaints.join(','))] : [];
  return [
    ...(group ? joined(group, isDns1123Subdomain(group)) : []),
    ...(version ? joined(version, isDns1035Label(version)) : [invalid(path, apiVersion, 'version must be specified')]),
  ];
}

export function validateParamRef(reference: ParamRef | undefined, path: FieldPath): FieldError[] {
  if (!reference) return [];
  const { name, selector, parameterNotFoundAction } = reference;
  const exclusive = (field: string) => fieldForbidden(path.child(field), 'name and selector are mutually exclusive');
  return [
    ...(name ? validateText(name, path.child('name'), isPathSegmentName) : []),
    ...(name && selector ? [exclusive('name')] : []),
    ...validateLabelSelector(selector, path.child('selector')),
    ...(name && selector ? [exclusive('selector')] : []),
    ...(name || selector ? [] : [required(path, 'one of name or selector must be specified')]),
    ...validateChoice(parameterNotFoundAction, path.child('parameterNotFoundAction'), ['Deny', 'Allow']),
  ];
}

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Variables are named like identifiers, since expressions refer to them as such; each may use those before it. */
export function validateVariables(
  variables: readonly Variable[] | undefined,
  path: FieldPath,
  scope: PolicyScope,
): FieldError[] {
  return (variables ?? []).flatMap(({ name, expression }, index) => {
    const at = path.index(index);
    const expressionPath = at.child('expression');
    const errors: FieldError[] = [];
    if (!name.trim()) errors.push(required(at.child('name'), 'name is not specified'));
    else if (RESERVED.has(name) || isCIdentifier(name).length > 0) {
      errors.push(invalid(at.child('name'), name, 'must be a valid CEL identifier'));
    }
    if (expression.trim() === '') return [...errors, required(expressionPath, 'expression is not specified')];
    const known = variableTypes(variables!.slice(0, index), scope);
    const use = { scope: { ...scope, variables: known }, results: undefined };
    return [...errors, ...expressionErrors(expression, expressionPath, use)];
  });
}

/** The kind of a policy's parameters, for tables. */
export function paramKindText(kind: ParamKind | undefined): string {
  return kind ? `${kind.apiVersion}/${kind.kind}` : '<unset>';
}

/** The parameters that a binding names, for tables. */
export function paramRefText(reference: ParamRef | undefined): string {
  if (!reference) return '<unset>';
  const { name, namespace, selector } = reference;
  const text = name || (selector ? '*' : '');
  return namespace ? `${namespace}/${text}` : text;
}
