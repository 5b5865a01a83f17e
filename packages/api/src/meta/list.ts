import { type AnyMessage, field, type KindDefinition, list, message, rawExtension, string } from '@kubets/core';
import { ListMetaSchema, ObjectMetaSchema } from './metadata.ts';

const typeMeta = {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
};

const listMessages = new WeakMap<AnyMessage, AnyMessage>();

/** The message of a list of a kind's objects. */
export function listMessageOf(kind: Pick<KindDefinition, 'schema'>): AnyMessage {
  let known = listMessages.get(kind.schema);
  if (!known) {
    known = message(`${kind.schema.name}List`, `A list of ${kind.schema.name.split('.').at(-1)} objects.`, {
      ...typeMeta,
      metadata: field(1, ListMetaSchema, 'What is to be said of the list as a whole.').always().default({}),
      items: field(2, list(kind.schema), 'The objects.').required(),
    });
    listMessages.set(kind.schema, known);
  }
  return known;
}

/** A list of objects of any kinds, each encoded for itself. */
export const ListSchema = message('io.k8s.apimachinery.pkg.apis.meta.v1.List', 'Objects of any kinds.', {
  ...typeMeta,
  metadata: field(1, ListMetaSchema, 'What is to be said of the list as a whole.').always().default({}),
  items: field(2, list(rawExtension), 'The objects.').required(),
});

export const PartialObjectMetadataSchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata',
  'Any object, of which only the metadata is shown.',
  {
    ...typeMeta,
    metadata: field(
      1,
      ObjectMetaSchema,
      'Standard metadata: name, namespace, labels, annotations, owners and the like.',
    )
      .always()
      .default({}),
  },
);

export const PartialObjectMetadataListSchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadataList',
  'Objects of which only the metadata is shown.',
  {
    ...typeMeta,
    metadata: field(1, ListMetaSchema, 'What is to be said of the list as a whole.').always().default({}),
    items: field(2, list(PartialObjectMetadataSchema), 'The objects.').required(),
  },
);
