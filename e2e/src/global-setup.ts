import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubets, TestCluster } from './cluster.ts';
import { machineTraces } from './machine.ts';

/** The cluster that all end-to-end tests share. */
export const CLUSTER_NAME = 'e2e';
export const artifactsDir = fileURLToPath(new URL('../../artifacts/', import.meta.url));

/** Brings the cluster up with the sample images, and afterwards removes it and checks that nothing of it is left. */
export default async function setup(): Promise<() => Promise<void>> {
  mkdirSync(artifactsDir, { recursive: true });
  await kubets(['reset', '--name', CLUSTER_NAME, '--yes']);
  const before = machineTraces();
  await TestCluster.up(CLUSTER_NAME);
  const samples = await kubets(['image', 'load', '--samples', '--name', CLUSTER_NAME]);
  if (samples.code !== 0) throw new Error(`the sample images could not be loaded: ${samples.stderr}`);
  return async () => {
    await keepLogs();
    const reset = await kubets(['reset', '--name', CLUSTER_NAME, '--yes']);
    if (reset.code !== 0) throw new Error(`reset failed: ${reset.stderr}`);
    const after = machineTraces();
    const left = Object.entries(after).flatMap(([kind, items]) => {
      return items.filter((item) => !before[kind]?.includes(item)).map((item) => `${kind}: ${item}`);
    });
    if (left.length > 0) throw new Error(`left behind after reset:\n${left.join('\n')}`);
  };
}

async function keepLogs(): Promise<void> {
  const { stdout } = await kubets(['logs', '--name', CLUSTER_NAME, '--tail', '2000']);
  appendFileSync(join(artifactsDir, 'cluster.log'), stdout);
}
