import { field, type Infer, message, rawExtension, string } from '@kubets/core';

export const WatchEvent = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent',
  'One change that a watch reports.',
  {
    type: field(1, string, 'What happened: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.').required().default(''),
    object: field(
      2,
      rawExtension,
      'The object after the change, before it for DELETED, or a Status for ERROR.',
    ).required(),
  },
);
export interface WatchEvent extends Infer<typeof WatchEvent> {}
