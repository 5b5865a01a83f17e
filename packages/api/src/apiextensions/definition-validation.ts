import {
  celErrors,
  duplicate,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  required,
  sameJson,
  structuralSchemaErrors,
  tooMany,
  type WriteContext,
} from '@kubets/core';
import { validateClientConfig } from '../admissionregistration/webhook-rules.ts';
import { validateChoice, validateText } from '../field-rules.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
  SelectableField,
} from './custom-resource-definition.ts';

const MAX_SELECTABLE_FIELDS = 8;
const DEPRECATION_WARNING_MAX_BYTES = 256;
const APPROVED_ANNOTATION = 'api-approved.kubernetes.io';

export function validateDefinition(
  { metadata, spec, status }: CustomResourceDefinition,
  { old }: Pick<WriteContext, 'old'>,
): FieldError[] {
  const path = new FieldPath('spec');
  const name = `${spec.names.plural}.${spec.group}`;
  const errors =
    metadata.name === name
      ? []
      : [invalid(new FieldPath('metadata').child('name'), metadata.name, `must be spec.names.plural+"."+spec.group`)];
  return [
    ...errors,
    ...validateGroup(spec.group, path.child('group')),
    ...validateChoice(spec.scope, path.child('scope'), ['Cluster', 'Namespaced']),
    ...validateVersions(spec, path.child('versions')),
    ...validateSchemas(spec.versions ?? [], (old as CustomResourceDefinition | undefined)?.spec.versions ?? []),
    ...validateNames(spec.names, path.child('names')),
    ...(spec.conversion ? validateConversion(spec.conversion, path.child('conversion')) : []),
    ...validatePreserve(spec, path),
    ...validateStoredVersions(spec, status?.storedVersions ?? [], new FieldPath('status').child('storedVersions')),
    ...validateApproval(metadata.annotations, spec.group),
  ];
}

function validateGroup(group: string, path: FieldPath): FieldError[] {
  if (!group) return [required(path)];
  const errors = validateText(group, path, isDns1123Subdomain);
  if (errors.length > 0 || group.includes('.')) return errors;
  return [invalid(path, group, 'should be a domain with at least one dot')];
}

