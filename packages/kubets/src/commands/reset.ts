import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { removeFromMachine } from '../agent/remove.ts';
import { type ClusterLayout, defaultDataDir, REGISTRY_DIR, RUN_ROOT } from '../cluster/layout.ts';
import { withLock } from '../cluster/operation-lock.ts';
import { stopPart } from '../cluster/processes.ts';
import { forgetCluster, requireCluster } from '../cluster/registry.ts';
import { CommandError } from '../command-error.ts';
import { checkRoot } from '../preflight/machine.ts';
import { Progress } from '../progress.ts';

/** Removes every trace of a cluster: processes, mounts, networks, rules, cgroups and files. */
export async function reset(options: { name: string; yes?: boolean }): Promise<void> {
  checkRoot();
  const layout = requireCluster(options.name);
  if (!options.yes) await confirm(layout);
  const progress = new Progress(false);
  const say = (text: string) => progress.note(text);
  await withLock(layout.name, { command: 'reset', say }, () => removeCluster(layout, progress));
  removeEmptyFolders([RUN_ROOT, dirname(defaultDataDir(layout.name)), REGISTRY_DIR, dirname(REGISTRY_DIR)]);
}

/** Folders that all clusters of a machine share go with the last of them. */
function removeEmptyFolders(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmdirSync(path);
    } catch {
      // Another cluster uses it, or it was never made.
    }
  }
}

async function removeCluster(layout: ClusterLayout, progress: Progress): Promise<void> {
  await progress.step('containers', 'removing pods', async () => {
    await stopPart(layout, 'agent');
    await removeFromMachine(layout, { keepState: false });
    return 'gone, with their networks and mounts';
  });
  await progress.step('state', 'removing files', async () => {
    await stopPart(layout, 'server');
    rmSync(layout.runDir, { recursive: true, force: true });
    removeDataDir(layout.dataDir);
    forgetCluster(layout.name);
    return `${layout.dataDir} is removed`;
  });
}

/** What is in it goes in any case; a directory on which a disk is mounted stays, empty. */
function removeDataDir(dataDir: string): void {
  try {
    rmSync(dataDir, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    for (const entry of readdirSync(dataDir)) rmSync(join(dataDir, entry), { recursive: true, force: true });
  }
}

async function confirm(layout: ClusterLayout): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CommandError(`this removes cluster "${layout.name}" and ${layout.dataDir} for good; say so with --yes`);
  const question = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await question.question(`Remove cluster "${layout.name}" and everything in ${layout.dataDir}? [y/N] `);
  question.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was removed');
}
