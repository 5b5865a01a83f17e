import { isDns1123Subdomain, type JsonObject, type JsonValue, parseYaml } from '@kubets/core';
import type { RemoteEndpoint } from '../webhooks/remote-endpoint.ts';
import type { AbacPolicy } from './abac.ts';
import type { WebhookAuthorizerConfiguration } from './webhook.ts';

/** One authorizer of a chain. */
export type AuthorizerChoice =
  | { readonly type: 'AlwaysAllow' | 'AlwaysDeny' | 'Node' | 'RBAC' }
  | { readonly type: 'ABAC'; readonly policies: readonly AbacPolicy[] }
  | { readonly type: 'Webhook'; readonly webhook: WebhookAuthorizerConfiguration };

export const DEFAULT_AUTHORIZERS: readonly AuthorizerChoice[] = [{ type: 'Node' }, { type: 'RBAC' }];

const MODES = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const;
const LEGACY_WEBHOOK = { timeoutMs: 30_000, authorizedMs: 5 * 60_000, unauthorizedMs: 30_000 };

/** What some modes need; read only where the mode is chosen. */
interface ModeSources {
  readonly webhook: () => RemoteEndpoint;
  readonly policies: () => readonly AbacPolicy[];
}

/** The chain that a list of modes stands for. Throws an Error for modes that there are not. */
export function authorizersOfModes(
  modes: readonly string[],
  { webhook, policies }: ModeSources,
): readonly AuthorizerChoice[] {
  if (new Set(modes).size < modes.length)
    throw new Error(`authorization-mode ${modes.join(',')} has mode specified more than once`);
  return modes.map((text): AuthorizerChoice => {
    const mode = MODES.find((each) => each === text);
    if (mode === undefined) throw new Error(`authorization-mode ${JSON.stringify(text)} is not a valid mode`);
    if (mode === 'ABAC') return { type: mode, policies: policies() };
    if (mode !== 'Webhook') return { type: mode };
    const common = { name: 'default', failurePolicy: 'NoOpinion' as const, matchConditions: [] };
    return { type: mode, webhook: { ...common, ...LEGACY_WEBHOOK, endpoint: webhook() } };
  });
}

/**
 * Reads a file of the kind AuthorizationConfiguration of apiserver.config.k8s.io/v1; `endpointOf` reads the kubeconfig files that it
 * names. Throws an Error that says what is wrong.
 */
export function parseAuthorizationConfiguration(
  text: string,
  sources: { readonly endpointOf: (path: string) => RemoteEndpoint; readonly policies: () => readonly AbacPolicy[] },
): readonly AuthorizerChoice[] {
  const { kind, apiVersion, authorizers } = objectOf(parseYaml(text).value);
  if (kind !== 'AuthorizationConfiguration' || !/^apiserver\.config\.k8s\.io\/v1(beta1)?$/.test(String(apiVersion)))
    throw new Error(`no AuthorizationConfiguration of apiserver.config.k8s.io/v1: ${apiVersion}, Kind=${kind}`);
  const given = Array.isArray(authorizers) ? authorizers.map(objectOf) : [];
  if (given.length === 0)
    throw new Error('authorizers: Required value: at least one authorization mode must be defined');
  return given.map((authorizer, index) => {
    const at = `authorizers[${index}]`;
    checkAuthorizer(authorizer, at, given.slice(0, index));
    const { name, webhook } = authorizer;
    const type = authorizer.type as AuthorizerChoice['type'];
    if (type === 'Webhook')
      return {
        type,
        webhook: webhookOf(objectOf(webhook), { name: String(name), at, endpointOf: sources.endpointOf }),
      };
    return type === 'ABAC' ? { type, policies: sources.policies() } : { type };
  });
}

/** Only webhooks may stand there more than once, and none by the same name. */
function checkAuthorizer({ type, name, webhook }: JsonObject, at: string, earlier: readonly JsonObject[]): void {
  if (!type) throw new Error(`${at}.type: Required value`);
  const quoted = JSON.stringify(type);
  if (!MODES.some((mode) => mode === type)) {
    const supported = MODES.map((mode) => `"${mode}"`).join(', ');
    throw new Error(`${at}.type: Unsupported value: ${quoted}: supported values: ${supported}`);
  }
  if (type !== 'Webhook' && earlier.some((each) => each.type === type))
    throw new Error(`${at}.type: Duplicate value: ${quoted}`);
  if (!name) throw new Error(`${at}.name: Required value`);
  if (earlier.some((each) => each.name === name))
    throw new Error(`${at}.name: Duplicate value: ${JSON.stringify(name)}`);
  const problems = isDns1123Subdomain(String(name));
  if (problems.length > 0) {
    const why = `authorizer name is invalid: ${problems.join(', ')}`;
    throw new Error(`${at}.name: Invalid value: ${JSON.stringify(name)}: ${why}`);
  }
  if (type === 'Webhook' && !webhook) throw new Error(`${at}.webhook: Required value: required when type=Webhook`);
  if (type !== 'Webhook' && webhook)
    throw new Error(`${at}.webhook: Invalid value: "non-null": may only be specified when type=Webhook`);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

interface WebhookPlace {
  readonly name: string;
  readonly at: string;
  readonly endpointOf: (path: string) => RemoteEndpoint;
}

function webhookOf(webhook: JsonObject, { name, at, endpointOf }: WebhookPlace): WebhookAuthorizerConfiguration {
  const { timeout, authorizedTTL, unauthorizedTTL, failurePolicy, connectionInfo, matchConditions } = webhook;
  const { type, kubeConfigFile } = objectOf(connectionInfo);
  if (type !== 'KubeConfigFile')
    throw new Error(`${at}.webhook.connectionInfo.type ${JSON.stringify(type)} is not implemented`);
  if (failurePolicy !== 'NoOpinion' && failurePolicy !== 'Deny')
    throw new Error(
      `${at}.webhook.failurePolicy: Unsupported value: ${JSON.stringify(failurePolicy)}: supported values: "Deny", "NoOpinion"`,
    );
  const conditions = Array.isArray(matchConditions) ? matchConditions.map(objectOf) : [];
  return {
    name,
    endpoint: endpointOf(String(kubeConfigFile)),
    timeoutMs: durationMs(timeout, `${at}.webhook.timeout`),
    authorizedMs: durationMs(authorizedTTL ?? '5m', `${at}.webhook.authorizedTTL`),
    unauthorizedMs: durationMs(unauthorizedTTL ?? '30s', `${at}.webhook.unauthorizedTTL`),
    failurePolicy,
    matchConditions: conditions.map(({ expression }) => String(expression)),
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `1m30s` in milliseconds. */
function durationMs(text: JsonValue | undefined, path: string): number {
  const parts = [...String(text ?? '').matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new Error(`${path}: Invalid value: ${JSON.stringify(text)}: a duration such as 30s`);
  return parts.reduce((sum, [, value, unit]) => sum + Number(value) * UNITS[unit!]!, 0);
}
