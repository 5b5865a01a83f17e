import { join } from 'node:path';
import type { ClusterLayout } from '../cluster/layout.ts';

export const nodeDataDir = (layout: ClusterLayout) => join(layout.dataDir, 'node');
/** Where the kubelet has containerd write its log. */
export const containerdLogPath = (layout: ClusterLayout) => join(nodeDataDir(layout), 'containerd', 'containerd.log');
/** Sockets stand here: their paths must stay short. */
export const nodeRunDir = (layout: ClusterLayout) => join(layout.runDir, 'node');
export const containerdSocket = (layout: ClusterLayout) => join(nodeRunDir(layout), 'containerd', 'containerd.sock');
