import { field, type Infer, message, string } from '@kubets/core';

export const ShardInfo = message('io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo', '', {
  selector: field(1, string, '').required().default(''),
});
export interface ShardInfo extends Infer<typeof ShardInfo> {}
