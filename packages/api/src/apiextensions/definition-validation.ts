import {
  celErrors,
  duplicate,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  type ObjectMeta,
  required,
  sameJson,
  schemaPathProblem,
  structuralSchemaErrors,
  tooMany,
  unrecognizedFormats,
  type WriteContext,
} from '@kubets/core';
import { validateClientConfig } from '../admissionregistration/webhook-rules.ts';
import { validateChoice, validateRequiredText, validateText } from '../field-rules.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
  JSONSchemaProps,
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
  return [
    ...validateDefinitionName(metadata, `${spec.names.plural}.${spec.group}`),
    ...validateGroup(spec.group, path.child('group')),
    ...validateChoice(spec.scope, path.child('scope'), ['Cluster', 'Namespaced']),
    ...validateVersions(spec, path),
    ...validateSchemas(spec.versions ?? [], (old as CustomResourceDefinition | undefined)?.spec.versions ?? []),
    ...validateNames(spec.names, path.child('names')),
    ...validateParts(spec.versions ?? []),
    ...(spec.conversion ? validateConversion(spec.conversion, path.child('conversion')) : []),
    ...validatePreserve(spec, path),
    ...validateStoredVersions(spec, status?.storedVersions ?? [], new FieldPath('status').child('storedVersions')),
    ...validateApproval(metadata.annotations, spec.group),
  ];
}

