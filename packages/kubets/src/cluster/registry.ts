import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { CommandError } from '../command-error.ts';
import {
  type ClusterLayout,
  type ClusterRecord,
  defaultDataDir,
  layoutOf,
  MAX_CLUSTERS,
  REGISTRY_DIR,
  recordCopyPath,
} from './layout.ts';
import { mergeSettings } from './settings.ts';

export const DEFAULT_NAME = 'kubets';
/** Held while clusters are added; no cluster can have this name. */
export const REGISTRY_LOCK = '.registry';
const DEFAULT_API_PORT = 6443;
/** Names become parts of file names, nft tables and network namespaces. */
const NAME_PATTERN = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;

const RECORD_SUFFIX = '.json';
const recordPath = (name: string) => join(REGISTRY_DIR, `${name}${RECORD_SUFFIX}`);

function checkName(name: string): void {
  if (NAME_PATTERN.test(name)) return;
  const rule = 'lower-case letters, digits and dashes, beginning with a letter, 32 characters at most';
  throw new CommandError(`"${name}" cannot be the name of a cluster: use ${rule}`);
}

function parseRecord(path: string): ClusterRecord {
  const record = JSON.parse(readFileSync(path, 'utf8')) as ClusterRecord;
  const { name, index, dataDir, nodeName, apiPort } = record;
  const texts = [name, dataDir, nodeName].every((text) => typeof text === 'string' && text !== '');
  if (!texts || !Number.isInteger(index) || !Number.isInteger(apiPort)) throw new Error('it is no record of a cluster');
  return record;
}

/** The record of a registered cluster; where that is damaged, its copy in the usual data directory. */
function readRecord(name: string): ClusterRecord {
  try {
    return parseRecord(recordPath(name));
  } catch (error) {
    try {
      const copy = parseRecord(recordCopyPath(defaultDataDir(name)));
      if (copy.name === name) return copy;
    } catch {
      // The message below says what to do.
    }
    throw new CommandError(
      `${recordPath(name)} cannot be read (${(error as Error).message}); put the copy back that is in the cluster's data directory (cluster.json), or remove the file if the cluster is no longer wanted`,
    );
  }
}

/** All clusters of this machine. */
export function listClusters(): ClusterLayout[] {
  return registeredNames().map((name) => layoutOf(readRecord(name)));
}

function registeredNames(): string[] {
  try {
    const files = readdirSync(REGISTRY_DIR).filter((file) => file.endsWith(RECORD_SUFFIX));
    return files.map((file) => file.slice(0, -RECORD_SUFFIX.length)).sort();
  } catch {
    return [];
  }
}

/** The cluster of that name, or undefined when there is none. */
export function findCluster(name: string): ClusterLayout | undefined {
  checkName(name);
  return existsSync(recordPath(name)) ? layoutOf(readRecord(name)) : undefined;
}

/** The cluster of that name. Throws a `CommandError` that says what to do when there is none. */
export function requireCluster(name: string): ClusterLayout {
  const cluster = findCluster(name);
  if (cluster) return cluster;
  const suffix = name === DEFAULT_NAME ? '' : ` --name ${name}`;
  throw new CommandError(`there is no cluster named "${name}"; "kubets up${suffix}" makes one`);
}

/** The node's name as the kubelet would choose it: the host name in lower case. */
function hostNodeName(): string {
  const name = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return name || 'node';
}

/**
 * The cluster with what is chosen for it now, or a new one in the first free place among the machine's clusters. Nothing is
 * written: `saveCluster` does that.
 */
