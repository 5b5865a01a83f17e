import { tryGet } from '../cluster/api-probe.ts';
import { findCluster } from '../cluster/registry.ts';
import { KUBERNETES_VERSION, version as programVersion } from '../installation.ts';

/** Prints the version of the program, and of the running cluster where there is one. */
export async function version(options: { name: string; output?: string }): Promise<void> {
  const layout = findCluster(options.name);
  const running = layout && (await tryGet<{ gitVersion: string }>(layout, '/version'));
  const info = {
    kubets: programVersion,
    kubernetes: KUBERNETES_VERSION,
    node: process.version,
    ...(running ? { server: running.gitVersion } : {}),
  };
  if (options.output === 'json') process.stdout.write(`${JSON.stringify(info, null, 2)}\n`);
  else
    process.stdout.write(
      `kubets ${info.kubets} (Kubernetes ${info.kubernetes}, Node.js ${info.node})${running ? `\nserver ${running.gitVersion}` : ''}\n`,
    );
}
