import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Random } from '@kubets/core';
import { hostClock, hostRandom } from '@kubets/core/node';
import { type CertificateRequest, isCurrent, issueCertificate, type KeyPair } from './certificates.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const AUTHORITY_VALID_MS = 3650 * DAY_MS;
const LEAF_VALID_MS = 365 * DAY_MS;
/** Certificates are renewed when they have so long left. */
const RENEW_BEFORE_MS = 90 * DAY_MS;

/** A cluster's certificates and keys, as PEM. */
export interface Pki {
  readonly dir: string;
  readonly ca: KeyPair;
  readonly frontProxyCa: KeyPair;
  readonly apiserver: KeyPair;
  /** With which the API server speaks to kubelets. */
  readonly apiserverKubeletClient: KeyPair;
  readonly frontProxyClient: KeyPair;
  readonly admin: KeyPair;
  readonly controllerManager: KeyPair;
  readonly scheduler: KeyPair;
  readonly proxy: KeyPair;
  /** PKCS #8 PEM; signs service-account tokens. */
  readonly serviceAccountKey: string;
}

export interface PkiOptions {
  /** Created when absent, readable by its owner only. */
  readonly dir: string;
  /** Names and addresses beyond the standard ones under which the API server is reached. */
  readonly hosts?: readonly string[];
  /** The first address of the service range. Default 10.96.0.1. */
  readonly serviceAddress?: string;
  readonly clusterDomain?: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Keeps certificates in a directory and renews them when they are about to expire or no longer fit. */
export class PkiDirectory {
  readonly #dir: string;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(options: { dir: string; clock?: Clock; random?: Random }) {
    this.#dir = options.dir;
    this.#clock = options.clock ?? hostClock;
    this.#random = options.random ?? hostRandom;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
  }

  /** The authority kept as `name`.crt and `name`.key; made when there is none. An authority is never renewed by itself. */
  authority(name: string, commonName: string): KeyPair {
    const kept = this.#read(name);
    if (kept) return kept;
    return this.#issue(name, { commonName, usage: 'authority', validMs: AUTHORITY_VALID_MS }, undefined);
  }

  /** The certificate kept as `name`, issued anew when it is absent, of another authority, incomplete or near its end. */
  leaf(name: string, issuer: KeyPair, request: Omit<CertificateRequest, 'validMs'>): KeyPair {
    const kept = this.#read(name);
    const fits =
      kept &&
      isCurrent(kept.cert, {
        issuer: issuer.cert,
        nowMs: this.#clock.now(),
        marginMs: RENEW_BEFORE_MS,
        ...(request.hosts ? { hosts: request.hosts } : {}),
      });
    return fits ? kept : this.#issue(name, { ...request, validMs: LEAF_VALID_MS }, issuer);
  }

  /**
   * The RSA key kept as `name`.key, with its public half beside it. OpenID Connect wants every issuer to sign with RS256, and
   * verifiers that are told no other algorithm take only that.
   */
  signingKey(name: string): string {
    const kept = this.#readFile(`${name}.key`);
    if (kept) return kept;
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    this.#write(`${name}.key`, key);
    const shown = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'pem' }).toString();
    this.#write(`${name}.pub`, shown);
    return key;
  }

  #issue(name: string, request: CertificateRequest, issuer: KeyPair | undefined): KeyPair {
    const pair = issueCertificate(request, { issuer, clock: this.#clock, random: this.#random });
    // The key first: a certificate without its key would be taken for complete.
    this.#write(`${name}.key`, pair.key);
    this.#write(`${name}.crt`, pair.cert);
    return pair;
  }

  #read(name: string): KeyPair | undefined {
    const cert = this.#readFile(`${name}.crt`);
    const key = this.#readFile(`${name}.key`);
    return cert && key ? { cert, key } : undefined;
  }

  #readFile(name: string): string | undefined {
    try {
      return readFileSync(join(this.#dir, name), 'utf8') || undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #write(name: string, text: string): void {
    const path = join(this.#dir, name);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

/** Makes a cluster's certificates, or reads those that are there; safe to call at every start. */
export function ensurePki(options: PkiOptions): Pki {
  const { dir, hosts = [], serviceAddress = '10.96.0.1', clusterDomain = 'cluster.local' } = options;
  const files = new PkiDirectory(options);
  const ca = files.authority('ca', 'kubernetes');
  const frontProxyCa = files.authority('front-proxy-ca', 'front-proxy-ca');
  const client = (name: string, commonName: string, ...organizations: string[]) =>
    files.leaf(name, ca, { commonName, organizations, usage: 'client' });
  const names = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${clusterDomain}`,
  ];
  const serving = [...new Set([...names, 'localhost', '127.0.0.1', '::1', serviceAddress, ...hosts])];
  return {
    dir,
    ca,
    frontProxyCa,
    apiserver: files.leaf('apiserver', ca, { commonName: 'kube-apiserver', usage: 'server', hosts: serving }),
    apiserverKubeletClient: client('apiserver-kubelet-client', 'kube-apiserver-kubelet-client', 'system:masters'),
    frontProxyClient: files.leaf('front-proxy-client', frontProxyCa, {
      commonName: 'front-proxy-client',
      usage: 'client',
    }),
    admin: client('admin', 'kubernetes-admin', 'system:masters'),
    controllerManager: client('controller-manager', 'system:kube-controller-manager'),
    scheduler: client('scheduler', 'system:kube-scheduler'),
    proxy: client('kube-proxy', 'system:kube-proxy'),
    serviceAccountKey: files.signingKey('sa'),
  };
}

/** The two certificates of a node's kubelet: as a client of the API server, and as the server of its own API. */
export function ensureKubeletPki(options: {
  dir: string;
  ca: KeyPair;
  nodeName: string;
  /** Names and addresses of the node. */
  hosts: readonly string[];
  clock?: Clock;
  random?: Random;
}): { client: KeyPair; serving: KeyPair } {
  const { ca, nodeName, hosts } = options;
  const files = new PkiDirectory(options);
  const identity = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
  return {
    client: files.leaf(`kubelet-${nodeName}`, ca, { ...identity, usage: 'client' }),
    serving: files.leaf(`kubelet-${nodeName}-serving`, ca, {
      ...identity,
      usage: 'server',
      hosts: [...new Set([nodeName, 'localhost', '127.0.0.1', ...hosts])],
    }),
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig with one cluster, one user and one context. */
export function kubeconfigFor(options: {
  cluster: string;
  user: string;
  server: string;
  ca: string;
  /** A client certificate, or a token. */
  credential: KeyPair | { readonly token: string };
  namespace?: string;
}): string {
  const { cluster, user, server, ca, credential, namespace } = options;
  const secret =
    'token' in credential
      ? [`    token: ${JSON.stringify(credential.token)}`]
      : [`    client-certificate-data: ${base64(credential.cert)}`, `    client-key-data: ${base64(credential.key)}`];
  const context = `${user}@${cluster}`;
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `- name: ${JSON.stringify(cluster)}`,
    '  cluster:',
    `    server: ${JSON.stringify(server)}`,
    `    certificate-authority-data: ${base64(ca)}`,
    'users:',
    `- name: ${JSON.stringify(user)}`,
    '  user:',
    ...secret,
    'contexts:',
    `- name: ${JSON.stringify(context)}`,
    '  context:',
    `    cluster: ${JSON.stringify(cluster)}`,
    `    user: ${JSON.stringify(user)}`,
    ...(namespace ? [`    namespace: ${JSON.stringify(namespace)}`] : []),
    `current-context: ${JSON.stringify(context)}`,
    'preferences: {}',
    '',
  ].join('\n');
}