export function planCluster(options: {
  name: string;
  dataDir?: string;
  apiPort?: number;
  runtimeConfig?: ClusterRecord['runtimeConfig'];
  apiServer?: ClusterRecord['apiServer'];
}): ClusterLayout {
  const known = findCluster(options.name);
  if (known) {
    if (options.dataDir && resolve(options.dataDir) !== known.dataDir) {
      throw new CommandError(
        `cluster "${known.name}" keeps its data in ${known.dataDir}; choose another --name, or "kubets reset" it first`,
      );
    }
    const { apiPort = known.apiPort, runtimeConfig = known.runtimeConfig } = options;
    const { apiServer: knownSettings, ...others } = known;
    const apiServer = mergeSettings(knownSettings, options.apiServer);
    return { ...others, apiPort, ...(runtimeConfig ? { runtimeConfig } : {}), ...(apiServer ? { apiServer } : {}) };
  }
  return register(options);
}

function register(options: Parameters<typeof planCluster>[0]): ClusterLayout {
  const others = listClusters();
  const dataDir = resolve(options.dataDir ?? defaultDataDir(options.name));
  checkUnused(dataDir, others);
  // Data that is there already has addresses in it that follow from the index.
  const indexes = [...keptIndex(dataDir), ...Array.from({ length: MAX_CLUSTERS }, (_, i) => i)];
  const index = indexes.find((i) => others.every((other) => other.index !== i));
  if (index === undefined)
    throw new CommandError(`this machine has ${MAX_CLUSTERS} clusters already; "kubets reset --name NAME" removes one`);
  const apiServer = mergeSettings(undefined, options.apiServer);
  let apiPort = options.apiPort ?? DEFAULT_API_PORT + index;
  while (!options.apiPort && others.some((other) => other.apiPort === apiPort)) apiPort += MAX_CLUSTERS;
  return layoutOf({
    name: options.name,
    index,
    dataDir,
    nodeName: hostNodeName(),
    apiPort,
    ...(options.runtimeConfig ? { runtimeConfig: options.runtimeConfig } : {}),
    ...(apiServer ? { apiServer } : {}),
  });
}

function keptIndex(dataDir: string): number[] {
  try {
    return [parseRecord(recordCopyPath(dataDir)).index];
  } catch {
    return [];
  }
}

/** Throws unless the directory is new, empty or a cluster's own: resetting the cluster will remove all that is in it. */
function checkUnused(dataDir: string, others: readonly ClusterLayout[]): void {
  const inside = (path: string, dir: string) =>
    path === dir || path.startsWith(dir.endsWith(sep) ? dir : `${dir}${sep}`);
  const owner = others.find((other) => inside(dataDir, other.dataDir) || inside(other.dataDir, dataDir));
  if (owner)
    throw new CommandError(`${dataDir} overlaps with the data of cluster "${owner.name}"; choose another --data-dir`);
  let found: string[] = [];
  try {
    found = readdirSync(dataDir).filter((entry) => entry !== 'lost+found');
  } catch {
    // It is made later, or told then why it cannot be.
  }
  if (found.length === 0 || existsSync(recordCopyPath(dataDir)) || existsSync(join(dataDir, 'state'))) return;
  throw new CommandError(
    `${dataDir} is not empty and holds no data of kubets (found ${found.slice(0, 3).join(', ')}); choose another --data-dir`,
  );
}

/** Registers the cluster, or what has changed about it. */
export function saveCluster(layout: ClusterLayout): void {
  const { name, index, dataDir, nodeName, apiPort, runtimeConfig, apiServer } = layout;
  const chosen = { ...(runtimeConfig ? { runtimeConfig } : {}), ...(apiServer ? { apiServer } : {}) };
  const record = { name, index, dataDir, nodeName, apiPort, ...chosen };
  mkdirSync(REGISTRY_DIR, { recursive: true });
  mkdirSync(dataDir, { recursive: true });
  for (const path of [recordCopyPath(dataDir), recordPath(name)]) {
    writeFileSync(`${path}.partial`, `${JSON.stringify(record, null, 2)}\n`);
    renameSync(`${path}.partial`, path);
  }
}

export function forgetCluster(name: string): void {
  rmSync(recordPath(name), { force: true });
}
