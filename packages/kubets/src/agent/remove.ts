import { consoleLogger, hostClock } from '@kubets/core/node';
import { removeNode } from '@kubets/kubelet/node';
import { removeNftTable } from '@kubets/proxy/node';
import type { ClusterLayout } from '../cluster/layout.ts';
import { nodeDataDir, nodeRunDir } from './paths.ts';

/**
 * Takes what a cluster's node has set up off the machine: containers, containerd, networks, mounts, cgroups, rules. With
 * `keepState` the images and the node's own files stay for the next start.
 */
export async function removeFromMachine(layout: ClusterLayout, options: { keepState: boolean }): Promise<void> {
  await removeNode({
    dataDir: nodeDataDir(layout),
    runDir: nodeRunDir(layout),
    clock: hostClock,
    logger: consoleLogger('warn'),
    keepData: options.keepState,
  });
  await removeNftTable(layout.nftTable);
}
