import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { removeFromMachine } from '../agent/remove.ts';
import type { ClusterLayout } from '../cluster/layout.ts';
import { stopPart } from '../cluster/processes.ts';
import { forgetCluster, requireCluster } from '../cluster/registry.ts';
import { CommandError } from '../command-error.ts';
import { checkMachine } from '../preflight/machine.ts';
import { Progress } from '../progress.ts';

/** Removes every trace of a cluster: processes, mounts, networks, rules, cgroups and files. */
export async function reset(options: { name: string; yes?: boolean }): Promise<void> {
  checkMachine();
  const layout = requireCluster(options.name);
  if (!options.yes) await confirm(layout);
  const progress = new Progress(false);
  await progress.step('containers', 'removing pods', async () => {
    await stopPart(layout, 'agent');
    await removeFromMachine(layout, { keepState: false });
    return 'gone, with their networks and mounts';
  });
  await progress.step('state', 'removing files', async () => {
    await stopPart(layout, 'server');
    rmSync(layout.runDir, { recursive: true, force: true });
    rmSync(layout.dataDir, { recursive: true, force: true });
    forgetCluster(layout.name);
    return `${layout.dataDir} is removed`;
  });
}

async function confirm(layout: ClusterLayout): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CommandError(`this removes cluster "${layout.name}" and ${layout.dataDir} for good; say so with --yes`);
  const question = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await question.question(`Remove cluster "${layout.name}" and everything in ${layout.dataDir}? [y/N] `);
  question.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was removed');
}
