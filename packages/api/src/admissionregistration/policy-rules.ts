import {
  duplicate,
  type FieldError,
  type FieldPath,
  fieldForbidden,
  invalid,
  isCIdentifier,
  isPathSegmentName,
  required,
  validateLabelSelector,
} from '@kubets/core';
import { validateChoice, validateOptionalChoice, validateText } from '../field-rules.ts';
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

/** A policy has to say what it matches. */
export function validateMatchConstraints(match: MatchResources | undefined, path: FieldPath): FieldError[] {
  if (!match) return [required(path)];
  const errors = validateMatchResources(match, path);
  return match.resourceRules?.length ? errors : [...errors, required(path.child('resourceRules'))];
}

export function validateParamKind(kind: ParamKind | undefined, path: FieldPath): FieldError[] {
  if (!kind) return [];
  const errors: FieldError[] = [];
  if (!kind.apiVersion) errors.push(required(path.child('apiVersion')));
  else if (kind.apiVersion.split('/').length > 2) {
    errors.push(
      invalid(path.child('apiVersion'), kind.apiVersion, `unexpected GroupVersion string: ${kind.apiVersion}`),
    );
  }
  if (!kind.kind) errors.push(required(path.child('kind')));
  return errors;
}

export function validateParamRef(reference: ParamRef | undefined, path: FieldPath): FieldError[] {
  if (!reference) return [];
  const { name, selector, parameterNotFoundAction } = reference;
  const errors: FieldError[] = [];
  if (name) errors.push(...validateText(name, path.child('name'), isPathSegmentName));
  if (name && selector) {
    errors.push(fieldForbidden(path.child('name'), 'name and selector are mutually exclusive'));
  }
  if (!name && !selector) errors.push(required(path, 'one of name or selector must be specified'));
  return [
    ...errors,
    ...validateLabelSelector(selector, path.child('selector')),
    ...validateChoice(parameterNotFoundAction, path.child('parameterNotFoundAction'), ['Deny', 'Allow']),
  ];
}

/** Variables are named like identifiers, since expressions refer to them as such. */
export function validateVariables(variables: readonly Variable[] | undefined, path: FieldPath): FieldError[] {
  const names = new Set<string>();
  return (variables ?? []).flatMap(({ name, expression }, index) => {
    const at = path.index(index);
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at.child('name'), 'name is not specified'));
    else errors.push(...validateText(name, at.child('name'), isCIdentifier));
    if (names.has(name)) errors.push(duplicate(at.child('name'), name));
    names.add(name);
    if (expression.trim() === '') errors.push(required(at.child('expression'), 'expression is not specified'));
    return errors;
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
