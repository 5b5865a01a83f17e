import { bool, defineKind, field, type Infer, int64, list, message, string } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const CSITokenRequest = message('io.k8s.api.storage.v1.TokenRequest', '', {
  audience: field(1, string, '').required().default(''),
  expirationSeconds: field(2, int64, ''),
});
export interface CSITokenRequest extends Infer<typeof CSITokenRequest> {}

export const CSIDriverSpec = message('io.k8s.api.storage.v1.CSIDriverSpec', '', {
  attachRequired: field(1, bool, ''),
  podInfoOnMount: field(2, bool, ''),
  volumeLifecycleModes: field(3, list(string), '').set(),
  storageCapacity: field(4, bool, ''),
  fsGroupPolicy: field(5, string, ''),
  tokenRequests: field(6, list(CSITokenRequest), '').atomic(),
  requiresRepublish: field(7, bool, ''),
  seLinuxMount: field(8, bool, ''),
  nodeAllocatableUpdatePeriodSeconds: field(9, int64, ''),
  serviceAccountTokenInSecrets: field(10, bool, ''),
  preventPodSchedulingIfMissing: field(11, bool, ''),
});
export interface CSIDriverSpec extends Infer<typeof CSIDriverSpec> {}

export const CSIDriver = message('io.k8s.api.storage.v1.CSIDriver', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, CSIDriverSpec, '').required().default({}),
});
export interface CSIDriver extends Infer<typeof CSIDriver> {}

export const csiDriverKind = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  resource: 'csidrivers',
  namespaced: false,
  schema: CSIDriver,
  storageVersionHash: 'hL6j/rwBV5w=',
});
