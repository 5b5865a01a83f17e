import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '@kubets/api';
import { type Clock, type Random, StatusError } from '@kubets/core';
import type { Attributes } from '../authz/authorizer.ts';
import type { User } from '../request.ts';
import { extension, issuerParts, type KeyPair, keyIdOf, OID, signCertificate } from './certificates.ts';
import { type CertificationRequest, parseCertificationRequest } from './certification-request.ts';
import { bitString, context, contextPrimitive, objectId, octetString, sequence } from './der.ts';

const DEFAULT_VALID_MS = 365 * 24 * 3_600_000;
const MIN_VALID_MS = 600_000;
const BACKDATE_MS = 300_000;
/** Certificates that live shorter than this are valid as long as was asked for, the backdating not counted. */
const SHORT_MS = 8 * 3_600_000;
const NODE_PREFIX = 'system:node:';
const NODES = 'system:nodes';

/** Bits of the key usage extension, from the most significant. */
const KEY_USAGES = [
  'digital signature',
  'content commitment',
  'key encipherment',
  'data encipherment',
  'key agreement',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
];
const EXTENDED_USAGES: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': OID.serverAuth,
  'client auth': OID.clientAuth,
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

/** Throws an Error for what a signer must not sign. */
type SignerRule = (request: CertificationRequest, usages: readonly string[]) => void;

const SIGNERS: Readonly<Record<string, SignerRule>> = {
  'kubernetes.io/kube-apiserver-client': (_request, usages) => checkClientUsages(usages),
  'kubernetes.io/kube-apiserver-client-kubelet': checkKubeletClient,
  'kubernetes.io/kubelet-serving': checkKubeletServing,
  'kubernetes.io/legacy-unknown': () => {},
};

/** Signs certificate requests with the authority of the cluster, by the rules of the signers of Kubernetes. */
export class CertificateSigner {
  readonly #authority: KeyPair;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #mayApprove: (attributes: Attributes) => boolean | Promise<boolean>;

  constructor(options: {
    authority: KeyPair;
    clock: Clock;
    random: Random;
    /** Whether somebody has the right that makes his request approved without a person. */
    mayApprove: (attributes: Attributes) => boolean | Promise<boolean>;
  }) {
    this.#authority = options.authority;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#mayApprove = options.mayApprove;
  }

