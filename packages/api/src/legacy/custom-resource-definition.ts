import { bool, FieldPath, field, type Infer, int32, list, message, string, structuralSchemaErrors } from '@kubets/core';
import {
  type CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
  type CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
  CustomResourceWebhookClientConfig,
  customResourceDefinitionKind,
  type JSONSchemaProps,
  SelectableField,
} from '../apiextensions/custom-resource-definition.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { olderVersion } from './older-version.ts';

const named = (name: string) => `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.${name}`;

const LegacyColumn = message(
  named('CustomResourceColumnDefinition'),
  'A column of the table that kubectl get prints.',
  {
    name: field(1, string, 'Heading of the column.').required().default(''),
    type: field(2, string, 'Type of the cells.').required().default(''),
    format: field(3, string, 'Format of the cells.'),
    description: field(4, string, 'What the column shows.'),
    priority: field(5, int32, '0 shows always; above it, only in wide tables.'),
    JSONPath: field(6, string, 'Where in the object the cell comes from, as a simple JSON path.')
      .required()
      .default(''),
  },
);

const LegacyVersion = message(named('CustomResourceDefinitionVersion'), 'One version of a custom resource.', {
  name: field(1, string, 'Name of the version, such as v1.').required().default(''),
  served: field(2, bool, 'Whether the version is served.').required().default(false),
  storage: field(3, bool, 'Whether objects are stored in this version.').required().default(false),
  schema: field(4, CustomResourceValidation, 'Schema of the version.'),
  subresources: field(5, CustomResourceSubresources, 'Subresources of the version.'),
  additionalPrinterColumns: field(6, list(LegacyColumn), 'Columns of the table that kubectl get prints.').atomic(),
  deprecated: field(7, bool, 'Whether requests for the version get a warning.'),
  deprecationWarning: field(8, string, 'Text of that warning.').pointer(),
  selectableFields: field(9, list(SelectableField), 'Fields that field selectors may use.').atomic(),
});

const LegacyConversion = message(named('CustomResourceConversion'), 'How objects are converted between versions.', {
  strategy: field(1, string, 'None changes the apiVersion alone; Webhook asks a webhook.').required().default(''),
  webhookClientConfig: field(2, CustomResourceWebhookClientConfig, 'How to reach the webhook.'),
  conversionReviewVersions: field(
    3,
    list(string),
    'Versions of ConversionReview that the webhook understands.',
  ).atomic(),
});

const LegacyDefinitionSpec = message(named('CustomResourceDefinitionSpec'), 'A resource to be served.', {
  group: field(1, string, 'API group of the resource.').required().default(''),
  version: field(2, string, 'The one version, where versions does not list several.'),
  names: field(3, CustomResourceDefinitionNames, 'Names of the resource.').required().default({}),
  scope: field(4, string, 'Whether objects are Cluster or Namespaced.').required().default(''),
  validation: field(5, CustomResourceValidation, 'Schema of all versions.'),
  subresources: field(6, CustomResourceSubresources, 'Subresources of all versions.'),
  versions: field(7, list(LegacyVersion), 'Versions of the resource.').atomic(),
  additionalPrinterColumns: field(8, list(LegacyColumn), 'Columns of the tables of all versions.').atomic(),
  conversion: field(9, LegacyConversion, 'How objects are converted between versions.'),
  preserveUnknownFields: field(10, bool, 'Whether fields that no schema knows are kept; true by default.').pointer(),
  selectableFields: field(11, list(SelectableField), 'Fields that field selectors may use.').atomic(),
});

