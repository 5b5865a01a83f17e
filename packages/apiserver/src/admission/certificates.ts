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

const MASTERS = 'system:masters';
/** The object identifier of an organization in DER; the type of the text, its length and the text follow. */
const ORGANIZATION = String.fromCharCode(0x06, 0x03, 0x55, 0x04, 0x0a);

/** Looks for the group as an organization in the DER of a PEM request. */
function namesMasters(request: string): boolean {
  try {
    const der = atob(atob(request).replace(/-----[^-]+-----|\s/g, ''));
    const values = der.split(ORGANIZATION).slice(1);
    return values.some((value) => value.charCodeAt(1) === MASTERS.length && value.startsWith(MASTERS, 2));
  } catch {
    return false;
  }
}
