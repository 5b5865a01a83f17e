import { field, type Infer, message, rawExtension, string } from '@kubets/core';

export const WatchEvent = message('io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent', '', {
  type: field(1, string, '').required().default(''),
  object: field(2, rawExtension, '').required(),
});
export interface WatchEvent extends Infer<typeof WatchEvent> {}
