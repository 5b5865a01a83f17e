import { celTypes, compileCel, type JsonObject, type JsonValue, parseYaml } from '@kubets/core';
import type { JwtIssuerConfiguration, Mapping } from './jwt-issuer.ts';

/** Who may ask, besides those whom the server knows itself. */
export interface AuthenticationConfiguration {
  readonly issuers: readonly JwtIssuerConfiguration[];
  /** Whether, or at which paths, requests without credentials are served; undefined where the file does not say. */
  readonly anonymous: boolean | readonly string[] | undefined;
}

/** Reads a file of the kind AuthenticationConfiguration of apiserver.config.k8s.io/v1. Throws an Error that says what is wrong. */
export function parseAuthenticationConfiguration(text: string): AuthenticationConfiguration {
  const { kind, apiVersion, jwt, anonymous } = objectOf(parseYaml(text).value);
  if (kind !== 'AuthenticationConfiguration' || !/^apiserver\.config\.k8s\.io\/v1(beta1)?$/.test(String(apiVersion)))
    throw new Error(`no AuthenticationConfiguration of apiserver.config.k8s.io/v1: ${apiVersion}, Kind=${kind}`);
  const issuers = objectsIn(jwt).map((issuer, index) => issuerOf(issuer, `jwt[${index}]`));
  const urls = issuers.map(({ url }) => url);
  const twice = urls.find((url, index) => urls.indexOf(url) !== index);
  if (twice) throw new Error(`jwt[${urls.lastIndexOf(twice)}].issuer.url: Duplicate value: ${JSON.stringify(twice)}`);
  return { issuers, anonymous: anonymousOf(objectOf(anonymous)) };
}

function anonymousOf({ enabled, conditions }: JsonObject): AuthenticationConfiguration['anonymous'] {
  const paths = objectsIn(conditions).map(({ path }) => String(path));
  if (paths.length > 0 && enabled !== true)
    throw new Error('anonymous.conditions: Invalid value: enabled should be set to true when conditions are defined');
  if (paths.length > 0) return paths;
  return typeof enabled === 'boolean' ? enabled : undefined;
}

/** What the options of a single issuer say, older than the file. */
export interface OidcOptions {
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly usernameClaim?: string | undefined;
  /** `-` for none; the issuer's URL and `#` where it is not given and the claim is not the mail address. */
  readonly usernamePrefix?: string | undefined;
  readonly groupsClaim?: string | undefined;
  readonly groupsPrefix?: string | undefined;
  /** `claim=value` each. */
  readonly requiredClaims?: readonly string[] | undefined;
  /** PEM. */
  readonly ca?: string | undefined;
}

/** The issuer that the options describe. Throws an Error that says what is wrong. */
export function oidcIssuer(options: OidcOptions): JwtIssuerConfiguration {
  const { issuerUrl: url, clientId, usernameClaim: claim = 'sub', groupsClaim, groupsPrefix = '', ca } = options;
  if (!url.startsWith('https://')) throw new Error(`oidc-issuer-url: ${JSON.stringify(url)}: URL scheme must be https`);
  const usual = claim === 'email' ? '' : `${url}#`;
  const { usernamePrefix = usual } = options;
  return {
    url,
    ...(ca ? { ca } : {}),
    audiences: [clientId],
    requiredClaims: (options.requiredClaims ?? []).map((text) => {
      const [name = '', ...value] = text.split('=');
      return { claim: name, value: value.join('=') };
    }),
    claimRules: [],
    username: { claim, prefix: usernamePrefix === '-' ? '' : usernamePrefix },
    ...(groupsClaim ? { groups: { claim: groupsClaim, prefix: groupsPrefix } } : {}),
    extra: [],
    userRules: [],
  };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function objectsIn(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function issuerOf(given: JsonObject, at: string): JwtIssuerConfiguration {
  const { url, discoveryURL, certificateAuthority, audiences } = objectOf(given.issuer);
  if (typeof url !== 'string' || !url) throw new Error(`${at}.issuer.url: Required value: URL is required`);
  if (!url.startsWith('https://'))
    throw new Error(`${at}.issuer.url: Invalid value: ${JSON.stringify(url)}: URL scheme must be https`);
  if (!Array.isArray(audiences) || audiences.length === 0)
    throw new Error(`${at}.issuer.audiences: Required value: at least one jwt[*].issuer.audiences is required`);
  const rules = objectsIn(given.claimValidationRules);
  const { username, groups, uid, extra } = objectOf(given.claimMappings);
  const name = mappingOf(username, `${at}.claimMappings.username`, true);
  if (!name) throw new Error(`${at}.claimMappings.username: Required value: claim or expression is required`);
  const group = mappingOf(groups, `${at}.claimMappings.groups`, true);
  const id = mappingOf(uid, `${at}.claimMappings.uid`, false);
  return {
    url,
    ...(discoveryURL ? { discoveryUrl: String(discoveryURL) } : {}),
    ...(certificateAuthority ? { ca: String(certificateAuthority) } : {}),
    audiences: audiences.map(String),
    requiredClaims: rules
      .filter(({ claim }) => claim)
      .map(({ claim, requiredValue }) => ({ claim: String(claim), value: String(requiredValue ?? '') })),
    claimRules: rulesOf(rules, `${at}.claimValidationRules`, 'claims'),
    username: name,
    ...(group ? { groups: group } : {}),
    ...(id ? { uid: id } : {}),
    extra: objectsIn(extra).map(({ key, valueExpression }) => ({
      key: String(key),
      valueExpression: checked(String(valueExpression), `${at}.claimMappings.extra`, 'claims'),
    })),
    userRules: rulesOf(objectsIn(given.userValidationRules), `${at}.userValidationRules`, 'user'),
  };
}

function mappingOf(value: JsonValue | undefined, at: string, hasPrefix: boolean): Mapping | undefined {
  const { claim, prefix, expression } = objectOf(value);
  if (claim && expression) throw new Error(`${at}: Invalid value: "": claim and expression can't both be set`);
  if (expression) return { expression: checked(String(expression), `${at}.expression`, 'claims') };
  if (!claim) return undefined;
  if (hasPrefix && typeof prefix !== 'string')
    throw new Error(
      `${at}.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing`,
    );
  return { claim: String(claim), prefix: typeof prefix === 'string' ? prefix : '' };
}

function rulesOf(rules: readonly JsonObject[], at: string, variable: 'claims' | 'user') {
  return rules
    .filter(({ expression }) => expression)
    .map(({ expression, message }, index) => ({
      expression: checked(String(expression), `${at}[${index}].expression`, variable),
      message: String(message ?? ''),
    }));
}

/** The expression, if it is one. */
function checked(expression: string, at: string, variable: 'claims' | 'user'): string {
  try {
    compileCel(expression, { variables: { [variable]: celTypes.DYN } });
    return expression;
  } catch (error) {
    throw new Error(`${at}: Invalid value: ${JSON.stringify(expression)}: ${(error as Error).message}`);
  }
}
