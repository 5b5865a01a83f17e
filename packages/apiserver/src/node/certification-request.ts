import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { OID } from './certificates.ts';
import { children, contentOf, dottedOf, tagOf } from './der.ts';

/** A request for a certificate (PKCS #10), as far as a signer needs it. */
export interface CertificationRequest {
  /** The encoded subject, byte for byte. */
  readonly subject: Buffer;
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** The encoded public key. */
  readonly spki: Buffer;
  readonly publicKey: KeyObject;
  /** The encoded names besides the subject; undefined when there are none. */
  readonly alternativeNames: Buffer | undefined;
  /** How many of each kind there are. */
  readonly names: { readonly dns: number; readonly ip: number; readonly email: number; readonly uri: number };
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const ATTRIBUTES_TAG = 0xa0;
const UTF8_TAGS = new Set([0x0c, 0x13, 0x16]);
/** Digests of signatures that are believed; undefined for those that have theirs built in. */
const SIGNATURES: Readonly<Record<string, string | undefined>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': undefined,
};

/** Reads a request in PEM and checks that it was signed with its own key. Throws an Error that says what is wrong. */
export function parseCertificationRequest(pem: string): CertificationRequest {
  const match = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([\s\S]+?)-----END/.exec(pem);
  if (!match) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const der = Buffer.from(match[1]!.replace(/\s/g, ''), 'base64');
  try {
    return parsed(der);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new Error('malformed certificate request');
    throw error;
  }
}

function parsed(der: Buffer): CertificationRequest {
  const [info, algorithm, signature] = children(der);
  const [, subject, spki, attributes] = children(info!);
  const publicKey = createPublicKey({ key: spki!, format: 'der', type: 'spki' });
  checkSignature({ info: info!, algorithm: algorithm!, signature: signature!, publicKey });
  const found = attributes && tagOf(attributes) === ATTRIBUTES_TAG ? alternativeNamesIn(attributes) : undefined;
  return {
    subject: subject!,
    ...subjectOf(subject!),
    spki: spki!,
    publicKey,
    alternativeNames: found,
    names: countOf(found),
  };
}

function checkSignature(parts: { info: Buffer; algorithm: Buffer; signature: Buffer; publicKey: KeyObject }): void {
  const oid = dottedOf(children(parts.algorithm)[0]!);
  if (!(oid in SIGNATURES)) throw new Error(`signature algorithm ${oid} is not supported`);
  // The first byte tells how many bits of the last are unused: none.
  const bytes = contentOf(parts.signature).subarray(1);
  if (!verify(SIGNATURES[oid], parts.info, parts.publicKey, bytes))
    throw new Error('the signature of the request is wrong');
}

function subjectOf(subject: Buffer): { commonName: string; organizations: string[] } {
  let commonName = '';
  const organizations: string[] = [];
  for (const set of children(subject)) {
    for (const pair of children(set)) {
      const [oid, value] = children(pair);
      const type = dottedOf(oid!);
      if (type === OID.commonName) commonName = textOf(value!);
      else if (type === OID.organization) organizations.push(textOf(value!));
    }
  }
  return { commonName, organizations };
}

/** Other string types could hide a name from those who look for it. */
function textOf(value: Buffer): string {
  if (!UTF8_TAGS.has(tagOf(value))) throw new Error('names in the subject must be UTF-8 or printable strings');
  return contentOf(value).toString();
}

function alternativeNamesIn(attributes: Buffer): Buffer | undefined {
  for (const attribute of children(attributes)) {
    const [oid, values] = children(attribute);
    if (dottedOf(oid!) !== EXTENSION_REQUEST) continue;
    for (const extension of children(children(values!)[0]!)) {
      const parts = children(extension);
      if (dottedOf(parts[0]!) === OID.subjectAltName) return contentOf(parts.at(-1)!);
    }
  }
  return undefined;
}

function countOf(names: Buffer | undefined): CertificationRequest['names'] {
  const tags = names ? children(names).map((name) => tagOf(name) & 0x1f) : [];
  const count = (tag: number) => tags.filter((each) => each === tag).length;
  return { email: count(1), dns: count(2), uri: count(6), ip: count(7) };
}
