import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateSigningRequest } from '@kubets/api';
import { hostClock, hostRandom } from '@kubets/core/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CertificateSigner } from './certificate-signer.ts';
import { issueCertificate, type KeyPair } from './certificates.ts';

let dir: string;
let authority: KeyPair;
let signer: CertificateSigner;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubets-signer-'));
  const options = { clock: hostClock, random: hostRandom, issuer: undefined };
  const validMs = 10 * 365 * 24 * 3_600_000;
  authority = issueCertificate({ commonName: 'kubernetes', usage: 'authority', validMs }, options);
  const mayApprove = ({ user, subresource }: { user: { groups: readonly string[] }; subresource: string }) =>
    user.groups.includes('system:nodes') && subresource === 'selfnodeclient';
  signer = new CertificateSigner({ authority, ...options, mayApprove });
});
afterAll(() => rmSync(dir, { recursive: true }));

/** What openssl makes of the subject, base64. */
function request(subject: string, ...more: string[]): string {
  const key = more.includes('-newkey') ? [] : ['-newkey', 'rsa:2048'];
  const out = join(dir, 'r.csr');
  const args = ['req', '-new', '-nodes', ...key, '-keyout', join(dir, 'r.key'), '-out', out, '-subj', subject, ...more];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return readFileSync(out).toString('base64');
}

function signingRequest(spec: Partial<CertificateSigningRequest['spec']>): CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'r' },
    spec: { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], ...spec },
  } as CertificateSigningRequest;
}

async function signed(spec: Partial<CertificateSigningRequest['spec']>): Promise<X509Certificate> {
  return new X509Certificate(Buffer.from(await signer.sign(signingRequest(spec)), 'base64'));
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

it('signs what a user asks for with openssl', async () => {
  for (const key of [[], EC, ['-newkey', 'ed25519']]) {
    const certificate = await signed({ request: request('/CN=jane/O=developers', ...key), expirationSeconds: 3600 });
    expect(certificate.subject).toBe('CN=jane\nO=developers');
    expect(certificate.verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const leftMs = Date.parse(certificate.validTo) - hostClock.now();
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThanOrEqual(3_600_000);
  }
});

it('keeps the names of a server, which openssl verifies', async () => {
  const names = 'subjectAltName=DNS:n1,IP:10.0.0.1';
  const asked = request('/O=system:nodes/CN=system:node:n1', '-addext', names);
  const usages = ['digital signature', 'key encipherment', 'server auth'];
  const certificate = await signed({ signerName: 'kubernetes.io/kubelet-serving', request: asked, usages });
  expect(certificate.subjectAltName).toBe('DNS:n1, IP Address:10.0.0.1');
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: certificate.toString() }).toString();
  expect(text).toContain('Digital Signature, Key Encipherment');
});

const node = '/O=system:nodes/CN=system:node:n1';
it.each<[string, string, string[], string[], string]>([
  ['kube-apiserver-client', '/CN=x', [], ['server auth'], 'invalid usage for client certificate: server auth'],
  ['kube-apiserver-client', '/CN=x', [], ['digital signature'], 'missing required usage'],
  [
    'kube-apiserver-client-kubelet',
    '/CN=system:node:n1',
    [],
    ['client auth'],
    'subject organization is not system:nodes',
  ],
  ['kube-apiserver-client-kubelet', '/O=system:nodes/CN=n1', [], ['client auth'], 'common name does not begin with'],
  ['kube-apiserver-client-kubelet', node, [], ['client auth'], 'usages did not match [client auth digital signature'],
  ['kube-apiserver-client-kubelet', node, ['-addext', 'subjectAltName=DNS:a'], ['client auth'], 'DNS subjectAltNames'],
  ['kubelet-serving', node, [], ['server auth', 'digital signature'], 'DNS or IP subjectAltName is required'],
])('%s does not sign %s', async (name, subject, more, usages, message) => {
  const asked = signed({ signerName: `kubernetes.io/${name}`, request: request(subject, ...more), usages });
  await expect(asked).rejects.toMatchObject({ reason: 'Invalid', message: expect.stringContaining(message) });
});

it('refuses what is no request, or was tampered with', async () => {
  const pem = Buffer.from(request('/CN=jane'), 'base64').toString();
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  der[der.indexOf('jane')] = 0x4a;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  await expect(signed({ request: Buffer.from(forged).toString('base64') })).rejects.toThrow('signature of the request');
  const broken = forged.replace(/[A-Za-z0-9]{40}/, '');
  await expect(signed({ request: Buffer.from(broken).toString('base64') })).rejects.toMatchObject({
    reason: 'Invalid',
  });
});

it("approves a kubelet's own client certificate only", async () => {
  const usages = ['client auth', 'digital signature'];
  const asked = { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', request: request(node), usages };
  const groups = ['system:nodes'];
  const isApproved = (more: object) => signer.isKubeletClient(signingRequest({ ...asked, groups, ...more }));
  expect(await isApproved({ username: 'system:node:n1' })).toBe(true);
  expect(await isApproved({ username: 'system:node:n2' })).toBe(false);
  expect(await isApproved({ username: 'system:node:n1', groups: [] })).toBe(false);
  expect(await isApproved({ username: 'system:node:n1', usages: ['client auth', 'cert sign'] })).toBe(false);
});
