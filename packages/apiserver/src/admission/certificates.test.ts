import { expect, it } from 'vitest';
import type { AdmissionRequest } from './admission.ts';
import { certificateSubjectRestriction } from './certificates.ts';

const UTF8_STRING = 0x0c;
const PRINTABLE_STRING = 0x13;
const ORGANIZATION = [0x06, 0x03, 0x55, 0x04, 0x0a];
const COMMON_NAME = [0x06, 0x03, 0x55, 0x04, 0x03];

/** A creation of a request whose subject has one attribute. */
function requestWith(attribute: number[], type: number, text: string): AdmissionRequest {
  const der = String.fromCharCode(0x30, 0x82, ...attribute, type, text.length) + text;
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${btoa(der)}\n-----END CERTIFICATE REQUEST-----\n`;
  return {
    resource: { name: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests' } },
    name: 'csr',
    object: { spec: { signerName: 'kubernetes.io/kube-apiserver-client', request: btoa(pem) } },
  } as unknown as AdmissionRequest;
}

it.each([
  [ORGANIZATION, UTF8_STRING, 'system:masters', false],
  [ORGANIZATION, PRINTABLE_STRING, 'system:masters', false],
  [ORGANIZATION, UTF8_STRING, 'system:masters-of-none', true],
  [ORGANIZATION, UTF8_STRING, 'not system:masters', true],
  [COMMON_NAME, UTF8_STRING, 'system:masters', true],
])('nobody is made a master by a certificate (%j, %i, %s: %s)', (attribute, type, text, isAllowed) => {
  const check = () => certificateSubjectRestriction.validate!(requestWith(attribute, type, text));
  if (isAllowed) expect(check).not.toThrow();
  else expect(check).toThrow('with system:masters group is not allowed');
});
