import { field, type Infer, message, string } from '@kubets/core';

export const ShardInfo = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo',
  'Which share of a collection a list was cut down to.',
  {
    selector: field(1, string, 'The selector that picked the share, as the request had it.').required().default(''),
  },
);
export interface ShardInfo extends Infer<typeof ShardInfo> {}