/** Groups of the project itself need its approval. */
function validateApproval(annotations: Record<string, string> | undefined, group: string): FieldError[] {
  if (!/(^|\.)(k8s\.io|kubernetes\.io)$/.test(group)) return [];
  const path = new FieldPath('metadata').child('annotations').key(APPROVED_ANNOTATION);
  const value = annotations?.[APPROVED_ANNOTATION];
  if (value === undefined) {
    return [
      required(
        path,
        'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ),
    ];
  }
  if (URL.canParse(value) || value.startsWith('unapproved')) return [];
  const detail = `protected groups must have approval annotation "${APPROVED_ANNOTATION}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`;
  return [invalid(path, value, detail)];
}

function validatePreserve({ preserveUnknownFields }: CustomResourceDefinitionSpec, path: FieldPath): FieldError[] {
  if (!preserveUnknownFields) return [];
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [invalid(path.child('preserveUnknownFields'), preserveUnknownFields, detail)];
}

function validateVersions(spec: CustomResourceDefinitionSpec, path: FieldPath): FieldError[] {
  const versions = spec.versions ?? [];
  if (versions.length === 0)
    return [invalid(path, versions, 'must have exactly one version marked as storage version')];
  const errors = versions.flatMap((version, index) => {
    const at = path.index(index);
    const isRepeated = versions.findIndex(({ name }) => name === version.name) < index;
    return [
      ...validateVersion(version, at),
      ...(isRepeated ? [invalid(path, versions, 'must contain unique version names')] : []),
    ];
  });
  const stored = versions.filter(({ storage }) => storage);
  if (stored.length !== 1) {
    errors.push(invalid(path, versions, 'must have exactly one version marked as storage version'));
  }
  return errors;
}

function validateVersion(version: CustomResourceDefinitionVersion, path: FieldPath): FieldError[] {
  const { name, deprecated, deprecationWarning, schema, subresources } = version;
  const errors = validateText(name, path.child('name'), isDns1035Label);
  const warningPath = path.child('deprecationWarning');
  if (deprecationWarning !== undefined && !deprecated) {
    errors.push(invalid(warningPath, deprecationWarning, 'can only be set for deprecated versions'));
  }
  if (deprecationWarning === '') errors.push(invalid(warningPath, '', 'cannot be empty'));
  if ((deprecationWarning?.length ?? 0) > DEPRECATION_WARNING_MAX_BYTES) {
    const detail = `must be less than ${DEPRECATION_WARNING_MAX_BYTES} characters`;
    errors.push(invalid(warningPath, deprecationWarning, detail));
  }
  if (!schema?.openAPIV3Schema) {
    errors.push(required(path.child('schema', 'openAPIV3Schema'), 'schemas are required'));
  }
  return [
    ...errors,
    ...(subresources?.scale ? validateScale(subresources.scale, path.child('subresources', 'scale')) : []),
    ...validateColumns(version.additionalPrinterColumns ?? [], path.child('additionalPrinterColumns')),
    ...validateSelectableFields(version.selectableFields ?? [], path.child('selectableFields')),
  ];
}

/** Versions that share one schema are told of it once, where a definition of one version would have it. */
function validateSchemas(
  versions: readonly CustomResourceDefinitionVersion[],
  old: readonly CustomResourceDefinitionVersion[],
): FieldError[] {
  const spec = new FieldPath('spec');
  const [first, ...others] = versions.map(({ schema }) => schema?.openAPIV3Schema);
  const isShared = others.every((schema) => sameJson(schema, first));
  return (isShared ? versions.slice(0, 1) : versions).flatMap(({ name, schema }, index) => {
    if (!schema?.openAPIV3Schema) return [];
    const { openAPIV3Schema } = schema;
    const path = isShared ? spec.child('validation') : spec.child('versions').index(index).child('schema');
    const before = old.find((version) => version.name === name)?.schema?.openAPIV3Schema;
    const isKnown = before !== undefined && sameJson(before, openAPIV3Schema);
    const at = path.child('openAPIV3Schema');
    const errors = structuralSchemaErrors(openAPIV3Schema, at);
    return [...errors, ...celErrors(openAPIV3Schema, at, { isKnown: isKnown || errors.length > 0 })];
  });
}

function validateNames(names: CustomResourceDefinitionNames, path: FieldPath): FieldError[] {
  const { plural, singular = '', kind, listKind = '', shortNames = [], categories = [] } = names;
  const errors: FieldError[] = [];
  const check = (value: string, at: FieldPath, isRequired: boolean) => {
    if (!value) {
      if (isRequired) errors.push(required(at));
      return;
    }
    errors.push(...validateText(value.toLowerCase(), at, isDns1035Label));
  };
  check(plural, path.child('plural'), true);
  check(singular, path.child('singular'), false);
  check(kind, path.child('kind'), true);
  check(listKind, path.child('listKind'), false);
  if (kind && kind === listKind)
    errors.push(invalid(path.child('listKind'), listKind, 'kind and listKind may not be the same'));
  for (const [list, values] of Object.entries({ shortNames, categories })) {
    values.forEach((value, index) => {
      errors.push(...validateText(value, path.child(list).index(index), isDns1035Label));
    });
  }
  return errors;
}

const CONVERSION_REVIEW_VERSIONS = ['v1', 'v1beta1'];

function validateConversion({ strategy, webhook }: CustomResourceConversion, path: FieldPath): FieldError[] {
  const errors = validateChoice(strategy, path.child('strategy'), ['None', 'Webhook']);
  const webhookPath = path.child('webhook');
  if (strategy === 'None' && webhook) {
    return [...errors, fieldForbidden(webhookPath, 'should not be set when strategy is not set to Webhook')];
  }
  if (strategy !== 'Webhook') return errors;
  if (!webhook?.clientConfig) {
    return [...errors, required(webhookPath.child('clientConfig'), 'required when strategy is set to Webhook')];
  }
  errors.push(...validateClientConfig(webhook.clientConfig, webhookPath.child('clientConfig')));
  const versions = webhook.conversionReviewVersions ?? [];
  const versionsPath = webhookPath.child('conversionReviewVersions');
  if (versions.length === 0) return [...errors, required(versionsPath)];
  versions.forEach((version, index) => {
    if (versions.indexOf(version) < index) errors.push(duplicate(versionsPath.index(index), version));
    errors.push(...validateText(version, versionsPath.index(index), isDns1035Label));
  });
  if (!versions.some((version) => CONVERSION_REVIEW_VERSIONS.includes(version))) {
    const detail = `must include at least one of ${CONVERSION_REVIEW_VERSIONS.join(', ')}`;
    errors.push(invalid(versionsPath, versions, detail));
  }
  return errors;
}

/** A path such as .spec.replicas, without lists. */
const SIMPLE_PATH = /^(\.[A-Za-z_][A-Za-z0-9_-]*)+$/;

function validateScale(scale: CustomResourceSubresourceScale, path: FieldPath): FieldError[] {
  const check = (name: keyof CustomResourceSubresourceScale, root: string, isRequired: boolean): FieldError[] => {
    const value = scale[name] ?? '';
    const at = path.child(name);
    if (!value) return isRequired ? [required(at)] : [];
    if (!SIMPLE_PATH.test(value)) return [invalid(at, value, 'should be a json path without the array notation')];
    return value.startsWith(`.${root}.`) ? [] : [invalid(at, value, `should be a json path under .${root}`)];
  };
  const selectorPath = scale.labelSelectorPath ?? '';
  const selectorErrors = selectorPath.startsWith('.spec.')
    ? check('labelSelectorPath', 'spec', false)
    : check('labelSelectorPath', 'status', false).map((error) => ({
        ...error,
        message: error.message.replace('under .status', 'under either .status or .spec'),
      }));
  return [
    ...check('specReplicasPath', 'spec', true),
    ...check('statusReplicasPath', 'status', true),
    ...selectorErrors,
  ];
}

const COLUMN_TYPES = ['integer', 'number', 'string', 'boolean', 'date'];
const COLUMN_FORMATS = ['int32', 'int64', 'float', 'double', 'byte', 'date', 'date-time', 'password'];

function validateColumns(columns: readonly CustomResourceColumnDefinition[], path: FieldPath): FieldError[] {
  return columns.flatMap(({ name, type, format, jsonPath }, index) => {
    const at = path.index(index);
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at.child('name')));
    if (!type) errors.push(required(at.child('type'), `must be one of ${COLUMN_TYPES.join(',')}`));
    else if (!COLUMN_TYPES.includes(type)) {
      errors.push(invalid(at.child('type'), type, `must be one of ${COLUMN_TYPES.join(',')}`));
    }
    if (format && !COLUMN_FORMATS.includes(format)) {
      errors.push(invalid(at.child('format'), format, `must be one of ${COLUMN_FORMATS.join(',')}`));
    }
    if (!jsonPath) errors.push(required(at.child('jsonPath')));
    else if (!jsonPath.startsWith('.')) {
      errors.push(invalid(at.child('jsonPath'), jsonPath, 'must be a simple json path starting with .'));
    }
    return errors;
  });
}

