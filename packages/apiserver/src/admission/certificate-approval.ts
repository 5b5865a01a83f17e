import type { CertificateSigningRequest } from '@kubets/api';
import { sameJson } from '@kubets/core';
import type { Authorizer } from '../authz/authorizer.ts';
import { type Decider, withDecisions } from '../authz/decisions.ts';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';

interface SignerRight {
  readonly name: string;
  readonly subresource: string;
  readonly verb: 'approve' | 'sign';
  /** Whether a write does what the right is for. */
  needsRight(request: CertificateSigningRequest, old: CertificateSigningRequest): boolean;
  /** What the refusal says. */
  refusal(signerName: string): string;
}

const RIGHTS: readonly SignerRight[] = [
  {
    name: 'CertificateApproval',
    subresource: 'approval',
    verb: 'approve',
    needsRight: () => true,
    refusal: (signer) => `user not permitted to approve requests with signerName "${signer}"`,
  },
  {
    name: 'CertificateSigning',
    subresource: 'status',
    verb: 'sign',
    needsRight: ({ status = {} }, { status: old = {} }) =>
      status.certificate !== old.certificate || !sameJson(failedOf(status), failedOf(old)),
    refusal: (signer) => `user not permitted to sign requests with signerName "${signer}"`,
  },
];

function failedOf({ conditions = [] }: NonNullable<CertificateSigningRequest['status']>) {
  return conditions.filter(({ type }) => type === 'Failed');
}

/** Who approves or signs a certificate request needs the right to, for the signer that the request names. */
export function certificateRights(authorizer: () => Authorizer | undefined): AdmissionPlugin[] {
  return RIGHTS.map((right) => ({
    name: right.name,
    handles: (operation) => operation === 'UPDATE',
    validate(admission) {
      const { group, resource } = admission.resource.storedKind;
      if (group !== 'certificates.k8s.io' || resource !== 'certificatesigningrequests') return;
      if (admission.subresource !== right.subresource) return;
      const old = admission.old as CertificateSigningRequest;
      if (!right.needsRight(admission.object as CertificateSigningRequest, old)) return;
      const known = authorizer();
      const { signerName } = old.spec;
      // Before the front door is open only the control plane itself writes.
      if (!known) return;
      return withDecisions(known, (decider) => {
        if (!maySign(decider, admission, { verb: right.verb, signerName }))
          throw refused(admission, right.refusal(signerName));
      });
    },
  }));
}

/** For one signer, or for all of its domain. */
function maySign(
  decider: Decider,
  { request: { user } }: AdmissionRequest,
  { verb, signerName }: { verb: string; signerName: string },
): boolean {
  const base = { user, verb, isResource: true, group: 'certificates.k8s.io', version: '*', resource: 'signers' };
  const names = [signerName, `${signerName.split('/')[0]}/*`];
  return names.some(
    (name) => decider.authorize({ ...base, name, subresource: '', namespace: '', path: '' }).allowed === true,
  );
}
