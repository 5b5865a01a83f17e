import { bool, bytes, defineKind, field, type Infer, int32, list, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const APIServiceCondition = message(
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition',
  '',
  {
    type: field(1, string, '').required().default(''),
    status: field(2, string, '').required().default(''),
    lastTransitionTime: field(3, time, ''),
    reason: field(4, string, ''),
    message: field(5, string, ''),
  },
);
export interface APIServiceCondition extends Infer<typeof APIServiceCondition> {}

export const APIServiceReference = message('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference', '', {
  namespace: field(1, string, ''),
  name: field(2, string, ''),
  port: field(3, int32, ''),
});
export interface APIServiceReference extends Infer<typeof APIServiceReference> {}

export const APIServiceSpec = message('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec', '', {
  service: field(1, APIServiceReference, ''),
  group: field(2, string, ''),
  version: field(3, string, ''),
  insecureSkipTLSVerify: field(4, bool, ''),
  caBundle: field(5, bytes, '').atomic(),
  groupPriorityMinimum: field(7, int32, '').required().default(0),
  versionPriority: field(8, int32, '').required().default(0),
});
export interface APIServiceSpec extends Infer<typeof APIServiceSpec> {}

export const APIServiceStatus = message('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus', '', {
  conditions: field(1, list(APIServiceCondition), '').mapOf('type').mergeBy('type'),
});
export interface APIServiceStatus extends Infer<typeof APIServiceStatus> {}

export const APIService = message('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, APIServiceSpec, '').always().default({}),
  status: field(3, APIServiceStatus, '').default({}),
});
export interface APIService extends Infer<typeof APIService> {}

export const apiServiceKind = defineKind<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  resource: 'apiservices',
  categories: ['api-extensions'],
  namespaced: false,
  schema: APIService,
  subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'], kind: 'APIService', form: 'object' }],
  storageVersionHash: 'InPBPD7+PqM=',
});