function validateDefinitionName({ name, generateName }: ObjectMeta, wanted: string): FieldError[] {
  const path = new FieldPath('metadata');
  const detail = `must be spec.names.plural+"."+spec.group`;
  return [
    ...(generateName && generateName !== wanted ? [invalid(path.child('generateName'), generateName, detail)] : []),
    ...(name && name !== wanted ? [invalid(path.child('name'), name, detail)] : []),
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
  if (!value) {
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
  const errors = versions.flatMap((version, index) => validateVersion(version, path.child('versions').index(index)));
  const complain = (detail: string) =>
    errors.push(invalid(path.child('versions'), versions.length > 0 ? versions.map(shownVersion) : null, detail));
  if (new Set(versions.map(({ name }) => name)).size < versions.length) complain('must contain unique version names');
  if (versions.filter(({ storage }) => storage).length !== 1) {
    complain('must have exactly one version marked as storage version');
  }
  const [first] = versions;
  return first?.name ? [...errors, ...validateText(first.name, path.child('version'), isDns1035Label)] : errors;
}

/** A version as complaints about all of them show it: its parts are told of elsewhere. */
function shownVersion({ name, served, storage, deprecated, deprecationWarning }: CustomResourceDefinitionVersion) {
  return {
    Name: name,
    Served: served,
    Storage: storage,
    Deprecated: deprecated ?? false,
    DeprecationWarning: deprecationWarning ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  };
}

function validateVersion(version: CustomResourceDefinitionVersion, path: FieldPath): FieldError[] {
  const { name, deprecated, deprecationWarning, schema } = version;
  const errors = validateText(name, path.child('name'), isDns1035Label);
  if (deprecationWarning !== undefined) {
    errors.push(
      ...validateDeprecationWarning(deprecationWarning, deprecated ?? false, path.child('deprecationWarning')),
    );
  }
  if (!schema?.openAPIV3Schema) errors.push(required(path.child('schema', 'openAPIV3Schema')));
  return errors;
}

function validateDeprecationWarning(text: string, deprecated: boolean, path: FieldPath): FieldError[] {
  const errors = deprecated ? [] : [invalid(path, text, 'can only be set for deprecated versions')];
  const hidden = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(text);
  if (text === '') errors.push(invalid(path, text, 'must not be an empty string'));
  else if (text.length > DEPRECATION_WARNING_MAX_BYTES) {
    errors.push(invalid(path, text, `must be <= ${DEPRECATION_WARNING_MAX_BYTES} characters long`));
  }
  if (hidden) {
    const detail = `must only contain printable UTF-8 characters; non-printable character found at index ${hidden.index}`;
    errors.push(invalid(path, text, detail));
  }
  return errors;
}

/**
 * Calls `validate` for one part of each version. Where all versions have the same, it is told of once and as the whole definition's.
 */
function forVersions<T>(
  versions: readonly CustomResourceDefinitionVersion[],
  part: (version: CustomResourceDefinitionVersion) => T | undefined,
  validate: (value: T, path: FieldPath, version: CustomResourceDefinitionVersion) => FieldError[],
): FieldError[] {
  const spec = new FieldPath('spec');
  const [first] = versions;
  const isShared = first && versions.every((version) => JSON.stringify(part(version)) === JSON.stringify(part(first)));
  if (isShared) {
    const value = part(first);
    return value === undefined ? [] : validate(value, spec, first);
  }
  return versions.flatMap((version, index) => {
    const value = part(version);
    return value === undefined ? [] : validate(value, spec.child('versions').index(index), version);
  });
}

function validateParts(versions: readonly CustomResourceDefinitionVersion[]): FieldError[] {
  return [
    ...forVersions(
      versions,
      ({ subresources }) => subresources,
      ({ scale }, path) => (scale ? validateScale(scale, path.child('subresources', 'scale')) : []),
    ),
    ...forVersions(
      versions,
      ({ additionalPrinterColumns }) => additionalPrinterColumns,
      (columns, path) => validateColumns(columns, path.child('additionalPrinterColumns')),
    ),
    ...forVersions(
      versions,
      ({ selectableFields, schema }) => selectableFields && { selectableFields, schema: schema?.openAPIV3Schema },
      ({ selectableFields, schema }, path) =>
        validateSelectableFields(selectableFields, schema, path.child('selectableFields')),
    ),
  ];
}

function validateSchemas(
  versions: readonly CustomResourceDefinitionVersion[],
  old: readonly CustomResourceDefinitionVersion[],
): FieldError[] {
  return forVersions(
    versions,
    ({ schema }) => schema?.openAPIV3Schema,
    (schema, path, { name }) => {
      const at = path.child(`${path}` === 'spec' ? 'validation' : 'schema').child('openAPIV3Schema');
      const before = old.find((version) => version.name === name)?.schema?.openAPIV3Schema;
      const isKnown = before !== undefined && JSON.stringify(before) === JSON.stringify(schema);
      const errors = structuralSchemaErrors(schema, at, { objectMeta: ObjectMetaSchema });
      return errors.length > 0 ? errors : celErrors(schema, at, { isKnown });
    },
  );
}

function validateNames(names: CustomResourceDefinitionNames, path: FieldPath): FieldError[] {
  const { plural, singular = '', kind, listKind = '', shortNames = [], categories = [] } = names;
  const errors = [
    ...validateRequiredText(plural, path.child('plural'), isDns1035Label),
    ...validateRequiredText(singular, path.child('singular'), isDns1035Label),
    ...validateRequiredText(kind, path.child('kind'), isKindName),
    ...validateRequiredText(listKind, path.child('listKind'), isKindName),
  ];
  if (kind && kind === listKind)
    errors.push(invalid(path.child('listKind'), listKind, 'kind and listKind may not be the same'));
  for (const [list, values] of Object.entries({ shortNames, categories })) {
    values.forEach((value, index) => {
      errors.push(...validateText(value, path.child(list).index(index), isDns1035Label));
    });
  }
  return errors;
}

const isKindName = (name: string): string[] => {
  const complaints = isDns1035Label(name.toLowerCase());
  if (complaints.length === 0) return [];
  return [`may have mixed case, but should otherwise match: ${complaints.join(',')}`];
};

const CONVERSION_REVIEW_VERSIONS = ['v1', 'v1beta1'];

function validateConversion({ strategy, webhook }: CustomResourceConversion, path: FieldPath): FieldError[] {
  const errors = validateChoice(strategy, path.child('strategy'), ['None', 'Webhook']);
  const clientPath = path.child('webhookClientConfig');
  const versionsPath = path.child('conversionReviewVersions');
  const { clientConfig, conversionReviewVersions: versions = [] } = webhook ?? {};
  if (strategy !== 'Webhook') {
    const detail = 'should not be set when strategy is not set to Webhook';
    if (clientConfig) errors.push(fieldForbidden(clientPath, detail));
    if (versions.length > 0) errors.push(fieldForbidden(versionsPath, detail));
    return errors;
  }
  if (clientConfig) errors.push(...validateClientConfig(clientConfig, clientPath));
  else errors.push(required(clientPath, 'required when strategy is set to Webhook'));
  return [...errors, ...validateReviewVersions(versions, versionsPath)];
}

function validateReviewVersions(versions: readonly string[], path: FieldPath): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const errors = versions.flatMap((version, index) => [
    ...(versions.indexOf(version) < index ? [invalid(path.index(index), version, 'duplicate version')] : []),
    ...validateText(version, path.index(index), isDns1035Label),
  ]);
  if (!versions.some((version) => CONVERSION_REVIEW_VERSIONS.includes(version))) {
    errors.push(invalid(path, versions, `must include at least one of ${CONVERSION_REVIEW_VERSIONS.join(', ')}`));
  }
  return errors;
}

function validateScale(scale: CustomResourceSubresourceScale, path: FieldPath): FieldError[] {
  const check = (name: keyof CustomResourceSubresourceScale, roots: readonly string[]): FieldError[] => {
    const value = scale[name] ?? '';
    const at = path.child(name);
    if (!value) return name === 'labelSelectorPath' ? [] : [required(at)];
    if (!value.startsWith('.')) return [invalid(at, value, 'must be a simple json path starting with .')];
    if (roots.some((root) => value.startsWith(`${root}.`))) return [];
    return [
      invalid(at, value, `should be a json path under ${roots.length > 1 ? 'either ' : ''}${roots.join(' or ')}`),
    ];
  };
  return [
    ...check('specReplicasPath', ['.spec']),
    ...check('statusReplicasPath', ['.status']),
    ...check('labelSelectorPath', ['.spec', '.status']),
  ];
}

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

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
    if (!jsonPath) errors.push(required(at.child('JSONPath')));
    else if (!jsonPath.startsWith('.')) {
      errors.push(invalid(at.child('JSONPath'), jsonPath, 'must be a simple json path starting with .'));
    }
    return errors;
  });
}

