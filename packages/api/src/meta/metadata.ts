import { bool, field, fieldsV1, type Infer, int64, list, map, message, string, time } from '@kubets/core';
import { ShardInfo } from './other.ts';

export const ListMetaSchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta',
  'Metadata of a list: its place in history and how to get the rest of it.',
  {
    selfLink: field(1, string, 'Path of the list; no longer filled in by the server.'),
    resourceVersion: field(2, string, 'State of the store that the list shows; a watch can start from it.'),
    continue: field(3, string, 'Token with which the next page of the same list is asked for.'),
    remainingItemCount: field(4, int64, 'How many items are still to come, where the server can tell.').pointer(),
    shardInfo: field(5, ShardInfo, 'Which share of the collection this list holds, where only a share was asked for.'),
  },
);
export interface ListMetaSchema extends Infer<typeof ListMetaSchema> {}

export const ManagedFieldsEntrySchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry',
  'The fields of an object that one manager has set, and how it did so.',
  {
    manager: field(1, string, 'Name of the program or workflow that owns the fields.'),
    operation: field(2, string, 'How the fields were written: Apply or Update.'),
    apiVersion: field(3, string, 'Version of the object in which the fields are listed.'),
    time: field(4, time, 'When this entry was added, or its fields last changed.').pointer(),
    fieldsType: field(6, string, 'Format of the field set; only FieldsV1 exists.'),
    fieldsV1: field(7, fieldsV1, 'The set of fields, in the format that fieldsType names.'),
    subresource: field(8, string, 'Subresource that the fields were written through, empty for the object itself.'),
  },
);
export interface ManagedFieldsEntrySchema extends Infer<typeof ManagedFieldsEntrySchema> {}

export const OwnerReferenceSchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference',
  'Names an object that owns this one; when all owners are gone, so is this object.',
  {
    kind: field(1, string, 'Kind of the owner.').required().default(''),
    name: field(3, string, 'Name of the owner.').required().default(''),
    uid: field(4, string, 'Unique id of the owner; another object under the same name does not count.')
      .required()
      .default(''),
    apiVersion: field(5, string, 'Group and version of the owner.').required().default(''),
    controller: field(6, bool, 'Whether the owner is the one that manages this object.').pointer(),
    blockOwnerDeletion: field(
      7,
      bool,
      'Whether the owner, deleted in the foreground, waits for this object to go first.',
    ).pointer(),
  },
  { mapType: 'atomic' },
);
export interface OwnerReferenceSchema extends Infer<typeof OwnerReferenceSchema> {}

export const ObjectMetaSchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
  'Metadata that every stored object has.',
  {
    name: field(1, string, 'Name of the object, unique among its kind in its namespace; it cannot change.'),
    generateName: field(
      2,
      string,
      'Beginning of a name that the server completes with random characters if name is empty.',
    ),
    namespace: field(3, string, 'Namespace that the object lives in; empty for objects of the whole cluster.'),
    selfLink: field(4, string, 'Path of the object; no longer filled in by the server.'),
    uid: field(5, string, 'Unique id that the server gives to this object and to no other, ever.'),
    resourceVersion: field(
      6,
      string,
      'State of the store at which the object last changed; compare for equality only.',
    ),
    generation: field(7, int64, 'Number that rises whenever what is wanted of the object changes.'),
    creationTimestamp: field(8, time, 'CreationTimestamp is a timestamp of when the server created the object.'),
    deletionTimestamp: field(9, time, 'When the object goes away, set once its deletion has been asked for.').pointer(),
    deletionGracePeriodSeconds: field(
      10,
      int64,
      'How long the object has to end in good order, set with deletionTimestamp.',
    ).pointer(),
    labels: field(11, map(string), 'Key-value pairs by which objects are grouped and selected.'),
    annotations: field(
      12,
      map(string),
      'Key-value pairs that tools and libraries keep with the object; they cannot be selected by.',
    ),
    ownerReferences: field(
      13,
      list(OwnerReferenceSchema),
      'Objects that this one depends on; it is collected as garbage when all are gone.',
    )
      .mapOf('uid')
      .mergeBy('uid'),
    finalizers: field(
      14,
      list(string),
      'Names of those who must act before the object is removed; they take their names out.',
    )
      .set()
      .mergeBy(),
    managedFields: field(
      17,
      list(ManagedFieldsEntrySchema),
      'Which manager set which fields, kept by the server for server-side apply.',
    ).atomic(),
  },
);
export interface ObjectMetaSchema extends Infer<typeof ObjectMetaSchema> {}
