import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, createClient, InformerFactory } from '@kubets/client';
import { httpTransport } from '@kubets/client/node';
import type { AsyncDisposable, Disposable } from '@kubets/core';
import { consoleLogger, hostClock, hostRandom } from '@kubets/core/node';
import { PAUSE_IMAGE } from '@kubets/images';
import { startKubeletServer, startNodeKubelet } from '@kubets/kubelet/node';
import { prepareKernel, startProxy } from '@kubets/proxy/node';
import { waitUntil } from '../cluster/api-probe.ts';
import type { ClusterLayout } from '../cluster/layout.ts';
import { requireCluster } from '../cluster/registry.ts';
import { CommandError } from '../command-error.ts';
import { KUBERNETES_VERSION } from '../installation.ts';
import { untilTold } from '../until-told.ts';
import { systemArchives } from './images.ts';
import { loadedImages } from './loaded-images.ts';
import { nodeDataDir, nodeRunDir } from './paths.ts';

const PKI_LIMIT_MS = 60_000;
const host = { clock: hostClock, random: hostRandom, logger: consoleLogger('info') };

/** The identities that the server has made for this node. */
async function credentials(layout: ClusterLayout) {
  const read = (name: string) => readFileSync(join(layout.pkiDir, name), 'utf8');
  const pair = (name: string) => ({ cert: read(`${name}.crt`), key: read(`${name}.key`) });
  const readAll = () => ({
    ca: read('ca.crt'),
    kubelet: pair(`kubelet-${layout.nodeName}`),
    serving: pair(`kubelet-${layout.nodeName}-serving`),
    proxy: pair('kube-proxy'),
  });
  return waitUntil({
    condition: async () => {
      try {
        return readAll();
      } catch {
        return undefined;
      }
    },
    limitMs: PKI_LIMIT_MS,
    failure: () =>
      new CommandError(`${layout.pkiDir} has no certificate for node ${layout.nodeName}; is the server running?`),
  });
}

type Identities = Awaited<ReturnType<typeof credentials>>;

/** The node of one cluster in this process: kubelet with containerd, and the service proxy. */
class NodeAgent implements AsyncDisposable {
  readonly #parts: (Disposable | AsyncDisposable)[] = [];

  async start(layout: ClusterLayout): Promise<void> {
    const identities = await credentials(layout);
    await prepareKernel();
    await this.#startKubelet(layout, identities);
    this.#startProxy(layout, identities);
  }

  /** A client of the API server with one of the node's identities. */
  #client({ apiPort }: ClusterLayout, userAgent: string, identity: { ca: string; cert: string; key: string }): Client {
    const { ca, ...credential } = identity;
    const transport = httpTransport({ ...host, server: `https://127.0.0.1:${apiPort}`, ca, credential, userAgent });
    this.#parts.push(transport);
    return createClient(transport);
  }

  async #startKubelet(layout: ClusterLayout, { ca, kubelet, serving }: Identities): Promise<void> {
    const client = this.#client(layout, 'kubelet', { ca, ...kubelet });
    const archives = await systemArchives(layout, host.logger);
    const node = await startNodeKubelet({
      ...host,
      nodeName: layout.nodeName,
      client,
      dataDir: nodeDataDir(layout),
      runDir: nodeRunDir(layout),
      manifestDir: join(nodeDataDir(layout), 'manifests'),
      pauseImage: PAUSE_IMAGE,
      podCidrs: [layout.nodePodCidr],
      bridgeName: layout.bridge,
      imageArchives: archives.paths,
      loadedImages: () => loadedImages(layout),
      config: {
        version: KUBERNETES_VERSION,
        clusterDomain: layout.clusterDomain,
        clusterDns: [layout.dnsAddress],
        cgroupRoot: layout.cgroupRoot,
        serverPort: layout.kubeletPort,
      },
    });
    this.#parts.push(node);
    archives.taken();
    const tls = { ...serving, clientCa: ca };
    const { machine } = node;
    this.#parts.push(
      await startKubeletServer({ ...host, kubelet: node.kubelet, machine, client, tls, port: layout.kubeletPort }),
    );
  }

  #startProxy(layout: ClusterLayout, { ca, proxy }: Identities): void {
    const informers = new InformerFactory({ ...host, client: this.#client(layout, 'kube-proxy', { ca, ...proxy }) });
    this.#parts.push(informers);
    const { nodeName, nftTable, podCidr } = layout;
    this.#parts.push(startProxy({ ...host, nodeName, informers, table: nftTable, podCidrs: [podCidr] }));
  }

  async dispose(): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) await part.dispose();
  }
}

/** Runs the node agent until it is told to stop. Containers, networks and rules stay for the next one to take over. */
export async function agent(options: { name: string }): Promise<void> {
  const node = new NodeAgent();
  await node.start(requireCluster(options.name));
  await untilTold();
  await node.dispose();
  process.exit(0);
}
