import {
  type FieldError,
  FieldPath,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  isValidIp,
  isValidPortNumber,
  notSupported,
  parseIp,
  required,
  sameJson,
} from '@kubets/core';
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from './endpoints.ts';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

export function validateEndpoints(endpoints: Endpoints): FieldError[] {
  return validateSubsets(endpoints.subsets);
}

/** An odd address that is already stored may stay. */
export function validateEndpointsUpdate(endpoints: Endpoints, old: Endpoints): FieldError[] {
  return sameJson(endpoints.subsets, old.subsets) ? [] : validateSubsets(endpoints.subsets);
}

function validateSubsets(subsets: readonly EndpointSubset[] = []): FieldError[] {
  return subsets.flatMap((subset, index) => validateSubset(subset, new FieldPath('subsets').index(index)));
}

function validateSubset(subset: EndpointSubset, path: FieldPath): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const errors: FieldError[] = [];
  if (addresses.length + notReadyAddresses.length === 0) {
    errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
  }
  for (const [index, address] of addresses.entries()) {
    errors.push(...validateAddress(address, path.child('addresses').index(index)));
  }
  for (const [index, address] of notReadyAddresses.entries()) {
    errors.push(...validateAddress(address, path.child('notReadyAddresses').index(index)));
  }
  for (const [index, port] of ports.entries()) {
    errors.push(...validatePort(port, ports.length > 1, path.child('ports').index(index)));
  }
  return errors;
}

function validateAddress(address: EndpointAddress, path: FieldPath): FieldError[] {
  const { ip, hostname, nodeName } = address;
  const errors = isValidIp(ip).map((detail) => invalid(path.child('ip'), ip, detail));
  if (hostname) {
    errors.push(...isDns1123Label(hostname).map((detail) => invalid(path.child('hostname'), hostname, detail)));
  }
  if (nodeName !== undefined) {
    errors.push(...isDns1123Subdomain(nodeName).map((detail) => invalid(path.child('nodeName'), nodeName, detail)));
  }
  return [...errors, ...validateReachableIp(ip, path.child('ip'))];
}

/** Endpoints may not point at the machine that looks at them, nor at many machines at once. */
export function validateReachableIp(text: string, path: FieldPath): FieldError[] {
  const address = parseIp(text);
  if (!address) return [invalid(path, text, 'must be a valid IP address')];
  const { family, bytes } = address;
  const isAll = (...parts: number[]) => parts.every((part, index) => bytes[index] === part);
  const zeros = bytes.slice(0, -1).every((byte) => byte === 0);
  const complaints: [boolean, string][] = [
    [zeros && bytes.at(-1) === 0, `may not be unspecified (${text})`],
    [
      family === 4 ? isAll(127) : zeros && bytes.at(-1) === 1,
      'may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [
      family === 4 ? isAll(169, 254) : isAll(0xfe) && ((bytes[1] ?? 0) & 0xc0) === 0x80,
      'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
    [
      family === 4 ? isAll(224, 0, 0) : isAll(0xff) && ((bytes[1] ?? 0) & 0x0f) === 2,
      'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
    ],
  ];
  return complaints.filter(([applies]) => applies).map(([, detail]) => invalid(path, text, detail));
}

function validatePort(port: EndpointPort, isNameNeeded: boolean, path: FieldPath): FieldError[] {
  const { name = '', protocol, appProtocol } = port;
  const errors: FieldError[] = [];
  if (isNameNeeded && !name) errors.push(required(path.child('name')));
  else if (name) errors.push(...isDns1123Label(name).map((detail) => invalid(path.child('name'), name, detail)));
  errors.push(...isValidPortNumber(port.port).map((detail) => invalid(path.child('port'), port.port, detail)));
  if (!protocol) errors.push(required(path.child('protocol')));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(path.child('protocol'), protocol, PROTOCOLS));
  if (appProtocol !== undefined) {
    errors.push(
      ...isQualifiedName(appProtocol).map((detail) => invalid(path.child('appProtocol'), appProtocol, detail)),
    );
  }
  return errors;
}
