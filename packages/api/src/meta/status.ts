import { field, type Infer, int32, list, message, string } from '@kubets/core';
import { ListMetaSchema } from './metadata.ts';

export const StatusCauseMessage = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause',
  'One of the causes of a failure.',
  {
    reason: field(1, string, 'Machine-readable kind of the cause.'),
    message: field(2, string, 'The cause in words, fit to be shown to people.'),
    field: field(3, string, 'Path of the field that caused it, such as spec.containers[0].image.'),
  },
);
export interface StatusCauseMessage extends Infer<typeof StatusCauseMessage> {}

export const StatusDetailsMessage = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails',
  'What a failure was about.',
  {
    name: field(1, string, 'Name of the object that the request was about.'),
    group: field(2, string, 'Group of the resource that the request was about.'),
    kind: field(3, string, 'Resource or kind that the request was about.'),
    causes: field(4, list(StatusCauseMessage), 'The single causes, such as one per invalid field.').atomic(),
    retryAfterSeconds: field(5, int32, 'How long to wait before trying again, where that makes sense.'),
    uid: field(6, string, 'Unique id of the object, where it is known.'),
  },
);
export interface StatusDetailsMessage extends Infer<typeof StatusDetailsMessage> {}

export const StatusMessage = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
  'The outcome of a request that does not answer with an object.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    metadata: field(1, ListMetaSchema, 'Metadata of a list: the continue token of some answers.').always().default({}),
    status: field(2, string, 'Success or Failure.'),
    message: field(3, string, 'The outcome in words, fit to be shown to people.'),
    reason: field(4, string, 'Machine-readable reason of a failure, such as NotFound; empty if none is known.'),
    details: field(5, StatusDetailsMessage, 'What the failure was about, as far as the reason defines it.'),
    code: field(6, int32, 'HTTP status code of the answer.'),
  },
);
export interface StatusMessage extends Infer<typeof StatusMessage> {}
