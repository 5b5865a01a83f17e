import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Clock, type Logger, parseYaml } from '@kubets/core';
import type { HttpTransportOptions } from './http-transport.ts';

interface ClusterEntry {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
}

interface UserEntry {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

type List<K extends string, V> = readonly ({ readonly name?: string } & { readonly [P in K]?: V })[];

interface KubeconfigFile {
  readonly 'current-context'?: string;
  readonly clusters?: List<'cluster', ClusterEntry>;
  readonly users?: List<'user', UserEntry>;
  readonly contexts?: List<'context', ContextEntry>;
}

/** How to reach the cluster of one context of a kubeconfig file. */
export interface KubeconfigTarget {
  readonly server: string;
  /** PEM; '' when the file names none. */
  readonly ca: string;
  readonly credential: HttpTransportOptions['credential'];
  /** The context's namespace; default unless it says otherwise. */
  readonly namespace: string;
}

function find<K extends string, V>(list: List<K, V> | undefined, { name, key }: { name: string; key: K }): V {
  const entry = list?.find((candidate) => candidate.name === name)?.[key] as V | undefined;
  if (!entry) throw new Error(`the kubeconfig has no ${key} named "${name}"`);
  return entry;
}

/** Inline base64 wins over a file, whose path is relative to the kubeconfig's. */
function material(data: string | undefined, file: string | undefined, directory: string): string | undefined {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? readFileSync(resolve(directory, file), 'utf8') : undefined;
}

function credentialOf(user: UserEntry, directory: string): HttpTransportOptions['credential'] {
  const cert = material(user['client-certificate-data'], user['client-certificate'], directory);
  const key = material(user['client-key-data'], user['client-key'], directory);
  if (cert && key) return { cert, key };
  const { token, tokenFile } = user;
  if (token) return { token: () => token };
  if (tokenFile) return { token: () => readFileSync(resolve(directory, tokenFile), 'utf8').trim() };
  throw new Error('the kubeconfig user has neither a client certificate nor a token');
}

/** Reads a kubeconfig: the file given, that of $KUBECONFIG, or ~/.kube/config. Throws when it does not lead to a cluster. */
export function readKubeconfig(options: { path?: string; context?: string } = {}): KubeconfigTarget {
  const path = options.path ?? process.env.KUBECONFIG ?? join(homedir(), '.kube', 'config');
  const file = parseKubeconfig(readFileSync(path, 'utf8'));
  const contextName = options.context ?? file['current-context'] ?? '';
  const context = find(file.contexts, { name: contextName, key: 'context' });
  const cluster = find(file.clusters, { name: context.cluster ?? '', key: 'cluster' });
  const user = find(file.users, { name: context.user ?? '', key: 'user' });
  if (!cluster.server) throw new Error(`cluster "${context.cluster}" of the kubeconfig has no server`);
  const directory = dirname(path);
  return {
    server: cluster.server,
    ca: material(cluster['certificate-authority-data'], cluster['certificate-authority'], directory) ?? '',
    credential: credentialOf(user, directory),
    namespace: context.namespace ?? 'default',
  };
}

function parseKubeconfig(text: string): KubeconfigFile {
  const parsed: unknown = parseYaml(text).value;
  if (typeof parsed !== 'object' || parsed === null) throw new Error('the kubeconfig is empty');
  return parsed as KubeconfigFile;
}

/** Options of a transport to the cluster of a kubeconfig. */
export function kubeconfigOptions(options: {
  path?: string;
  context?: string;
  userAgent: string;
  clock: Clock;
  logger: Logger;
}): HttpTransportOptions {
  const { userAgent, clock, logger, ...where } = options;
  const { server, ca, credential } = readKubeconfig(where);
  return { server, ca, credential, userAgent, clock, logger };
}
