import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import {
  type ApiServer,
  type Attributes,
  type Authorizer,
  componentUser,
  controllerUser,
  createApiServer,
  createFront,
  decisionOf,
  EscalationGuard,
  type Front,
  JwtKeys,
} from '@kubets/apiserver';
import {
  CertificateSigner,
  ensureKubeletPki,
  ensurePki,
  gzipBody,
  kubeconfigFor,
  type Pki,
  processMetrics,
  SocketForwarder,
  SocketHttpsCaller,
  startHttpServer,
} from '@kubets/apiserver/node';
import { createClient, InformerFactory } from '@kubets/client';
import { type ControllerOptions, startControllers } from '@kubets/controllers';
import type { AsyncDisposable, Disposable } from '@kubets/core';
import { consoleLogger, hostClock, hostRandom } from '@kubets/core/node';
import { startScheduler } from '@kubets/scheduler';
import { DataDirectoryError, lmdbStore } from '@kubets/storage/node';
import { applyAddons } from '../addons/apply.ts';
import { dnsObjects } from '../addons/dns.ts';
import { systemImageName } from '../agent/system-image.ts';
import type { ClusterLayout } from '../cluster/layout.ts';
import { requireCluster } from '../cluster/registry.ts';
import { CommandError } from '../command-error.ts';
import { untilTold } from '../until-told.ts';
import { markControlPlaneNode } from './node-role.ts';
import { frontOptionsOf, serverOptionsOf } from './settings.ts';

/** Addresses of this machine that clients may use for the API server. */
function hostAddresses(layout: ClusterLayout): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter((item) => !item.internal));
  return [
    layout.nodeName,
    layout.podGateway,
    ...addresses.map((item) => item.address).filter((address) => !address.startsWith('fe80:')),
  ];
}

/**
 * The address under which pods reach the API server: this machine's first outside its own bridges or, on a machine without a
 * network, the gateway of its pods.
 */
function advertisedAddress(layout: ClusterLayout): string {
  for (const [name, list] of Object.entries(networkInterfaces())) {
    if (/^(kubets|cni|veth|docker|br-)/.test(name)) continue;
    const found = (list ?? []).find((item) => item.family === 'IPv4' && !item.internal);
    if (found) return found.address;
  }
  return layout.podGateway;
}

function makePki(layout: ClusterLayout): Pki {
  const hosts = hostAddresses(layout);
  const pki = ensurePki({
    dir: layout.pkiDir,
    hosts,
    serviceAddress: layout.kubernetesAddress,
    clusterDomain: layout.clusterDomain,
  });
  ensureKubeletPki({ dir: layout.pkiDir, ca: pki.ca, nodeName: layout.nodeName, hosts });
  return pki;
}

function writeKubeconfig(layout: ClusterLayout, pki: Pki): void {
  const text = kubeconfigFor({
    cluster: layout.name,
    user: `${layout.name}-admin`,
    server: `https://127.0.0.1:${layout.apiPort}`,
    ca: pki.ca.cert,
    credential: pki.admin,
  });
  writeFileSync(`${layout.kubeconfigPath}.partial`, text, { mode: 0o600 });
  renameSync(`${layout.kubeconfigPath}.partial`, layout.kubeconfigPath);
}

/** Where the cluster is and how to know it, without any credential: what a new node may read before it is trusted. */
function publicKubeconfig(server: string, ca: string): string {
  const authority = Buffer.from(ca).toString('base64');
  return [
    'apiVersion: v1',
    'clusters:',
    '- cluster:',
    `    certificate-authority-data: ${authority}`,
    `    server: ${server}`,
    '  name: ""',
    'contexts: null',
    'current-context: ""',
    'kind: Config',
    'users: null',
    '',
  ].join('\n');
}

/** Signs the tokens of secrets of type service-account-token. */
function legacyTokenSigner(
  tokens: Front['tokens'],
  rootCa: string,
): NonNullable<ControllerOptions['legacyTokenSigner']> {
  return {
    rootCa,
    sign: ({ namespace, name, uid, secretName }) =>
      tokens.issueLegacy({ namespace, serviceAccount: { name, uid }, secretName }),
  };
}

/** Nodes renew their certificates, and new ones get their first with a bootstrap token; others need the right to. */
async function mayHaveKubeletCertificate(attributes: Attributes, authorizer: Authorizer): Promise<boolean> {
  const { groups } = attributes.user;
  if (attributes.subresource === 'selfnodeclient' && groups.includes('system:nodes')) return true;
  if (attributes.subresource === 'nodeclient' && groups.includes('system:bootstrappers')) return true;
  return (await decisionOf(authorizer, attributes)).allowed === true;
}

const host = { clock: hostClock, random: hostRandom, logger: consoleLogger('info') };

