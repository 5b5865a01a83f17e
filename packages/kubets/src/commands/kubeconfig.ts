import { readFileSync } from 'node:fs';
import { requireCluster } from '../cluster/registry.ts';
import { CommandError } from '../command-error.ts';

/** Prints the administrator's kubeconfig, or its path. */
export function kubeconfig(options: { name: string; path?: boolean }): void {
  const { kubeconfigPath } = requireCluster(options.name);
  if (options.path) {
    process.stdout.write(`${kubeconfigPath}\n`);
    return;
  }
  try {
    process.stdout.write(readFileSync(kubeconfigPath, 'utf8'));
  } catch (error) {
    throw new CommandError(`${kubeconfigPath} cannot be read: ${(error as Error).message}`);
  }
}