function validateSelectableFields(fields: readonly SelectableField[], path: FieldPath): FieldError[] {
  const errors = fields.length > MAX_SELECTABLE_FIELDS ? [tooMany(path, fields.length, MAX_SELECTABLE_FIELDS)] : [];
  fields.forEach(({ jsonPath }, index) => {
    const at = path.index(index).child('jsonPath');
    if (!jsonPath) errors.push(required(at));
    else if (!SIMPLE_PATH.test(jsonPath)) {
      errors.push(invalid(at, jsonPath, 'is an invalid path: must be a simple json path without array notation'));
    } else if (jsonPath.startsWith('.metadata.')) {
      errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    }
    if (fields.findIndex((field) => field.jsonPath === jsonPath) < index) errors.push(duplicate(at, jsonPath));
  });
  return errors;
}

/** Objects may still be stored in any version that ever was the storage version, so none of those may go. */
function validateStoredVersions(
  spec: CustomResourceDefinitionSpec,
  stored: readonly string[],
  path: FieldPath,
): FieldError[] {
  const names = (spec.versions ?? []).map(({ name }) => name);
  const storage = spec.versions?.find((version) => version.storage)?.name;
  const errors = stored.flatMap((version, index) => {
    if (names.includes(version)) return [];
    const detail = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    return [invalid(path.index(index), version, detail)];
  });
  if (stored.length > 0 && storage && !stored.includes(storage)) {
    errors.push(invalid(path, stored, `must have the storage version ${storage}`));
  }
  return errors;
}

export function validateDefinitionUpdate(
  object: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const path = new FieldPath('spec');
  const errors: FieldError[] = [];
  const fix = (value: string, before: string, at: FieldPath) => {
    if (!sameJson(value, before)) errors.push(invalid(at, value, 'field is immutable'));
  };
  fix(object.spec.group, old.spec.group, path.child('group'));
  fix(object.spec.names.plural, old.spec.names.plural, path.child('names', 'plural'));
  const isEstablished = old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
  if (isEstablished) {
    fix(object.spec.scope, old.spec.scope, path.child('scope'));
    fix(object.spec.names.kind, old.spec.names.kind, path.child('names', 'kind'));
  }
  return errors;
}
