import { builtInKinds, legacyKinds } from '@kubets/api';
import { apiVersionOf, type KindDefinition } from '@kubets/core';

/**
 * Which versions are served, as `--runtime-config` has it: `GROUP/VERSION`, or `v1` for the core group, and the sets `api/all`,
 * `api/ga`, `api/beta`, `api/alpha` and, for what Kubernetes has retired, `legacy/all`. A single version's entry counts more
 * than a set's. Retired versions are off, all others on, unless said otherwise.
 */
export type RuntimeConfig = Readonly<Record<string, boolean>>;

const ALL_API = 'api/all';
const ALL_LEGACY = 'legacy/all';
const SETS = new Set([ALL_API, 'api/ga', 'api/beta', 'api/alpha', ALL_LEGACY]);

function stageOf(version: string): string {
  if (version.includes('alpha')) return 'api/alpha';
  return version.includes('beta') ? 'api/beta' : 'api/ga';
}

/** Every kind that a server with this configuration serves. Throws for names that do not exist, and for v1 turned off. */
export function servedKinds(config: RuntimeConfig = {}): readonly KindDefinition[] {
  checkNames(config);
  const current = builtInKinds.filter((kind) => byName(kind, config) ?? config[stageOf(kind.version)] ?? true);
  const retired = legacyKinds.filter((kind) => byName(kind, config) ?? config[ALL_LEGACY] ?? false);
  if (current.length === builtInKinds.length && retired.length === 0) return builtInKinds;
  const served = [...current, ...retired];
  for (const { kind, storedAs } of served) if (storedAs) checkStored(kind, storedAs, served);
  return served;
}

function byName({ group, version }: KindDefinition, config: RuntimeConfig): boolean | undefined {
  return config[apiVersionOf(group, version)];
}

function checkNames(config: RuntimeConfig): void {
  const known = new Set([...builtInKinds, ...legacyKinds].map(({ group, version }) => apiVersionOf(group, version)));
  const unknown = Object.keys(config).filter((name) => !SETS.has(name) && !known.has(name));
  if (unknown.length > 0) throw new Error(`unknown API versions in the runtime config: ${unknown.join(', ')}`);
  if (config.v1 === false || config[ALL_API] === false || config['api/ga'] === false)
    throw new Error('the runtime config cannot turn v1 off: the cluster itself is made of it');
}

function checkStored(
  kind: string,
  stored: { group: string; version: string },
  served: readonly KindDefinition[],
): void {
  const isServed = served.some(
    (each) => each.kind === kind && each.group === stored.group && each.version === stored.version,
  );
  if (isServed) return;
  const version = apiVersionOf(stored.group, stored.version);
  throw new Error(`${kind} is stored as ${version}, which the runtime config turns off`);
}

/** Advice for a request in a retired version that is not served; undefined where there is none to give. */
export function adviceOf({
  group,
  version,
  resource,
}: {
  group: string;
  version: string;
  resource: string;
}): string | undefined {
  const retired = legacyKinds.find(
    (kind) => kind.group === group && kind.version === version && (!resource || kind.resource === resource),
  );
  if (!retired?.storedAs) return undefined;
  const apiVersion = apiVersionOf(group, version);
  const now = apiVersionOf(retired.storedAs.group, retired.storedAs.version);
  return resource
    ? `${apiVersion} ${retired.kind} is not served; use ${now} ${retired.kind}`
    : `${apiVersion} is not served; its kinds are in newer versions`;
}
