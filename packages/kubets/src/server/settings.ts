import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  type AdmissionConfiguration,
  type ApiServerOptions,
  AuditPolicy,
  type AuditSink,
  AuditTrail,
  AuditWebhook,
  type AuthenticationConfiguration,
  type AuthorizerChoice,
  authorizersOfModes,
  checkAdmissionPlugins,
  type FrontOptions,
  type HttpsCaller,
  JwtIssuer,
  oidcIssuer,
  parseAbacPolicies,
  parseAdmissionConfiguration,
  parseAuthenticationConfiguration,
  parseAuthorizationConfiguration,
  WebhookTokens,
} from '@kubets/apiserver';
import { AuditLog, readRemoteEndpoint } from '@kubets/apiserver/node';
import { type AsyncDisposable, type Clock, type Disposable, goDurationMs, type Logger } from '@kubets/core';
import type { ApiServerSettings } from '../cluster/layout.ts';
import { CommandError } from '../command-error.ts';

type Settings = ApiServerSettings;

/** Between which the longest that tokens last may be. */
const MIN_MAX_SECONDS = 3_600;
const MAX_MAX_SECONDS = 2 ** 32;

/** Reads every file that the settings name. Throws a `CommandError` that says what is wrong with which. */
export function checkSettings(settings: Settings = {}): void {
  const { auditPolicyFile, auditLogPath, auditWebhookConfigFile } = settings;
  if ((auditLogPath || auditWebhookConfigFile) && !auditPolicyFile)
    throw new CommandError('an audit log or webhook records nothing without --audit-policy-file');
  policyOf(settings);
  const configuration = admissionConfigurationOf(settings);
  const { enableAdmissionPlugins: enabled, disableAdmissionPlugins: disabled } = settings;
  told('kubets up', () => checkAdmissionPlugins({ enabled, disabled, configuration }));
  if (auditWebhookConfigFile) told(auditWebhookConfigFile, () => readRemoteEndpoint(auditWebhookConfigFile));
  issuersOf(settings);
  tokenLimitsOf(settings);
  authorizersOf(settings);
  const { authenticationTokenWebhookConfigFile: tokens } = settings;
  if (tokens) told(tokens, () => readRemoteEndpoint(tokens));
}

/** Runs `read`; what it throws is told with the name of the file. */
function told<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    throw new CommandError(message.includes(file) ? message : `${file}: ${message}`);
  }
}

function policyOf({ auditPolicyFile: file }: Settings): AuditPolicy | undefined {
  return file ? told(file, () => AuditPolicy.parse(readFileSync(file, 'utf8'))) : undefined;
}

function admissionConfigurationOf({ admissionControlConfigFile: file }: Settings): AdmissionConfiguration | undefined {
  if (!file) return undefined;
  const sources = {
    readFile: (path: string) => readFileSync(resolve(dirname(file), path), 'utf8'),
    endpointOf: (path: string) => readRemoteEndpoint(resolve(dirname(file), path)),
  };
  return told(file, () => parseAdmissionConfiguration(readFileSync(file, 'utf8'), sources));
}

/** What the settings mean for the parts behind the front door. */
export function serverOptionsOf(settings: Settings): Partial<ApiServerOptions> {
  const { enableAdmissionPlugins, disableAdmissionPlugins } = settings;
  const admissionConfiguration = admissionConfigurationOf(settings);
  return {
    ...(enableAdmissionPlugins ? { enabledAdmission: enableAdmissionPlugins } : {}),
    ...(disableAdmissionPlugins ? { disabledAdmission: disableAdmissionPlugins } : {}),
    ...(admissionConfiguration ? { admissionConfiguration } : {}),
  };
}

/** What they mean for the front door. */
export function frontOptionsOf(settings: Settings, host: FrontHost): Partial<FrontOptions> {
  const audit = auditTrailOf(settings, host);
  const authorizers = authorizersOf(settings);
  const { anonymous } = authenticationOf(settings) ?? {};
  const { authenticationTokenWebhookConfigFile: webhook } = settings;
  const tokenAuthenticators = [
    ...issuersOf(settings).map((issuer) => new JwtIssuer(issuer, host)),
    ...(webhook ? [new WebhookTokens({ ...host, endpoint: readRemoteEndpoint(webhook) })] : []),
  ];
  return {
    ...(audit ? { audit } : {}),
    ...(authorizers ? { authorizers } : {}),
    ...(settings.requestTimeout ? { requestTimeoutMs: goDurationMs(settings.requestTimeout) } : {}),
    tokenAuthenticators,
    tokenLimits: tokenLimitsOf(settings),
    anonymous: settings.anonymousAuth ?? anonymous ?? true,
  };
}

