import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseYaml } from '@kubets/core';
import type { RemoteEndpoint } from '../webhooks/remote-endpoint.ts';

interface Cluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
}

interface User {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly clusters?: readonly { readonly name?: string; readonly cluster?: Cluster }[];
  readonly users?: readonly { readonly name?: string; readonly user?: User }[];
  readonly contexts?: readonly {
    readonly name?: string;
    readonly context?: { readonly cluster?: string; readonly user?: string };
  }[];
}

/** Reads where a webhook is, and how to know and be known by it, from a kubeconfig file. Throws an Error that names the file. */
export function readRemoteEndpoint(path: string): RemoteEndpoint {
  try {
    return endpointOf(parseYaml(readFileSync(path, 'utf8')).value as Kubeconfig, dirname(path));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

function endpointOf(config: Kubeconfig | null, directory: string): RemoteEndpoint {
  const { contexts = [], clusters = [], users = [] } = config ?? {};
  const context = contexts.find(({ name }) => name === config?.['current-context'])?.context;
  if (!context) throw new Error('invalid configuration: no current context that exists');
  const cluster = clusters.find(({ name }) => name === context.cluster)?.cluster;
  if (!cluster?.server)
    throw new Error(`invalid configuration: no server of the cluster ${JSON.stringify(context.cluster)}`);
  const user = users.find(({ name }) => name === context.user)?.user ?? {};
  const ca = material(cluster['certificate-authority-data'], cluster['certificate-authority'], directory);
  const cert = material(user['client-certificate-data'], user['client-certificate'], directory);
  const key = material(user['client-key-data'], user['client-key'], directory);
  const authorization = authorizationOf(user, directory);
  return {
    url: cluster.server,
    ...(ca ? { ca } : {}),
    ...(cluster['insecure-skip-tls-verify'] ? { insecure: true } : {}),
    ...(cert && key ? { clientCertificate: { cert, key } } : {}),
    ...(authorization ? { authorization } : {}),
  };
}

/** Inline base64 wins over a file, whose path is relative to the kubeconfig's. */
function material(data: string | undefined, file: string | undefined, directory: string): string | undefined {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? readFileSync(resolve(directory, file), 'utf8') : undefined;
}

function authorizationOf({ token, tokenFile, username, password }: User, directory: string): string | undefined {
  const bearer = token ?? (tokenFile ? readFileSync(resolve(directory, tokenFile), 'utf8').trim() : undefined);
  if (bearer) return `Bearer ${bearer}`;
  return username ? `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` : undefined;
}
