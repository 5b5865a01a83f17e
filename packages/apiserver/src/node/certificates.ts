import {
  createHash,
  createPrivateKey,
  type createPublicKey,
  generateKeyPairSync,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock, Random } from '@kubets/core';
import {
  bitString,
  boolean,
  children,
  contentOf,
  context,
  contextPrimitive,
  integer,
  nullValue,
  objectId,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
} from './der.ts';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly usage: 'authority' | 'client' | 'server';
  /** DNS names and IP addresses that a server answers to. */
  readonly hosts?: readonly string[];
  readonly validMs: number;
}

/** Clocks of machines differ; certificates are valid from a little earlier. */
const BACKDATE_MS = 60 * 60 * 1000;
export const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;
/** Key usage bits: digitalSignature, keyEncipherment; and keyCertSign for authorities. */
const LEAF_USAGE = { bits: 0xa0, unused: 5 };
const AUTHORITY_USAGE = { bits: 0xa4, unused: 2 };

function nameOf({ commonName, organizations = [] }: Pick<CertificateRequest, 'commonName' | 'organizations'>): Buffer {
  const part = (oid: string, text: string) => setOf(sequence(objectId(oid), utf8String(text)));
  return sequence(...organizations.map((text) => part(OID.organization, text)), part(OID.commonName, commonName));
}

export function extension(oid: string, value: Buffer, critical = false): Buffer {
  return sequence(objectId(oid), ...(critical ? [boolean(true)] : []), octetString(value));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = address.includes('::') ? groups(tail) : [];
  const all = [...before, ...new Array(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  return sequence(
    ...hosts.map((host) =>
      isIP(host) ? contextPrimitive(7, addressBytes(host)) : contextPrimitive(2, Buffer.from(host, 'ascii')),
    ),
  );
}

/** SHA-1 of the public key's bits, which names the key. */
export function keyIdOf(spki: Buffer): Buffer {
  return createHash('sha1').update(spki).digest();
}

function extensionsOf(request: CertificateRequest, keyId: Buffer, issuerKeyId: Buffer): Buffer {
  const isAuthority = request.usage === 'authority';
  const usage = isAuthority ? AUTHORITY_USAGE : LEAF_USAGE;
  const parts = [
    extension(OID.keyUsage, bitString(Buffer.from([usage.bits]), usage.unused), true),
    extension(OID.basicConstraints, isAuthority ? sequence(boolean(true)) : sequence(), true),
    extension(OID.subjectKeyId, octetString(keyId)),
    extension(OID.authorityKeyId, sequence(contextPrimitive(0, issuerKeyId))),
  ];
  if (!isAuthority)
    parts.push(
      extension(OID.extendedKeyUsage, sequence(objectId(request.usage === 'server' ? OID.serverAuth : OID.clientAuth))),
    );
  if (request.hosts?.length) parts.push(extension(OID.subjectAltName, alternativeNames(request.hosts)));
  return context(3, sequence(...parts));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The parts of an authority's certificate that those it issues repeat byte for byte. */
export function issuerParts(certificate: string): { name: Buffer; keyId: Buffer } {
  const { raw, publicKey } = new X509Certificate(certificate);
  const [body] = children(raw);
  // Version, serial number, algorithm, issuer and validity come before the subject.
  const name = children(body!)[5]!;
  const mark = raw.indexOf(SUBJECT_KEY_ID_MARK);
  const [inner] = mark < 0 ? [] : children(raw.subarray(mark + SUBJECT_KEY_ID_MARK.length));
  const keyId = inner ? contentOf(inner) : keyIdOf(publicKey.export({ type: 'spki', format: 'der' }));
  return { name, keyId };
}

const SUBJECT_KEY_ID_MARK = objectId(OID.subjectKeyId);

/** Issues a P-256 key and its certificate; without an `issuer` it signs itself. */
export function issueCertificate(
  request: CertificateRequest,
  options: { issuer?: KeyPair | undefined; clock: Clock; random: Random },
): KeyPair {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { cert, keyPem } = certify(request, { ...options, publicKey: pair.publicKey, ownKey: pair.privateKey });
  return { cert, key: keyPem };
}

function certify(
  request: CertificateRequest,
  options: {
    issuer?: KeyPair | undefined;
    clock: Clock;
    random: Random;
    publicKey: ReturnType<typeof createPublicKey>;
    ownKey: ReturnType<typeof createPrivateKey>;
  },
): { cert: string; keyPem: string } {
  const { issuer, clock, random, publicKey, ownKey } = options;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const keyId = keyIdOf(spki);
  const issuedBy = issuer ? issuerParts(issuer.cert) : { name: nameOf(request), keyId };
  const nowMs = clock.now();
  const cert = signCertificate(
    {
      issuerName: issuedBy.name,
      subject: nameOf(request),
      spki,
      extensions: extensionsOf(request, keyId, issuedBy.keyId),
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + request.validMs,
    },
    { signingKey: issuer ? createPrivateKey(issuer.key) : ownKey, random },
  );
  return { cert, keyPem: ownKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** What a certificate says, in the encoded parts that it is made of. */
export interface CertificateContent {
  readonly issuerName: Buffer;
  readonly subject: Buffer;
  readonly spki: Buffer;
  /** With its tag. */
  readonly extensions: Buffer;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Signs a certificate; the result is PEM. */
export function signCertificate(
  content: CertificateContent,
  { signingKey, random }: { signingKey: ReturnType<typeof createPrivateKey>; random: Random },
): string {
  const isRsa = signingKey.asymmetricKeyType === 'rsa';
  const algorithm = isRsa
    ? sequence(objectId(OID.sha256WithRsa), nullValue())
    : sequence(objectId(OID.ecdsaWithSha256));
  const serial = random.bytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const body = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    content.issuerName,
    sequence(time(content.notBeforeMs), time(content.notAfterMs)),
    content.subject,
    content.spki,
    content.extensions,
  );
  return pem('CERTIFICATE', sequence(body, algorithm, bitString(sign('sha256', body, signingKey))));
}

/** True while a certificate was signed by `issuer`, names all `hosts` and is valid for at least `marginMs` more. */
export function isCurrent(
  certificate: string,
  options: { issuer: string; hosts?: readonly string[]; nowMs: number; marginMs: number },
): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    if (!parsed.verify(new X509Certificate(options.issuer).publicKey)) return false;
    if (Date.parse(parsed.validTo) < options.nowMs + options.marginMs) return false;
    return (options.hosts ?? []).every(
      (host) => (isIP(host) ? parsed.checkIP(host) : parsed.checkHost(host)) !== undefined,
    );
  } catch {
    return false;
  }
}
