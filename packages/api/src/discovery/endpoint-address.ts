import { cidrContains, type FieldError, type FieldPath, invalid, isValidIp, parseCidr, parseIp } from '@kubets/core';

/** Ranges whose addresses make no sense as endpoints of a service, with what to say about them. */
const SPECIAL_RANGES = [
  { ranges: ['0.0.0.0/32', '::/128'], detail: 'may not be unspecified (0.0.0.0 or ::)' },
  { ranges: ['127.0.0.0/8', '::1/128'], detail: 'may not be in the loopback range (127.0.0.0/8, ::1/128)' },
  { ranges: ['169.254.0.0/16', 'fe80::/10'], detail: 'may not be in the link-local range (169.254.0.0/16, fe80::/10)' },
  {
    ranges: ['224.0.0.0/24', 'ff02::/16'],
    detail: 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  },
].map(({ ranges, detail }) => ({ blocks: ranges.map((range) => parseCidr(range)!), detail }));

/** An address that packets can be sent to from another machine. */
export function validateEndpointAddress(address: string, path: FieldPath): FieldError[] {
  const ip = parseIp(address);
  if (!ip) return isValidIp(address).map((detail) => invalid(path, address, detail));
  return SPECIAL_RANGES.filter(({ blocks }) => blocks.some((block) => cidrContains(block, ip))).map(({ detail }) =>
    invalid(path, address, detail),
  );
}
