import { removeFromMachine } from '../agent/remove.ts';
import type { ClusterLayout } from '../cluster/layout.ts';
import { withLock } from '../cluster/operation-lock.ts';
import { stopPart } from '../cluster/processes.ts';
import { requireCluster } from '../cluster/registry.ts';
import { checkRoot } from '../preflight/machine.ts';
import { Progress } from '../progress.ts';

/** Stops everything of a cluster and takes what it has set up off the machine; its state stays on disk. */
export async function takeDown(layout: ClusterLayout, progress: Progress): Promise<void> {
  await progress.step('containers', 'stopping pods', async () => {
    await stopPart(layout, 'agent');
    await removeFromMachine(layout, { keepState: true });
    return 'gone, with their networks and mounts';
  });
  await progress.step('API server', 'stopping', async () => {
    await stopPart(layout, 'server');
    return `stopped; the state is kept in ${layout.dataDir}`;
  });
}

export async function down(options: { name: string; quiet?: boolean }): Promise<void> {
  checkRoot();
  requireCluster(options.name);
  const progress = new Progress(options.quiet ?? false);
  const say = (text: string) => progress.note(text);
  await withLock(options.name, { command: 'down', say }, () => takeDown(requireCluster(options.name), progress));
}
