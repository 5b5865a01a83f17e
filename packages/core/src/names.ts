/**
 * Rules for names. Each `is...` function answers with the complaints of the API's own wording; an empty list means the value is fine.
 */

const utf8 = new TextEncoder();

/** Length in UTF-8 bytes, which is what every length limit of the API counts. */
export function byteLength(text: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 0x7f) return utf8.encode(text).length;
  }
  return text.length;
}

export const DNS1123_LABEL_MAX_BYTES = 63;
export const DNS1123_SUBDOMAIN_MAX_BYTES = 253;
export const DNS1035_LABEL_MAX_BYTES = 63;
export const LABEL_VALUE_MAX_BYTES = 63;
export const QUALIFIED_NAME_MAX_BYTES = 63;

/** `must be no more than 63 characters`; label keys and values are told in bytes. */
export function maxLengthMessage(max: number, unit: 'bytes' | 'characters' = 'characters'): string {
  return `must be no more than ${max} ${unit}`;
}

/** `must be between 1 and 65535, inclusive`. */
export function rangeMessage(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

export const EMPTY_MESSAGE = 'must be non-empty';

/** A rule of the form "matches this expression"; its complaint quotes the expression and examples, as the API does. */
interface Pattern {
  readonly regexp: RegExp;
  readonly complaint: string;
}

function pattern(source: string, description: string, ...examples: string[]): Pattern {
  return { regexp: new RegExp(`^(?:${source})$`), complaint: patternMessage(source, description, ...examples) };
}

/** The complaint about a value that does not match `source`. */
export function patternMessage(source: string, description: string, ...examples: string[]): string {
  if (examples.length === 0) return `${description} (regex used for validation is '${source}')`;
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${description} (e.g. ${quoted}regex used for validation is '${source}')`;
}

const DNS1123_LABEL_SOURCE = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS1123_SUBDOMAIN_SOURCE = `${DNS1123_LABEL_SOURCE}(\\.${DNS1123_LABEL_SOURCE})*`;
const QUALIFIED_NAME_SOURCE = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const dns1123Label = pattern(
  DNS1123_LABEL_SOURCE,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  'my-name',
  '123-abc',
);
const dns1123Subdomain = pattern(
  DNS1123_SUBDOMAIN_SOURCE,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
);
const wildcardSubdomain = pattern(
  `\\*\\.${DNS1123_SUBDOMAIN_SOURCE}`,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  '*.example.com',
);
const dns1123SubdomainWithUnderscore = pattern(
  '[a-z0-9_]([-_a-z0-9]*[a-z0-9])?(\\.[a-z0-9_]([-_a-z0-9]*[a-z0-9])?)*',
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'example.com',
);
const dns1035Label = pattern(
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  'my-name',
  'abc-123',
);
const qualifiedName = pattern(
  QUALIFIED_NAME_SOURCE,
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'MyName',
  'my.name',
  '123-abc',
);
const labelValue = pattern(
  `(${QUALIFIED_NAME_SOURCE})?`,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'MyValue',
  'my_value',
  '12345',
);
const cIdentifier = pattern(
  '[A-Za-z_][A-Za-z0-9_]*',
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  'my_name',
  'MY_NAME',
  'MyName',
);
const percent = pattern(
  '[0-9]+%',
  "a valid percent string must be a numeric string followed by an ending '%'",
  '1%',
  '93%',
);
const httpHeaderName = pattern(
  '[-A-Za-z0-9]+',
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  'X-Header-Name',
);
const environmentName = pattern(
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  'my.env-name',
  'MY_ENV.NAME',
  'MyEnvName1',
);
const configKey = pattern(
  '[-._a-zA-Z0-9]+',
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  'key.name',
  'KEY_NAME',
  'key-name',
);
const httpPath = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

function check(
  value: string,
  rule: Pattern,
  maxBytes = Number.POSITIVE_INFINITY,
  unit: 'bytes' | 'characters' = 'characters',
): string[] {
  const errors: string[] = [];
  if (value.length > maxBytes / 4 && byteLength(value) > maxBytes) errors.push(maxLengthMessage(maxBytes, unit));
  if (!rule.regexp.test(value)) errors.push(rule.complaint);
  return errors;
}

export function isDns1123Label(value: string): string[] {
  const errors = check(value, dns1123Label, DNS1123_LABEL_MAX_BYTES);
  const isSubdomain = errors.includes(dns1123Label.complaint) && dns1123Subdomain.regexp.test(value);
  return isSubdomain
    ? errors.map((error) => (error === dns1123Label.complaint ? 'must not contain dots' : error))
    : errors;
}

export function isDns1123Subdomain(value: string): string[] {
  return check(value, dns1123Subdomain, DNS1123_SUBDOMAIN_MAX_BYTES);
}

/** As `isDns1123Subdomain`, with underscores allowed (DNS search domains). */
export function isDns1123SubdomainWithUnderscore(value: string): string[] {
  return check(value, dns1123SubdomainWithUnderscore, DNS1123_SUBDOMAIN_MAX_BYTES);
}

export function isWildcardDns1123Subdomain(value: string): string[] {
  return check(value, wildcardSubdomain, DNS1123_SUBDOMAIN_MAX_BYTES);
}

export function isDns1035Label(value: string): string[] {
  return check(value, dns1035Label, DNS1035_LABEL_MAX_BYTES);
}

/** `name` or `prefix/name`, as label and annotation keys are. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${qualifiedName.complaint} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts[parts.length - 1] ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const errors = prefix === undefined ? [] : prefixErrors(prefix);
  if (name === '') errors.push(`name part ${EMPTY_MESSAGE}`);
  const nameErrors = check(name, qualifiedName, QUALIFIED_NAME_MAX_BYTES, 'bytes');
  return [...errors, ...nameErrors.map((error) => `name part ${error}`)];
}

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return [`prefix part ${EMPTY_MESSAGE}`];
  return check(prefix, dns1123Subdomain, DNS1123_SUBDOMAIN_MAX_BYTES, 'bytes').map((error) => `prefix part ${error}`);
}

export function isValidLabelValue(value: string): string[] {
  return check(value, labelValue, LABEL_VALUE_MAX_BYTES, 'bytes');
}

export function isCIdentifier(value: string): string[] {
  return check(value, cIdentifier);
}

export function isValidPercent(value: string): string[] {
  return check(value, percent);
}

export function isHttpHeaderName(value: string): string[] {
  return check(value, httpHeaderName);
}

/** Characters that may stand in a URL path. */
export function isHttpPath(value: string): boolean {
  return httpPath.test(value);
}

export function isConfigMapKey(value: string): string[] {
  return [...check(value, configKey, DNS1123_SUBDOMAIN_MAX_BYTES), ...directoryErrors(value)];
}

/** Names of environment variables by the strict rule, which `envFrom` and older clients use. */
export function isEnvVarName(value: string): string[] {
  return [...check(value, environmentName), ...directoryErrors(value)];
}

/** Names of environment variables by the relaxed rule: any printable ASCII but `=`. */
export function isRelaxedEnvVarName(value: string): string[] {
  if (value === '') return [`environment variable name ${EMPTY_MESSAGE}`];
  const isFine = /^[\x20-\x3c\x3e-\x7e]+$/.test(value);
  return isFine
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

function directoryErrors(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** A name that can be one step of a URL path (RBAC roles, for example, have no stricter rule). */
export function isPathSegmentName(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return isPathSegmentPrefix(value);
}

/** As `isPathSegmentName`, for what more characters will follow (generateName). */
export function isPathSegmentPrefix(value: string): string[] {
  return ['/', '%']
    .filter((character) => value.includes(character))
    .map((character) => `may not contain '${character}'`);
}

/** A domain of at least three parts, such as a CRD's group qualifies to. */
export function isFullyQualifiedName(value: string): string[] {
  if (value === '') return ['Required value'];
  const errors = isDns1123Subdomain(value);
  if (errors.length > 0) return errors;
  return value.split('.').length < 3 ? ['should be a domain with at least three segments separated by dots'] : [];
}

/** A domain of at least two parts; one dot at the end is allowed. */
export function isFullyQualifiedDomainName(value: string): string[] {
  if (value === '') return ['Required value'];
  const domain = value.endsWith('.') ? value.slice(0, -1) : value;
  const errors = isDns1123Subdomain(domain);
  if (errors.length > 0) return errors;
  const parts = domain.split('.');
  if (parts.length < 2) return ['should be a domain with at least two segments separated by dots'];
  return parts.flatMap((part) => isDns1123Label(part));
}

/** `example.com/path`, as finalizers and signer names are. */
export function isDomainPrefixedPath(value: string): string[] {
  if (value === '') return ['Required value'];
  const slash = value.indexOf('/');
  if (slash <= 0 || slash === value.length - 1) {
    return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  }
  const hostErrors = isDns1123Subdomain(value.slice(0, slash));
  if (hostErrors.length > 0) return hostErrors;
  const path = value.slice(slash + 1);
  return isHttpPath(path) ? [] : ["Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"];
}

export function isValidPortNumber(port: number): string[] {
  return isInRange(port, 1, 65_535);
}

export function isInRange(value: number, low: number, high: number): string[] {
  return value >= low && value <= high ? [] : [rangeMessage(low, high)];
}

/** User and group ids. */
export function isValidUserId(id: number): string[] {
  return isInRange(id, 0, 2_147_483_647);
}

export function isValidPortName(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 15) errors.push(maxLengthMessage(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** How a kind's names are checked; `isPrefix` tells a generateName, to which random characters will be added. */
export type NameRule = (name: string, isPrefix: boolean) => string[];

/** A prefix that ends in '-' is judged as if a letter followed. */
const completed = (name: string, isPrefix: boolean) =>
  isPrefix && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -1)}a` : name;

export const dnsSubdomainName: NameRule = (name, isPrefix) => isDns1123Subdomain(completed(name, isPrefix));
export const dnsLabelName: NameRule = (name, isPrefix) => isDns1123Label(completed(name, isPrefix));
export const dns1035LabelName: NameRule = (name, isPrefix) => isDns1035Label(completed(name, isPrefix));
export const pathSegmentName: NameRule = (name, isPrefix) =>
  isPrefix ? isPathSegmentPrefix(name) : isPathSegmentName(name);