function validateSelectableFields(
  fields: readonly SelectableField[],
  schema: JSONSchemaProps | undefined,
  path: FieldPath,
): FieldError[] {
  const errors = fields.length > MAX_SELECTABLE_FIELDS ? [tooMany(path, fields.length, MAX_SELECTABLE_FIELDS)] : [];
  fields.forEach(({ jsonPath }, index) => {
    const at = path.index(index).child('jsonPath');
    if (!jsonPath) {
      errors.push(required(at));
      return;
    }
    const problem = selectableProblem(jsonPath, schema);
    if (problem) errors.push(invalid(at, jsonPath, problem));
    if (fields.findIndex((field) => field.jsonPath === jsonPath) < index) errors.push(duplicate(at, jsonPath));
  });
  return errors;
}

const SELECTABLE_TYPES = ['string', 'boolean', 'integer'];

/** Why a path does not lead to a field that selectors may name, if so. */
function selectableProblem(jsonPath: string, schema: JSONSchemaProps | undefined): string | undefined {
  if (jsonPath.includes('[')) return 'is an invalid path: array notation is not allowed';
  const problem = schemaPathProblem(jsonPath, schema ?? {});
  if (problem) return `is an invalid path: ${problem}`;
  if (jsonPath.startsWith('.metadata.')) return 'must not point to fields in metadata';
  const field = jsonPath
    .slice(1)
    .split('.')
    .reduce<JSONSchemaProps | undefined>((part, name) => part?.properties?.[name] ?? valuesOf(part), schema);
  if (field?.type && SELECTABLE_TYPES.includes(field.type)) return undefined;
  return 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
}

const valuesOf = (schema: JSONSchemaProps | undefined): JSONSchemaProps | undefined =>
  typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;

/** Objects may still be stored in any version that ever was the storage version, so none of those may go. */
function validateStoredVersions(
  spec: CustomResourceDefinitionSpec,
  stored: readonly string[],
  path: FieldPath,
): FieldError[] {
  const names = (spec.versions ?? []).map(({ name }) => name);
  const storage = spec.versions?.findLast((version) => version.storage)?.name;
  if (stored.length === 0) return [invalid(path, null, 'must have at least one stored version')];
  const errors = stored.flatMap((version, index) => {
    if (names.includes(version)) return [];
    const detail = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    return [invalid(path.index(index), version, detail)];
  });
  if (storage && !stored.includes(storage)) {
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

/** What is told to those who write a definition though it is accepted. */
export function definitionWarnings({ spec }: CustomResourceDefinition): string[] {
  const schemas = (spec.versions ?? []).flatMap(({ schema }) => schema?.openAPIV3Schema ?? []);
  const formats = new Set(schemas.flatMap((schema) => unrecognizedFormats(schema)));
  return [...formats].sort().map((format) => `unrecognized format ${JSON.stringify(format)}`);
}
