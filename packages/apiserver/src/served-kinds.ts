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
  const served = [...current, ...retired.filter((kind) => !isViewOfRetired(kind) || isStoredIn(kind, retired))];
  for (const { kind, storedAs } of served) if (storedAs) checkStored(kind, storedAs, served);
  return served;
}

/** Of a kind that nothing took the place of, other versions are served only beside the one that it is stored in. */
function isViewOfRetired(kind: KindDefinition): boolean {
  return kind.storedAs !== undefined && isStoredIn(kind, legacyKinds);
}

function isStoredIn({ kind, storedAs }: KindDefinition, kinds: readonly KindDefinition[]): boolean {
  return kinds.some(
    (each) => each.kind === kind && each.group === storedAs?.group && each.version === storedAs.version,
  );
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
  if (!retired) return undefined;
  const apiVersion = apiVersionOf(group, version);
  if (resource && (!retired.storedAs || isViewOfRetired(retired)))
    return `${apiVersion} ${retired.kind} is not served; Pod Security admission took its place`;
  if (!retired.storedAs) return `${apiVersion} is not served`;
  const now = apiVersionOf(retired.storedAs.group, retired.storedAs.version);
  return resource
    ? `${apiVersion} ${retired.kind} is not served; use ${now} ${retired.kind}`
    : `${apiVersion} is not served; its kinds are in newer versions`;
}
