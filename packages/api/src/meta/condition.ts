import { field, type Infer, int64, message, string, time } from '@kubets/core';

export const Condition = message('io.k8s.apimachinery.pkg.apis.meta.v1.Condition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  observedGeneration: field(3, int64, ''),
  lastTransitionTime: field(4, time, '').required(),
  reason: field(5, string, '').required().default(''),
  message: field(6, string, '').required().default(''),
});
export interface Condition extends Infer<typeof Condition> {}
