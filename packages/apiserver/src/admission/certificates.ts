import type { CertificateSigningRequest } from '@kubets/api';
import { type AdmissionPlugin, refused } from './admission.ts';

/** Nobody may ask for a certificate with which the kube-apiserver client signer would make a master of them. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (operation) => operation === 'CREATE',
  validate(admission) {
    const { group, resource } = admission.resource.name;
    if (group !== 'certificates.k8s.io' || resource !== 'certificatesigningrequests') return;
    const { spec } = admission.object as CertificateSigningRequest;
    if (spec.signerName !== 'kubernetes.io/kube-apiserver-client') return;
    if (!namesMasters(spec.request ?? '')) return;
    throw refused(
      admission,
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
  },
};

/** Looks for the group's name in the DER of a PEM request, where an organization would be written as plain text. */
function namesMasters(request: string): boolean {
  try {
    const pem = atob(request);
    return atob(pem.replace(/-----[^-]+-----|\s/g, '')).includes('system:masters');
  } catch {
    return false;
  }
}
