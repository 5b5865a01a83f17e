import { bool, field, type Infer, int64, list, message, string } from '@kubets/core';

export const Preconditions = message('io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions', '', {
  uid: field(1, string, ''),
  resourceVersion: field(2, string, ''),
});
export interface Preconditions extends Infer<typeof Preconditions> {}

export const DeleteOptions = message('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  gracePeriodSeconds: field(1, int64, ''),
  preconditions: field(2, Preconditions, ''),
  orphanDependents: field(3, bool, ''),
  propagationPolicy: field(4, string, ''),
  dryRun: field(5, list(string), '').atomic(),
  ignoreStoreReadErrorWithClusterBreakingPotential: field(6, bool, ''),
});
export interface DeleteOptions extends Infer<typeof DeleteOptions> {}
