import { join } from 'node:path';
import type { ClusterLayout } from '../cluster/layout.ts';

export const nodeDataDir = (layout: ClusterLayout) => join(layout.dataDir, 'node');
/** Sockets stand here: their paths must stay short. */
export const nodeRunDir = (layout: ClusterLayout) => join(layout.runDir, 'node');
export const containerdSocket = (layout: ClusterLayout) => join(nodeRunDir(layout), 'containerd', 'containerd.sock');