  /** The certificate in PEM, base64. Throws a `StatusError` of reason Invalid for what the signer must not sign. */
  async sign({ metadata, spec }: CertificateSigningRequest): Promise<string> {
    try {
      const request = requestOf(spec.request);
      SIGNERS[spec.signerName]?.(request, spec.usages ?? []);
      return Buffer.from(this.#certificate(request, spec)).toString('base64');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new StatusError({ code: 422, reason: 'Invalid', message, details: { name: metadata.name ?? '' } });
    }
  }

  /** Whether a kubelet asks for its own client certificate and may have it. */
  async isKubeletClient({ spec }: CertificateSigningRequest): Promise<boolean> {
    let request: CertificationRequest;
    try {
      request = requestOf(spec.request);
      checkKubeletClient(request, spec.usages ?? []);
    } catch {
      return false;
    }
    const user: User = {
      name: spec.username ?? '',
      groups: spec.groups ?? [],
      ...(spec.extra ? { extra: spec.extra } : {}),
    };
    const may = (subresource: string) => this.#mayApprove(attributesOf(user, subresource));
    return (user.name === request.commonName && (await may('selfnodeclient'))) || may('nodeclient');
  }

  #certificate(
    request: CertificationRequest,
    { usages = [], expirationSeconds }: CertificateSigningRequest['spec'],
  ): string {
    const { name, keyId } = issuerParts(this.#authority.cert);
    const wantedMs = expirationSeconds === undefined ? DEFAULT_VALID_MS : expirationSeconds * 1000;
    const validMs = Math.min(Math.max(wantedMs, MIN_VALID_MS), DEFAULT_VALID_MS);
    const nowMs = this.#clock.now();
    const notAfterMs = nowMs + validMs - (validMs >= SHORT_MS ? BACKDATE_MS : 0);
    const authorityEndMs = Date.parse(new X509Certificate(this.#authority.cert).validTo);
    return signCertificate(
      {
        issuerName: name,
        subject: request.subject,
        spki: request.spki,
        extensions: extensionsOf(request, usages, keyId),
        notBeforeMs: nowMs - BACKDATE_MS,
        notAfterMs: Math.min(notAfterMs, authorityEndMs),
      },
      { signingKey: createPrivateKey(this.#authority.key), random: this.#random },
    );
  }
}

function requestOf(request: string | undefined): CertificationRequest {
  return parseCertificationRequest(Buffer.from(request ?? '', 'base64').toString());
}

function attributesOf(user: User, subresource: string): Attributes {
  const resource = 'certificatesigningrequests';
  const group = 'certificates.k8s.io';
  return { user, verb: 'create', isResource: true, group, resource, subresource, namespace: '', name: '', path: '' };
}

function extensionsOf(request: CertificationRequest, usages: readonly string[], issuerKeyId: Buffer): Buffer {
  const extended = [...new Set(usages.map((usage) => EXTENDED_USAGES[usage]).filter((oid) => oid !== undefined))];
  const bits = keyUsageBits(usages);
  const parts = [
    ...(bits ? [extension(OID.keyUsage, bits, true)] : []),
    ...(extended.length > 0 ? [extension(OID.extendedKeyUsage, sequence(...extended.map(objectId)))] : []),
    extension(OID.basicConstraints, sequence(), true),
    extension(OID.subjectKeyId, octetString(keyIdOf(request.spki))),
    extension(OID.authorityKeyId, sequence(contextPrimitive(0, issuerKeyId))),
    ...(request.alternativeNames ? [extension(OID.subjectAltName, request.alternativeNames)] : []),
  ];
  return context(3, sequence(...parts));
}

function keyUsageBits(usages: readonly string[]): Buffer | undefined {
  const set = usages.map((usage) => KEY_USAGES.indexOf(usage === 'signing' ? 'digital signature' : usage));
  const positions = set.filter((position) => position >= 0);
  if (positions.length === 0) return undefined;
  const last = Math.max(...positions);
  const bytes = Buffer.alloc(Math.floor(last / 8) + 1);
  for (const position of positions) bytes[position >> 3]! |= 0x80 >> (position & 7);
  return bitString(bytes, 7 - (last & 7));
}

function checkClientUsages(usages: readonly string[]): void {
  const allowed = new Set(['client auth', 'digital signature', 'key encipherment']);
  const odd = usages.find((usage) => !allowed.has(usage));
  if (odd) throw new Error(`invalid usage for client certificate: ${odd}`);
  if (!usages.includes('client auth')) throw new Error('missing required usage for client certificate: client auth');
}

function checkKubeletClient(request: CertificationRequest, usages: readonly string[]): void {
  checkNode(request);
  const { dns, ip, email, uri } = request.names;
  if (dns > 0) throw new Error('DNS subjectAltNames are not allowed');
  if (email > 0) throw new Error('Email subjectAltNames are not allowed');
  if (ip > 0) throw new Error('IP subjectAltNames are not allowed');
  if (uri > 0) throw new Error('URI subjectAltNames are not allowed');
  checkNodeUsages(usages, 'client auth');
}

function checkKubeletServing(request: CertificationRequest, usages: readonly string[]): void {
  checkNode(request);
  const { dns, ip, email, uri } = request.names;
  if (dns + ip === 0) throw new Error('DNS or IP subjectAltName is required');
  if (email > 0) throw new Error('Email subjectAltNames are not allowed');
  if (uri > 0) throw new Error('URI subjectAltNames are not allowed');
  checkNodeUsages(usages, 'server auth');
}

function checkNode({ commonName, organizations }: CertificationRequest): void {
  if (organizations.length !== 1 || organizations[0] !== NODES) throw new Error(`subject organization is not ${NODES}`);
  if (!commonName.startsWith(NODE_PREFIX)) throw new Error(`subject common name does not begin with ${NODE_PREFIX}`);
}

/** Keys that cannot encipher need not be allowed to. */
function checkNodeUsages(usages: readonly string[], purpose: string): void {
  const wanted = [purpose, 'digital signature', 'key encipherment'].sort();
  const given = new Set(usages);
  const fits = given.size === usages.length && usages.every((usage) => wanted.includes(usage));
  if (!fits || !given.has(purpose) || !given.has('digital signature'))
    throw new Error(`usages did not match [${wanted.join(' ')}]`);
}
