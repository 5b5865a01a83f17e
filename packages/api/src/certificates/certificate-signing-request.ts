import { bytes, defineKind, field, type Infer, int32, list, map, message, string, time } from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';

export const CertificateSigningRequestCondition = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequestCondition',
  '',
  {
    type: field(1, string, '').required().default(''),
    reason: field(2, string, ''),
    message: field(3, string, ''),
    lastUpdateTime: field(4, time, ''),
    lastTransitionTime: field(5, time, ''),
    status: field(6, string, '').required().default(''),
  },
);
export interface CertificateSigningRequestCondition extends Infer<typeof CertificateSigningRequestCondition> {}

export const CertificateSigningRequestSpec = message('io.k8s.api.certificates.v1.CertificateSigningRequestSpec', '', {
  request: field(1, bytes, '').required(),
  username: field(2, string, ''),
  uid: field(3, string, ''),
  groups: field(4, list(string), '').atomic(),
  usages: field(5, list(string), '')
    .oneOf(
      'any',
      'cert sign',
      'client auth',
      'code signing',
      'content commitment',
      'crl sign',
      'data encipherment',
      'decipher only',
      'digital signature',
      'email protection',
      'encipher only',
      'ipsec end system',
      'ipsec tunnel',
      'ipsec user',
      'key agreement',
      'key encipherment',
      'microsoft sgc',
      'netscape sgc',
      'ocsp signing',
      's/mime',
      'server auth',
      'signing',
      'timestamping',
    )
    .atomic(),
  extra: field(6, map(list(string)), ''),
  signerName: field(7, string, '').required().default(''),
  expirationSeconds: field(8, int32, ''),
});
export interface CertificateSigningRequestSpec extends Infer<typeof CertificateSigningRequestSpec> {}

export const CertificateSigningRequestStatus = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequestStatus',
  '',
  {
    conditions: field(1, list(CertificateSigningRequestCondition), '').mapOf('type'),
    certificate: field(2, bytes, ''),
  },
);
export interface CertificateSigningRequestStatus extends Infer<typeof CertificateSigningRequestStatus> {}

export const CertificateSigningRequest = message('io.k8s.api.certificates.v1.CertificateSigningRequest', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, CertificateSigningRequestSpec, '').required().default({}),
  status: field(3, CertificateSigningRequestStatus, '').default({}),
});
export interface CertificateSigningRequest extends Infer<typeof CertificateSigningRequest> {}

export const certificateSigningRequestKind = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  resource: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  schema: CertificateSigningRequest,
  subresources: [
    { name: 'approval', verbs: ['get', 'patch', 'update'], kind: 'CertificateSigningRequest', form: 'object' },
    { name: 'status', verbs: ['get', 'patch', 'update'], kind: 'CertificateSigningRequest', form: 'object' },
  ],
  storageVersionHash: '95fRKMXA+00=',
});
