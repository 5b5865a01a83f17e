import { mkdirSync } from 'node:fs';
import { hostClock } from '@kubets/core/node';
import type { ClusterLayout } from '../cluster/layout.ts';
import { startAgent, startServer, waitForDns } from '../cluster/lifecycle.ts';
import { isSupervised } from '../cluster/processes.ts';
import { ensureCluster } from '../cluster/registry.ts';
import { checkContainerd, checkDataDir, checkMachine, checkPorts } from '../preflight/machine.ts';
import { installPackages } from '../preflight/packages.ts';
import { Progress } from '../progress.ts';
import { takeDown } from './down.ts';

const FOREVER_MS = 2 ** 31 - 1;

export interface UpOptions {
  readonly name: string;
  readonly detach?: boolean;
  readonly dataDir?: string;
  readonly port?: number;
  readonly runtimeConfig?: Readonly<Record<string, boolean>>;
  readonly output?: 'text' | 'json';
}

/** Makes or starts a cluster and waits until its node is Ready and its DNS answers. */
export async function up(options: UpOptions): Promise<void> {
  const progress = new Progress(options.output === 'json');
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort(new Error('interrupted'));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);

  const layout = await prepare(options, progress);
  try {
    await startServer(layout, progress, interrupted.signal);
    await startAgent(layout, progress, interrupted.signal);
    await waitForDns(layout, progress, interrupted.signal);
    announce(layout, options, progress);
    if (!options.detach) await untilAborted(interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  }
  if (options.detach && !interrupted.signal.aborted) return;
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
  await takeDown(layout, new Progress(options.output === 'json'));
}

async function prepare(options: UpOptions, progress: Progress): Promise<ClusterLayout> {
  return progress.step('machine', 'checking', async (say) => {
    checkMachine();
    installPackages(say);
    checkContainerd();
    const { name, dataDir, port, runtimeConfig } = options;
    const layout = ensureCluster({
      name,
      ...(dataDir ? { dataDir } : {}),
      ...(port ? { apiPort: port } : {}),
      ...(runtimeConfig ? { runtimeConfig } : {}),
    });
    checkDataDir(layout);
    if (!isSupervised(layout, 'server') && !isSupervised(layout, 'agent')) await checkPorts(layout);
    mkdirSync(layout.imageDir, { recursive: true });
    return layout;
  });
}

function announce(layout: ClusterLayout, options: UpOptions, progress: Progress): void {
  if (options.output === 'json') {
    const { name, apiPort, dataDir, kubeconfigPath, nodeName } = layout;
    const server = `https://127.0.0.1:${apiPort}`;
    process.stdout.write(`${JSON.stringify({ name, server, kubeconfig: kubeconfigPath, dataDir, nodeName })}\n`);
    return;
  }
  const suffix = layout.name === 'kubets' ? '' : ` --name ${layout.name}`;
  const lines = [
    '',
    `Cluster "${layout.name}" is up after ${progress.elapsedSeconds()} s.`,
    '',
    `  export KUBECONFIG=${layout.kubeconfigPath}`,
    '  kubectl get pods --all-namespaces',
    `  kubets image load --samples${suffix}      # DockerCoins, nginx, redis, busybox and others, built here`,
    '  kubectl create deployment web --image=nginx',
    '',
    options.detach
      ? `It goes on running; "kubets down${suffix}" stops it and keeps its state.`
      : 'Ctrl-C takes it down; its state is kept.',
    '',
  ];
  process.stdout.write(lines.join('\n'));
}

/** Resolves when the signal aborts; the timer keeps the process alive until then. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await hostClock.sleep(FOREVER_MS, signal).catch(() => {});
}
