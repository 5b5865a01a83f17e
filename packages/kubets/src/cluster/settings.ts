import { resolve } from 'node:path';
import type { ApiServerSettings } from './layout.ts';

/** Names of the settings that are files to be read. */
const FILES = [
  'auditPolicyFile',
  'auditWebhookConfigFile',
  'admissionControlConfigFile',
  'authenticationConfig',
  'authenticationTokenWebhookConfigFile',
  'oidcCaFile',
  'authorizationPolicyFile',
  'authorizationWebhookConfigFile',
  'authorizationConfig',
] as const;

/** The settings of an earlier start with those that are given now; an empty one takes an earlier one back. */
export function mergeSettings(
  known: ApiServerSettings | undefined,
  given: ApiServerSettings | undefined,
): ApiServerSettings | undefined {
  const merged = Object.entries({ ...known, ...given }).filter(
    ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return merged.length > 0 ? (Object.fromEntries(merged) as ApiServerSettings) : undefined;
}

/** Settings as they are kept: what is a path is made absolute. */
export function absoluteSettings(settings: ApiServerSettings): ApiServerSettings {
  const absolute: Record<string, unknown> = { ...settings };
  for (const name of FILES) if (settings[name]) absolute[name] = resolve(settings[name]);
  const { auditLogPath } = settings;
  if (auditLogPath && auditLogPath !== '-') absolute.auditLogPath = resolve(auditLogPath);
  return absolute as ApiServerSettings;
}