/** The control plane of one cluster in this process. Parts are disposed in reverse order of their start. */
class ControlPlane implements AsyncDisposable {
  readonly #parts: (Disposable | AsyncDisposable)[] = [];

  async start(layout: ClusterLayout): Promise<void> {
    mkdirSync(layout.stateDir, { recursive: true, mode: 0o700 });
    const pki = makePki(layout);
    const store = await lmdbStore({ path: layout.stateDir, clock: hostClock });
    this.#own(() => store.close());
    const httpsCaller = new SocketHttpsCaller({ clock: hostClock, frontProxy: pki.frontProxyClient });
    this.#own(async () => httpsCaller.close());
    const escalationGuard = new EscalationGuard();
    const { apiServer: settings = {} } = layout;
    const own = (part: Disposable | AsyncDisposable) => void this.#parts.push(part);
    const server = await createApiServer({
      ...host,
      store,
      serviceCidrs: [layout.serviceCidr],
      ...(layout.runtimeConfig ? { runtimeConfig: layout.runtimeConfig } : {}),
      admission: [escalationGuard],
      ...serverOptionsOf(settings),
      httpsCaller,
    });
    this.#own(() => server.close());
    const issuer = `https://kubernetes.default.svc.${layout.clusterDomain}`;
    const processFamilies = processMetrics(hostClock);
    const front = await createFront({
      ...host,
      server,
      keys: await JwtKeys.fromPem(pki.serviceAccountKey),
      issuer,
      ...frontOptionsOf(settings, { ...host, caller: httpsCaller, own, apiAudiences: [issuer] }),
      gzip: gzipBody,
      escalationGuard,
      metrics: () => processFamilies,
      forwarder: new SocketForwarder({
        client: pki.apiserverKubeletClient,
        ca: pki.ca.cert,
        frontProxy: pki.frontProxyClient,
        clock: hostClock,
      }),
      httpsCaller,
      clientAuthorities: { clientCa: pki.ca.cert, frontProxyCa: pki.frontProxyCa.cert },
      serverAddress: `${advertisedAddress(layout)}:${layout.apiPort}`,
    });
    this.#parts.push(front);
    const http = await startHttpServer({
      ...host,
      server: front.frontDoor,
      host: '::',
      port: layout.apiPort,
      tls: { ...pki.apiserver, clientCa: pki.ca.cert, frontProxyCa: pki.frontProxyCa.cert },
    });
    this.#own(() => http.close());
    writeKubeconfig(layout, pki);
    await server.advertise({ address: advertisedAddress(layout), port: layout.apiPort });
    await this.#startLoops(layout, { server, front, pki });
  }

  /** What works on the cluster's objects: controllers, scheduler, add-ons. */
  async #startLoops(
    layout: ClusterLayout,
    { server, front, pki }: { server: ApiServer; front: Front; pki: Pki },
  ): Promise<void> {
    const client = createClient(server.localTransport(componentUser('kube-controller-manager')));
    const informers = new InformerFactory({ ...host, client });
    this.#parts.push(informers);
    const options: ControllerOptions = {
      rootCa: pki.ca.cert,
      clusterInfo: publicKubeconfig(`https://${advertisedAddress(layout)}:${layout.apiPort}`, pki.ca.cert),
      clusterCidrs: [{ cidr: layout.podCidr, nodeMaskSize: 24 }],
      legacyTokenSigner: legacyTokenSigner(front.tokens, pki.ca.cert),
      certificateAuthority: new CertificateSigner({
        ...host,
        authority: pki.ca,
        mayApprove: (attributes) => mayHaveKubeletCertificate(attributes, front.authorizer),
      }),
    };
    const clientOf = (account: string) => createClient(server.localTransport(controllerUser(account)));
    this.#parts.push(await startControllers({ ...host, client, clientOf, informers, options }));
    const scheduling = createClient(server.localTransport(componentUser('kube-scheduler')));
    this.#parts.push(await startScheduler({ ...host, client: scheduling, informers }));
    const own = createClient(server.localTransport());
    const role = markControlPlaneNode({ ...host, client: own, informers, nodeName: layout.nodeName });
    this.#own(async () => role.dispose());
    await applyAddons(own, dnsObjects(layout, systemImageName()));
  }

  async dispose(): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) await part.dispose();
  }

  #own(close: () => Promise<void>): void {
    this.#parts.push({ dispose: close });
  }
}

/** Runs the control plane until it is told to stop. */
export async function server(options: { name: string }): Promise<void> {
  const layout = requireCluster(options.name);
  const controlPlane = new ControlPlane();
  try {
    await controlPlane.start(layout);
  } catch (error) {
    await controlPlane.dispose();
    if (error instanceof DataDirectoryError) throw new CommandError(error.message);
    throw error;
  }
  await untilTold();
  await controlPlane.dispose();
  // Whatever timer is left must not keep the process.
  process.exit(0);
}
