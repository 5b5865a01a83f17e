/** IP addresses and CIDR blocks: strict parsing, canonical text (RFC 5952), membership. */

export interface IpAddress {
  readonly family: 4 | 6;
  /** 4 or 16 bytes, most significant first. */
  readonly bytes: readonly number[];
}

export interface Cidr {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

export interface IpParseOptions {
  /** Accept decimal numbers with leading zeros (010.0.0.1), as old stored objects may have. */
  allowLeadingZeros?: boolean;
}

/** The address that `text` writes, or undefined. IPv4-mapped IPv6 stays family 6. */
export function parseIp(text: string, options: IpParseOptions = {}): IpAddress | undefined {
  if (text.includes(':')) return parseIpv6(text, options);
  const bytes = parseIpv4Bytes(text, options);
  return bytes && { family: 4, bytes };
}

function parseIpv4Bytes(text: string, { allowLeadingZeros }: IpParseOptions): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const part = allowLeadingZeros ? /^[0-9]{1,16}$/ : /^(?:0|[1-9][0-9]{0,2})$/;
  if (!parts.every((digits) => part.test(digits) && Number(digits) <= 255)) return undefined;
  return parts.map(Number);
}

function parseIpv6(text: string, options: IpParseOptions): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '', halves.length === 1, options);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '', true, options) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return { family: 6, bytes: groups.flatMap((group) => [group >> 8, group & 0xff]) };
}

function groupsOf(text: string, mayEndInIpv4: boolean, options: IpParseOptions): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts[parts.length - 1] ?? '';
  const groups: number[] = [];
  for (const part of mayEndInIpv4 && last.includes('.') ? parts.slice(0, -1) : parts) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    groups.push(Number.parseInt(part, 16));
  }
  if (!mayEndInIpv4 || !last.includes('.')) return groups;
  const embedded = parseIpv4Bytes(last, options);
  if (!embedded) return undefined;
  return [...groups, (embedded[0]! << 8) | embedded[1]!, (embedded[2]! << 8) | embedded[3]!];
}

/** Whether a family 6 address is an IPv4 one in disguise (::ffff:a.b.c.d). */
export function isIpv4Mapped({ family, bytes }: IpAddress): boolean {
  return family === 6 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** Canonical text: dotted decimal, or RFC 5952. */
export function formatIp(address: IpAddress): string {
  if (address.family === 4) return address.bytes.join('.');
  if (isIpv4Mapped(address)) return `::ffff:${address.bytes.slice(12).join('.')}`;
  const groups = Array.from(
    { length: 8 },
    (_, index) => (address.bytes[2 * index]! << 8) | address.bytes[2 * index + 1]!,
  );
  const { start, length } = longestZeroRun(groups);
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

/** The canonical text of an address, or undefined where `text` is none. */
export function canonicalIp(text: string, options: IpParseOptions = {}): string | undefined {
  const address = parseIp(text, options);
  return address && formatIp(address);
}

/** The block that `text` writes, its address as written (host bits kept), or undefined. */
export function parseCidr(text: string, options: IpParseOptions = {}): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIp(text.slice(0, slash), options);
  const digits = text.slice(slash + 1);
  const isLength = options.allowLeadingZeros ? /^[0-9]{1,9}$/ : /^(?:0|[1-9][0-9]{0,2})$/;
  if (!address || !isLength.test(digits)) return undefined;
  const prefixLength = Number(digits);
  return prefixLength <= address.bytes.length * 8 ? { address, prefixLength } : undefined;
}

/** The block with the bits beyond its prefix cleared. */
export function networkOf({ address, prefixLength }: Cidr): Cidr {
  const bytes = address.bytes.map((byte, index) => byte & maskByte(prefixLength, index));
  return { address: { family: address.family, bytes }, prefixLength };
}

function maskByte(prefixLength: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}

/** Canonical text, host bits kept. */
export function formatCidr({ address, prefixLength }: Cidr): string {
  return `${formatIp(address)}/${prefixLength}`;
}

/** The canonical text of the network that `text` writes, or undefined where it is no block. */
export function canonicalCidr(text: string, options: IpParseOptions = {}): string | undefined {
  const cidr = parseCidr(text, options);
  return cidr && formatCidr(networkOf(cidr));
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  if (cidr.address.family !== address.family) return false;
  return address.bytes.every((byte, index) => {
    const mask = maskByte(cidr.prefixLength, index);
    return (byte & mask) === (cidr.address.bytes[index]! & mask);
  });
}

/** Whether two blocks share an address. */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  const wider = a.prefixLength <= b.prefixLength ? a : b;
  return cidrContains(wider, wider === a ? b.address : a.address);
}

const LOOSE: IpParseOptions = { allowLeadingZeros: true };

/** Complaints about an IP address in a new object. */
export function isValidIp(text: string): string[] {
  const address = parseIp(text, LOOSE);
  if (!address) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  if (!parseIp(text)) return ['must not have leading 0s'];
  return isIpv4Mapped(address) ? ['must not be an IPv4-mapped IPv6 address'] : [];
}

/** Complaints by the old rule, which fields that already hold an odd value are still judged by. */
export function isValidLegacyIp(text: string): string[] {
  return parseIp(text, LOOSE) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
}

/** Complaints about a CIDR block in a new object; host bits must be clear. */
export function isValidCidr(text: string): string[] {
  const cidr = parseCidr(text, LOOSE);
  if (!cidr) return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
  const errors: string[] = [];
  const [addressText = '', lengthText = ''] = text.split('/');
  if (!parseIp(addressText)) errors.push('must not have leading 0s in IP');
  if (isIpv4Mapped(cidr.address)) errors.push('must not have an IPv4-mapped IPv6 address');
  if (formatIp(networkOf(cidr).address) !== formatIp(cidr.address)) {
    errors.push('must not have bits set beyond the prefix length');
  }
  if (lengthText.length > 1 && lengthText.startsWith('0')) errors.push('must not have leading 0s in prefix length');
  return errors;
}

/** Complaints by the old rule. */
export function isValidLegacyCidr(text: string): string[] {
  return parseCidr(text, LOOSE) ? [] : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
}

/** Warning texts for an address that is valid but not written in the canonical way. */
export function ipWarnings(path: string, text: string): string[] {
  const address = parseIp(text, LOOSE);
  if (!address) return [`${path}: IP address was accepted, but will be invalid in a future Kubernetes release`];
  const canonical = isIpv4Mapped(address) ? address.bytes.slice(12).join('.') : formatIp(address);
  if (!parseIp(text) || isIpv4Mapped(address)) {
    return [
      `${path}: non-standard IP address ${JSON.stringify(text)} will be considered invalid in a future Kubernetes release: use ${JSON.stringify(canonical)}`,
    ];
  }
  if (address.family === 4 || canonical === text) return [];
  return [
    `${path}: IPv6 address ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
  ];
}
