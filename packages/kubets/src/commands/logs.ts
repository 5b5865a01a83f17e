import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { containerdLogPath } from '../agent/paths.ts';
import type { ClusterLayout } from '../cluster/layout.ts';
import { logPath, type Part } from '../cluster/processes.ts';
import { requireCluster } from '../cluster/registry.ts';
import { CommandError } from '../command-error.ts';

const LOGS = ['server', 'agent', 'containerd'] as const;

const pathOf = (layout: ClusterLayout, name: Part | 'containerd') =>
  name === 'containerd' ? containerdLogPath(layout) : logPath(layout, name);

/** Prints the end of the logs of a cluster's own programs (not of its pods: that is kubectl logs). */
export async function logs(
  part: string | undefined,
  options: { name: string; follow?: boolean; tail: number },
): Promise<void> {
  const layout = requireCluster(options.name);
  if (part && !LOGS.includes(part as Part))
    throw new CommandError(`"${part}" has no log; choose one of ${LOGS.join(', ')}`);
  const paths = LOGS.filter((name) => !part || name === part)
    .map((name) => pathOf(layout, name))
    .filter((path) => existsSync(path));
  if (paths.length === 0) throw new CommandError(`cluster "${layout.name}" has written no logs yet`);
  const child = spawn('tail', ['-n', String(options.tail), ...(options.follow ? ['-F'] : []), ...paths], {
    stdio: 'inherit',
  });
  // Ctrl-C is how one stops following: tail ends by it, and so does this program, without a fuss.
  process.on('SIGINT', () => {});
  process.exitCode = await new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 0)));
}
