import {
  type FieldError,
  type FieldPath,
  invalid,
  isDns1123Subdomain,
  isDns1123SubdomainWithUnderscore,
  isValidIp,
  required,
} from '@kubets/core';
import { validateChoice, validateText } from '../../field-rules.ts';
import type { HostAlias, PodDNSConfig, PodSpec } from '../pod.ts';

const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

/** What the resolver of the C library can hold. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCH_PATHS = 32;
const MAX_SEARCH_LIST_CHARACTERS = 2048;

export function validateDnsPolicy({ dnsPolicy }: PodSpec, path: FieldPath): FieldError[] {
  return validateChoice(dnsPolicy, path.child('dnsPolicy'), DNS_POLICIES, 'as given');
}

export function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, path: FieldPath): FieldError[] {
  const at = path.child('dnsConfig');
  if (dnsPolicy === 'None') {
    const when = `when \`dnsPolicy\` is ${dnsPolicy}`;
    if (!dnsConfig) return [required(at, `must provide \`dnsConfig\` ${when}`)];
    if (!dnsConfig.nameservers?.length) {
      return [required(at.child('nameservers'), `must provide at least one DNS nameserver ${when}`)];
    }
  }
  return dnsConfig ? validateResolver(dnsConfig, at) : [];
}

function validateResolver(
  { nameservers = [], searches = [], options = [] }: PodDNSConfig,
  path: FieldPath,
): FieldError[] {
  const [serversAt, searchesAt] = [path.child('nameservers'), path.child('searches')];
  const errors: FieldError[] = [];
  if (nameservers.length > MAX_NAMESERVERS) {
    errors.push(invalid(serversAt, nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`));
  }
  errors.push(...nameservers.flatMap((ip, index) => validateText(ip, serversAt.index(index), isValidIp)));
  if (searches.length > MAX_SEARCH_PATHS) {
    errors.push(invalid(searchesAt, searches, `must not have more than ${MAX_SEARCH_PATHS} search paths`));
  }
  if (searches.join(' ').length > MAX_SEARCH_LIST_CHARACTERS) {
    const detail = `must not have more than ${MAX_SEARCH_LIST_CHARACTERS} characters (including spaces) in the search list`;
    errors.push(invalid(searchesAt, searches, detail));
  }
  errors.push(...searches.flatMap((search, index) => validateSearch(search, searchesAt.index(index))));
  for (const [index, { name }] of options.entries()) {
    if (!name) errors.push(required(path.child('options').index(index), 'must not be empty'));
  }
  return errors;
}

function validateSearch(search: string, path: FieldPath): FieldError[] {
  if (search === '.') return [];
  const name = search.replace(/\.$/, '');
  return isDns1123SubdomainWithUnderscore(name).map((detail) => invalid(path, name, detail));
}

export function validateHostAliases(aliases: readonly HostAlias[] | undefined, path: FieldPath): FieldError[] {
  return (aliases ?? []).flatMap(({ ip, hostnames }, index) => [
    ...validateText(ip, path.index(index).child('ip'), isValidIp),
    ...(hostnames ?? []).flatMap((name) => validateText(name, path.child('hostnames'), isDns1123Subdomain)),
  ]);
}
