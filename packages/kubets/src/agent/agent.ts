import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, InformerFactory } from '@kubets/client';
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

/** The kubelet's identity, which the server makes when it starts. */
async function credentials(layout: ClusterLayout) {
  const read = (name: string) => {
    try {
      return readFileSync(join(layout.pkiDir, name), 'utf8');
    } catch {
      return undefined;
    }
  };
  return waitUntil({
    condition: async () => {
      const [ca, cert, key] = [
        read('ca.crt'),
        read(`kubelet-${layout.nodeName}.crt`),
        read(`kubelet-${layout.nodeName}.key`),
      ];
      const [servingCert, servingKey] = [
        read(`kubelet-${layout.nodeName}-serving.crt`),
        read(`kubelet-${layout.nodeName}-serving.key`),
      ];
      return ca && cert && key && servingCert && servingKey ? { ca, cert, key, servingCert, servingKey } : undefined;
    },
    limitMs: PKI_LIMIT_MS,
    failure: () =>
      new CommandError(`${layout.pkiDir} has no certificate for node ${layout.nodeName}; is the server running?`),
  });
}

/** The node of one cluster in this process: kubelet with containerd, and the service proxy. */
class NodeAgent implements AsyncDisposable {
  readonly #parts: (Disposable | AsyncDisposable)[] = [];

  async start(layout: ClusterLayout): Promise<void> {
    const host = { clock: hostClock, random: hostRandom, logger: consoleLogger('info') };
    const { ca, cert, key, servingCert, servingKey } = await credentials(layout);
    const archives = await systemArchives(layout, host.logger);
    const server = `https://127.0.0.1:${layout.apiPort}`;
    const transport = httpTransport({ ...host, server, ca, credential: { cert, key }, userAgent: 'kubelet' });
    this.#parts.push(transport);
    const client = createClient(transport);
    const informers = new InformerFactory({ ...host, client });
    this.#parts.push(informers);
    await prepareKernel();
    const node = await startNodeKubelet({
      ...host,
      nodeName: layout.nodeName,
      client,
      informers,
      dataDir: nodeDataDir(layout),
      runDir: nodeRunDir(layout),
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
    const tls = { cert: servingCert, key: servingKey, clientCa: ca };
    const { kubelet, machine } = node;
    this.#parts.push(await startKubeletServer({ ...host, kubelet, machine, client, tls, port: layout.kubeletPort }));
    this.#parts.push();
    this.#parts.push(
      startProxy({ ...host, nodeName: layout.nodeName, informers, table: layout.nftTable, podCidrs: [layout.podCidr] }),
    );
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