const LegacyDefinition = message(named('CustomResourceDefinition'), 'Adds a resource to the API.', {
  apiVersion: field(0, string, 'API group and version of the object.').always(),
  kind: field(0, string, 'Kind of the object.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
  spec: field(2, LegacyDefinitionSpec, 'The resource to be served.').required().default({}),
  status: field(3, CustomResourceDefinitionStatus, 'What was last observed; written by the server.').default({}),
});

/** A CustomResourceDefinition of apiextensions.k8s.io/v1beta1. */
export interface LegacyCustomResourceDefinition extends Infer<typeof LegacyDefinition> {}
type LegacySpec = LegacyCustomResourceDefinition['spec'];
type OneVersion = NonNullable<LegacySpec['versions']>[number];

/** Schemas could be left out, and did not have to be structural; without one that is, everything is kept. */
function schemaOf(spec: LegacySpec, version: OneVersion): JSONSchemaProps {
  const given = (version.schema?.openAPIV3Schema ?? spec.validation?.openAPIV3Schema) as JSONSchemaProps | undefined;
  const open: JSONSchemaProps = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema: JSONSchemaProps = { ...given, type: 'object' };
  if (!given || structuralSchemaErrors(schema, new FieldPath()).length > 0) return open;
  return (spec.preserveUnknownFields ?? true) ? { ...schema, ...open } : schema;
}

function versionToCurrent(spec: LegacySpec, version: OneVersion): CustomResourceDefinitionVersion {
  const { additionalPrinterColumns, ...rest } = version;
  const columns = additionalPrinterColumns ?? spec.additionalPrinterColumns;
  const subresources = version.subresources ?? spec.subresources;
  const selectableFields = version.selectableFields ?? spec.selectableFields;
  return {
    ...rest,
    schema: { openAPIV3Schema: schemaOf(spec, version) },
    ...(subresources ? { subresources } : {}),
    ...(selectableFields ? { selectableFields } : {}),
    ...(columns
      ? { additionalPrinterColumns: columns.map(({ JSONPath: jsonPath, ...column }) => ({ ...column, jsonPath })) }
      : {}),
  } as CustomResourceDefinitionVersion;
}

function definitionToCurrent(definition: LegacyCustomResourceDefinition): CustomResourceDefinition {
  const { spec } = definition;
  const { group, names, scope, conversion } = spec;
  const versions = spec.versions?.length
    ? spec.versions
    : [{ name: spec.version ?? '', served: true, storage: true } satisfies OneVersion];
  return {
    ...definition,
    spec: {
      group,
      names,
      scope: scope || 'Namespaced',
      versions: versions.map((version) => versionToCurrent(spec, version)),
      ...(conversion
        ? {
            conversion: {
              strategy: conversion.strategy,
              ...(conversion.strategy === 'Webhook'
                ? {
                    webhook: {
                      ...(conversion.webhookClientConfig ? { clientConfig: conversion.webhookClientConfig } : {}),
                      conversionReviewVersions: conversion.conversionReviewVersions ?? ['v1beta1'],
                    },
                  }
                : {}),
            },
          }
        : {}),
    },
  };
}

function definitionFromCurrent(definition: CustomResourceDefinition): LegacyCustomResourceDefinition {
  const { versions, conversion, ...spec } = definition.spec;
  const webhook = conversion?.webhook;
  return {
    ...definition,
    spec: {
      ...spec,
      preserveUnknownFields: false,
      ...(versions?.[0] ? { version: versions[0].name } : {}),
      versions: (versions ?? []).map(({ additionalPrinterColumns: columns, ...version }) => ({
        ...version,
        ...(columns
          ? { additionalPrinterColumns: columns.map(({ jsonPath: JSONPath, ...column }) => ({ ...column, JSONPath })) }
          : {}),
      })),
      ...(conversion
        ? {
            conversion: {
              strategy: conversion.strategy,
              ...(webhook?.clientConfig ? { webhookClientConfig: webhook.clientConfig } : {}),
              ...(webhook ? { conversionReviewVersions: webhook.conversionReviewVersions } : {}),
            },
          }
        : {}),
    },
  } as LegacyCustomResourceDefinition;
}

export const legacyCustomResourceDefinitionKind = olderVersion<
  LegacyCustomResourceDefinition,
  CustomResourceDefinition
>(customResourceDefinitionKind, {
  version: 'v1beta1',
  schema: LegacyDefinition,
  toCurrent: definitionToCurrent,
  fromCurrent: definitionFromCurrent,
});
