import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleLogger, hostClock, hostRandom } from '@kubets/core/node';
import { type NodeKubelet, type NodeKubeletOptions, removeNode, startNodeKubelet } from '../src/node/index.ts';
import { NODE, type TestCluster, testCluster } from './cluster.ts';
import { busyboxArchive } from './images.ts';

export const PAUSE = 'docker.io/kubets/pause:test';
const BUSYBOX = '/usr/bin/busybox';
const NEEDED = ['/usr/bin/containerd', '/usr/sbin/runc', '/usr/lib/cni/bridge', BUSYBOX];

/** Why tests with real containers cannot run here; undefined when they can. */
export function whyNoContainers(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  const missing = NEEDED.filter((path) => !existsSync(path));
  return missing.length > 0 ? `missing: ${missing.join(', ')}` : undefined;
}

export interface RealNode {
  readonly cluster: TestCluster;
  node(): NodeKubelet;
  readonly dataDir: string;
  readonly options: NodeKubeletOptions;
  /** Ends the kubelet, as a restart of the agent would, and starts it again. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

/** A node with real containers and an API server on memory. `slot` keeps tests that run side by side apart. */
export async function realNode(slot: number, more: Partial<NodeKubeletOptions> = {}): Promise<RealNode> {
  const logger = consoleLogger(process.env.KUBETS_TEST_LOG === 'debug' ? 'debug' : 'error');
  const cluster = await testCluster({ logger });
  const dir = await mkdtemp(join(tmpdir(), 'kbt'));
  const archives = [
    busyboxArchive({
      name: PAUSE,
      busybox: BUSYBOX,
      config: { Entrypoint: ['sleep', '1000000'], Cmd: undefined },
      dir,
    }),
    busyboxArchive({ name: 'docker.io/library/busybox:latest', busybox: BUSYBOX, dir }),
  ];
  const dataDir = join(dir, 'data');
  const options: NodeKubeletOptions = {
    nodeName: NODE,
    client: cluster.client,
    clock: hostClock,
    random: hostRandom,
    logger,
    dataDir,
    runDir: join(dir, 'run'),
    pauseImage: PAUSE,
    podCidrs: [`10.${90 + slot}.0.0/24`],
    bridgeName: `kbt${slot}`,
    config: { cgroupRoot: `/kubets-test-${slot}` },
    imageArchives: archives,
    ...more,
  };
  let node = await startNodeKubelet(options);
  await node.kubelet.whenReady();
  return {
    cluster,
    node: () => node,
    dataDir,
    options,
    async restart() {
      await node.dispose();
      node = await startNodeKubelet({ ...options, imageArchives: [] });
      await node.kubelet.whenReady();
    },
    async remove() {
      await node.dispose();
      await cluster.dispose();
      await removeNode({ dataDir, runDir: options.runDir, clock: hostClock, logger });
      await rm(dir, { recursive: true, force: true });
    },
  };
}
