import { goDurationMs } from '@kubets/core';
import { InvalidArgumentError, Option } from 'commander';
import type { ApiServerSettings } from '../cluster/layout.ts';

function names(text: string): string[] {
  return text.split(',').filter(Boolean);
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('it is a number, 0 or more');
  return Number(text);
}

function duration(text: string): string {
  try {
    if (text === '' || goDurationMs(text) > 0) return text;
  } catch {}
  throw new InvalidArgumentError('it is a duration such as 30s or 1m30s');
}

function truth(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('it is true or false');
  return text === 'true';
}

/** Each setting of the API server with its option: Kubernetes' own names. */
const OPTIONS: Readonly<Record<keyof ApiServerSettings, Option>> = {
  auditPolicyFile: new Option(
    '--audit-policy-file <file>',
    'what to record of which requests (audit.k8s.io/v1 Policy)',
  ),
  auditLogPath: new Option(
    '--audit-log-path <path>',
    'where to record requests, a JSON object a line; - for the log of the server',
  ),
  auditLogMaxage: new Option(
    '--audit-log-maxage <days>',
    'how long rotated audit logs are kept (default 366)',
  ).argParser(count),
  auditLogMaxbackup: new Option('--audit-log-maxbackup <count>', 'how many of them are kept (default 100)').argParser(
    count,
  ),
  auditLogMaxsize: new Option(
    '--audit-log-maxsize <megabytes>',
    'when the audit log is rotated (default 100)',
  ).argParser(count),
  auditWebhookConfigFile: new Option(
    '--audit-webhook-config-file <file>',
    'kubeconfig of a server that is sent the records',
  ),
  enableAdmissionPlugins: new Option(
    '--enable-admission-plugins <names>',
    'admission plugins to run beside the usual ones, as NAME,...',
  ).argParser(names),
  disableAdmissionPlugins: new Option(
    '--disable-admission-plugins <names>',
    'admission plugins to leave out',
  ).argParser(names),
  admissionControlConfigFile: new Option(
    '--admission-control-config-file <file>',
    'what admission plugins are told (AdmissionConfiguration)',
  ),
  requestTimeout: new Option(
    '--request-timeout <duration>',
    'how long a request may take that does not last by its nature (default 1m0s)',
  ).argParser(duration),
  anonymousAuth: new Option(
    '--anonymous-auth <bool>',
    'whether requests without credentials are those of system:anonymous (default true)',
  ).argParser(truth),
  authenticationConfig: new Option(
    '--authentication-config <file>',
    'issuers whose tokens are believed (AuthenticationConfiguration)',
  ),
  authenticationTokenWebhookConfigFile: new Option(
    '--authentication-token-webhook-config-file <file>',
    'kubeconfig of a server that is asked whom tokens stand for',
  ),
  oidcIssuerUrl: new Option('--oidc-issuer-url <url>', 'one issuer whose tokens are believed, without a file'),
  oidcClientId: new Option('--oidc-client-id <id>', 'for whom its tokens have to be'),
  oidcUsernameClaim: new Option('--oidc-username-claim <claim>', 'the claim with the name of the user (default sub)'),
  oidcUsernamePrefix: new Option(
    '--oidc-username-prefix <prefix>',
    'what is put before names; - for nothing (default the URL of the issuer and #, nothing for the claim email)',
  ),
  oidcGroupsClaim: new Option('--oidc-groups-claim <claim>', 'the claim with the groups of the user'),
  oidcGroupsPrefix: new Option('--oidc-groups-prefix <prefix>', 'what is put before groups'),
  oidcRequiredClaim: new Option(
    '--oidc-required-claim <claims>',
    'claims that its tokens must have, as CLAIM=VALUE,...',
  ).argParser(names),
  oidcCaFile: new Option('--oidc-ca-file <file>', 'authorities of the certificate of the issuer (PEM)'),
  serviceAccountExtendTokenExpiration: new Option(
    '--service-account-extend-token-expiration <bool>',
    'whether tokens of pods last a year, for clients that read theirs only once (default true)',
  ).argParser(truth),
  serviceAccountMaxTokenExpiration: new Option(
    '--service-account-max-token-expiration <duration>',
    'the longest that tokens of service accounts last, 1h or more',
  ).argParser(duration),
  authorizationMode: new Option(
    '--authorization-mode <modes>',
    'who is asked what may be done, in this order: Node, RBAC, ABAC, Webhook, AlwaysAllow, AlwaysDeny (default Node,RBAC)',
  ).argParser(names),
  authorizationPolicyFile: new Option(
    '--authorization-policy-file <file>',
    'what the mode ABAC allows, a policy a line (abac.authorization.kubernetes.io/v1beta1 Policy)',
  ),
  authorizationWebhookConfigFile: new Option(
    '--authorization-webhook-config-file <file>',
    'kubeconfig of the server that the mode Webhook asks',
  ),
  authorizationConfig: new Option(
    '--authorization-config <file>',
    'authorizers in their order, instead of modes (AuthorizationConfiguration)',
  ),
};

const SETTINGS = Object.keys(OPTIONS) as (keyof ApiServerSettings)[];

/** Options of the API server, which a cluster keeps until they are given anew; an empty value takes one back. */
export const apiServerOptions: readonly Option[] = Object.values(OPTIONS);

/** The settings among the options of a command; undefined when there is none. */
export function settingsAmong(options: Partial<ApiServerSettings>): ApiServerSettings | undefined {
  const given = SETTINGS.filter((name) => options[name] !== undefined);
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}
