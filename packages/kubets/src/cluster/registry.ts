import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import {
  type ClusterLayout,
  type ClusterRecord,
  defaultDataDir,
  layoutOf,
  MAX_CLUSTERS,
  REGISTRY_DIR,
} from './layout.ts';

export const DEFAULT_NAME = 'kubets';
const DEFAULT_API_PORT = 6443;
/** Names become parts of file names, nft tables and network namespaces. */
const NAME_PATTERN = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;

const recordPath = (name: string) => join(REGISTRY_DIR, `${name}.json`);

function checkName(name: string): void {
  if (NAME_PATTERN.test(name)) return;
  const rule = 'lower-case letters, digits and dashes, beginning with a letter, 32 characters at most';
  throw new CommandError(`"${name}" cannot be the name of a cluster: use ${rule}`);
}

function readRecord(path: string): ClusterRecord {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ClusterRecord;
  } catch (error) {
    throw new CommandError(
      `${path} cannot be read (${(error as Error).message}); remove the file if the cluster is no longer wanted`,
    );
  }
}

/** All clusters of this machine. */
export function listClusters(): ClusterLayout[] {
  let names: string[] = [];
  try {
    names = readdirSync(REGISTRY_DIR).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.sort().map((name) => layoutOf(readRecord(join(REGISTRY_DIR, name))));
}

/** The cluster of that name, or undefined when there is none. */
export function findCluster(name: string): ClusterLayout | undefined {
  checkName(name);
  return listClusters().find((cluster) => cluster.name === name);
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

/** Finds the cluster, or registers a new one with the first free place among the machine's clusters. */
export function ensureCluster(options: {
  name: string;
  dataDir?: string;
  apiPort?: number;
  runtimeConfig?: ClusterRecord['runtimeConfig'];
}): ClusterLayout {
  const known = findCluster(options.name);
  if (known) {
    if (options.dataDir && resolve(options.dataDir) !== known.dataDir) {
      throw new CommandError(
        `cluster "${known.name}" keeps its data in ${known.dataDir}; choose another --name, or "kubets reset" it first`,
      );
    }
    const { apiPort = known.apiPort, runtimeConfig = known.runtimeConfig } = options;
    if (apiPort === known.apiPort && runtimeConfig === known.runtimeConfig) return known;
    return saveRecord({ ...known, apiPort, ...(runtimeConfig ? { runtimeConfig } : {}) });
  }
  const taken = new Set(listClusters().map((cluster) => cluster.index));
  const index = Array.from({ length: MAX_CLUSTERS }, (_, i) => i).find((i) => !taken.has(i));
  if (index === undefined)
    throw new CommandError(`this machine has ${MAX_CLUSTERS} clusters already; "kubets reset --name NAME" removes one`);
  return saveRecord({
    name: options.name,
    index,
    dataDir: resolve(options.dataDir ?? defaultDataDir(options.name)),
    nodeName: hostNodeName(),
    apiPort: options.apiPort ?? DEFAULT_API_PORT + index,
    ...(options.runtimeConfig ? { runtimeConfig: options.runtimeConfig } : {}),
  });
}

function saveRecord({ name, index, dataDir, nodeName, apiPort, runtimeConfig }: ClusterRecord): ClusterLayout {
  const record = { name, index, dataDir, nodeName, apiPort, ...(runtimeConfig ? { runtimeConfig } : {}) };
  mkdirSync(REGISTRY_DIR, { recursive: true });
  const partial = `${recordPath(name)}.partial`;
  writeFileSync(partial, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(partial, recordPath(name));
  return layoutOf(record);
}

export function forgetCluster(name: string): void {
  rmSync(recordPath(name), { force: true });
}