function tokenLimitsOf(settings: Settings): NonNullable<FrontOptions['tokenLimits']> {
  const { serviceAccountMaxTokenExpiration: max, serviceAccountExtendTokenExpiration: extendsPodTokens } = settings;
  const maxSeconds = max ? goDurationMs(max) / 1000 : 0;
  if (max && (maxSeconds < MIN_MAX_SECONDS || maxSeconds > MAX_MAX_SECONDS))
    throw new CommandError('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
  return { ...(max ? { maxSeconds } : {}), ...(extendsPodTokens === undefined ? {} : { extendsPodTokens }) };
}

function authenticationOf({ authenticationConfig: file }: Settings): AuthenticationConfiguration | undefined {
  return file ? told(file, () => parseAuthenticationConfiguration(readFileSync(file, 'utf8'))) : undefined;
}

/** The issuers of a file, or the one of the options. */
function issuersOf(settings: Settings): AuthenticationConfiguration['issuers'] {
  const { oidcIssuerUrl: issuerUrl, oidcClientId: clientId, oidcCaFile: ca } = settings;
  const { issuers = [] } = authenticationOf(settings) ?? {};
  if (!issuerUrl && !clientId) return issuers;
  if (settings.authenticationConfig) throw new CommandError('--authentication-config stands instead of --oidc-*');
  if (!issuerUrl || !clientId) throw new CommandError('--oidc-issuer-url and --oidc-client-id belong together');
  const options = {
    issuerUrl,
    clientId,
    usernameClaim: settings.oidcUsernameClaim,
    usernamePrefix: settings.oidcUsernamePrefix,
    groupsClaim: settings.oidcGroupsClaim,
    groupsPrefix: settings.oidcGroupsPrefix,
    requiredClaims: settings.oidcRequiredClaim,
    ca: ca ? told(ca, () => readFileSync(ca, 'utf8')) : undefined,
  };
  return [told('--oidc-issuer-url', () => oidcIssuer(options))];
}

function authorizersOf(settings: Settings): readonly AuthorizerChoice[] | undefined {
  const { authorizationConfig: file, authorizationMode: modes, authorizationWebhookConfigFile: webhook } = settings;
  const { authorizationPolicyFile: policyFile } = settings;
  if (file && (modes || webhook))
    throw new CommandError('--authorization-config stands instead of --authorization-mode and its webhook');
  const policies = () => policiesOf(policyFile);
  if (file) {
    const endpointOf = (path: string) => readRemoteEndpoint(resolve(dirname(file), path));
    return told(file, () => parseAuthorizationConfiguration(readFileSync(file, 'utf8'), { endpointOf, policies }));
  }
  checkTogether(modes, 'Webhook', { option: '--authorization-webhook-config-file', file: webhook });
  checkTogether(modes, 'ABAC', { option: '--authorization-policy-file', file: policyFile });
  const sources = { webhook: () => readRemoteEndpoint(webhook!), policies };
  return modes && told('--authorization-mode', () => authorizersOfModes(modes, sources));
}

function policiesOf(file: string | undefined): ReturnType<typeof parseAbacPolicies> {
  if (!file) throw new CommandError('the authorizer ABAC needs --authorization-policy-file');
  return told(file, () => parseAbacPolicies(readFileSync(file, 'utf8'), file));
}

function checkTogether(
  modes: readonly string[] | undefined,
  mode: string,
  { option, file }: { option: string; file: string | undefined },
): void {
  if (Boolean(modes?.includes(mode)) !== Boolean(file))
    throw new CommandError(`the authorization mode ${mode} and ${option} belong together`);
}

interface FrontHost {
  /** What the API server calls itself in tokens. */
  readonly apiAudiences: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly caller: HttpsCaller;
  /** Takes what is to be closed when the server stops. */
  readonly own: (part: Disposable | AsyncDisposable) => void;
}

/** The audit trail that the settings ask for; undefined when they ask for none. */
function auditTrailOf(settings: Settings, { clock, logger, caller, own }: FrontHost): AuditSink | undefined {
  const policy = policyOf(settings);
  if (!policy) return undefined;
  const { auditLogPath, auditLogMaxage, auditLogMaxbackup, auditLogMaxsize, auditWebhookConfigFile } = settings;
  const backends = [];
  if (auditLogPath) {
    const log = new AuditLog({
      path: auditLogPath,
      ...(auditLogMaxage === undefined ? {} : { maxAgeDays: auditLogMaxage }),
      ...(auditLogMaxbackup === undefined ? {} : { maxBackups: auditLogMaxbackup }),
      ...(auditLogMaxsize ? { maxSizeMegabytes: auditLogMaxsize } : {}),
      clock,
      logger,
    });
    own({ dispose: () => log.close() });
    backends.push(log);
  }
  if (auditWebhookConfigFile) {
    const endpoint = readRemoteEndpoint(auditWebhookConfigFile);
    const webhook = new AuditWebhook({ endpoint, caller, clock, logger });
    own({
      dispose: async () => {
        await Promise.race([webhook.flush(), clock.sleep(FLUSH_LIMIT_MS)]);
        webhook.dispose();
      },
    });
    backends.push(webhook);
  }
  return new AuditTrail({ policy, backends, clock });
}

/** How long stopping waits for the audit webhook to take what is left. */
const FLUSH_LIMIT_MS = 5_000;
