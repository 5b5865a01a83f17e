import { bool, field, type Infer, int64, list, message, string } from '@kubets/core';

export const Preconditions = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions',
  'What must hold of an object for an operation on it to be carried out.',
  {
    uid: field(1, string, 'Unique id that the object must have.').pointer(),
    resourceVersion: field(2, string, 'Version that the object must have.').pointer(),
  },
);
export interface Preconditions extends Infer<typeof Preconditions> {}

export const DeleteOptions = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
  'How an object is to be deleted.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    gracePeriodSeconds: field(1, int64, 'How long the object may take to end; 0 means at once.').pointer(),
    preconditions: field(2, Preconditions, 'What must hold of the object; otherwise the answer is 409 Conflict.'),
    orphanDependents: field(3, bool, 'Old way of saying whether dependents stay; use propagationPolicy.').pointer(),
    propagationPolicy: field(4, string, 'What becomes of dependents: Orphan, Background or Foreground.').pointer(),
    dryRun: field(5, list(string), 'All to go through every step but storing; nothing else is valid.').atomic(),
    ignoreStoreReadErrorWithClusterBreakingPotential: field(
      6,
      bool,
      'Delete even an object that cannot be read from the store; dangerous.',
    ).pointer(),
  },
);
export interface DeleteOptions extends Infer<typeof DeleteOptions> {}

const typeMeta = {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
};

export const GetOptionsSchema = message('io.k8s.apimachinery.pkg.apis.meta.v1.GetOptions', 'Parameters of get.', {
  ...typeMeta,
  resourceVersion: field(1, string, 'The object must be at least so new.'),
});

export const ListOptionsSchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ListOptions',
  'Parameters of list and watch.',
  {
    ...typeMeta,
    labelSelector: field(1, string, 'Which labels objects must have.'),
    fieldSelector: field(2, string, 'Which fields objects must have.'),
    watch: field(3, bool, 'Send changes as they happen.'),
    allowWatchBookmarks: field(9, bool, 'Send now and then how far the watch has come.'),
    resourceVersion: field(4, string, 'The revision meant.'),
    resourceVersionMatch: field(10, string, 'How the revision is meant: Exact or NotOlderThan.'),
    timeoutSeconds: field(5, int64, 'How long to list or watch.').pointer(),
    limit: field(7, int64, 'Most items in one answer.'),
    continue: field(8, string, 'Where the answer before this one ended.'),
    sendInitialEvents: field(11, bool, 'Begin a watch with all objects there are.').pointer(),
    shardSelector: field(15, string, 'Which shard of the objects is wanted.'),
  },
);

export const CreateOptionsSchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.CreateOptions',
  'Parameters of create.',
  {
    ...typeMeta,
    dryRun: field(1, list(string), 'All: check everything, store nothing.').atomic(),
    fieldManager: field(3, string, 'Who owns the fields written.'),
    fieldValidation: field(4, string, 'What becomes of unknown fields: Ignore, Warn or Strict.'),
  },
);

export const UpdateOptionsSchema = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.UpdateOptions',
  'Parameters of update.',
  {
    ...typeMeta,
    dryRun: field(1, list(string), 'All: check everything, store nothing.').atomic(),
    fieldManager: field(2, string, 'Who owns the fields written.'),
    fieldValidation: field(3, string, 'What becomes of unknown fields: Ignore, Warn or Strict.'),
  },
);

export const PatchOptionsSchema = message('io.k8s.apimachinery.pkg.apis.meta.v1.PatchOptions', 'Parameters of patch.', {
  ...typeMeta,
  dryRun: field(1, list(string), 'All: check everything, store nothing.').atomic(),
  force: field(2, bool, 'Take fields from their owners.').pointer(),
  fieldManager: field(3, string, 'Who owns the fields written.'),
  fieldValidation: field(4, string, 'What becomes of unknown fields: Ignore, Warn or Strict.'),
});
