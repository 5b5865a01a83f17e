import { mkdirSync, rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { hostClock } from '@kubets/core/node';
import type { ApiServerSettings, ClusterLayout } from '../cluster/layout.ts';
import { startAgent, startServer, waitForDns } from '../cluster/lifecycle.ts';
import { withLock } from '../cluster/operation-lock.ts';
import { isRunning, PARTS } from '../cluster/processes.ts';
import {
  DEFAULT_NAME,
  findCluster,
  planCluster,
  REGISTRY_LOCK,
  requireCluster,
  saveCluster,
} from '../cluster/registry.ts';
import { absoluteSettings } from '../cluster/settings.ts';
import { CommandError, INTERRUPTED_EXIT_CODE } from '../command-error.ts';
import { checkContainerd, checkDataDir, checkPlatform, checkPorts, checkRoot } from '../preflight/machine.ts';
import { installPackages } from '../preflight/packages.ts';
import { Progress } from '../progress.ts';
import { down, takeDown } from './down.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const FOREVER_MS = 2 ** 31 - 1;

export interface UpOptions {
  readonly name: string;
  readonly detach?: boolean;
  readonly dataDir?: string;
  readonly port?: number;
  readonly runtimeConfig?: Readonly<Record<string, boolean>>;
  readonly apiServer?: ApiServerSettings | undefined;
  readonly output?: 'text' | 'json';
}

/** Makes or starts a cluster and waits until its node is Ready and its DNS answers. */
export async function up(options: UpOptions): Promise<void> {
  const progress = new Progress(options.output === 'json');
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort(new Error('interrupted'));
  for (const name of SIGNALS) process.on(name, onSignal);
  const stopListening = () => {
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  try {
    const layout = await bringUp(options, { progress, interrupted, stopListening });
    announce(layout, options, progress);
    if (options.detach) return;
    await untilAborted(interrupted.signal);
    stopListening();
    // Somebody else may have removed it meanwhile.
    if (findCluster(layout.name)) await down({ name: layout.name, quiet: options.output === 'json' });
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    throw new CommandError('interrupted', INTERRUPTED_EXIT_CODE);
  } finally {
    stopListening();
  }
}

interface Run {
  readonly progress: Progress;
  readonly interrupted: AbortController;
  readonly stopListening: () => void;
}

/** Starts the cluster while no other command is at it. What this run has started is stopped again when it does not come up. */
async function bringUp(options: UpOptions, run: Run): Promise<ClusterLayout> {
  const { progress, interrupted } = run;
  const { signal } = interrupted;
  await progress.step('machine', 'checking', async (say) => {
    checkPlatform();
    installPackages(say);
    checkRoot();
    checkContainerd();
  });
  return withLock(options.name, { command: 'up', signal, say: (text) => progress.note(text) }, async () => {
    const { layout, wasRunning } = await prepare(options);
    try {
      await startServer(layout, progress, signal);
      await startAgent(layout, progress, signal);
      await waitForDns(layout, progress, signal);
      return layout;
    } catch (error) {
      run.stopListening();
      if (!wasRunning) await takeDown(layout, progress);
      throw error;
    }
  });
}

/** Checks what the cluster needs and registers it. A new one that cannot be started leaves nothing. */
async function prepare(options: UpOptions): Promise<{ layout: ClusterLayout; wasRunning: boolean }> {
  const { name, dataDir, port, runtimeConfig, apiServer } = options;
  return withLock(REGISTRY_LOCK, { command: 'up' }, async () => {
    const layout = planCluster({
      name,
      ...(dataDir ? { dataDir } : {}),
      ...(port ? { apiPort: port } : {}),
      ...(runtimeConfig ? { runtimeConfig } : {}),
      ...(apiServer ? { apiServer: absoluteSettings(apiServer) } : {}),
    });
    // Reading them takes parts of the server, which nobody else waits for.
    if (layout.apiServer) (await import('../server/settings.ts')).checkSettings(layout.apiServer);
    const wasRunning = PARTS.some((part) => isRunning(layout, part));
    let made: string | undefined;
    try {
      if (wasRunning) checkUnchanged(layout);
      checkDataDir(layout, (path) => {
        made = path;
      });
      if (!wasRunning) await checkPorts(layout);
    } catch (error) {
      if (made) rmSync(made, { recursive: true, force: true });
      throw error;
    }
    saveCluster(layout);
    mkdirSync(layout.imageDir, { recursive: true });
    return { layout, wasRunning };
  });
}

/** A cluster that runs keeps its port, its API versions and the settings of its API server until it is stopped. */
function checkUnchanged(wanted: ClusterLayout): void {
  const { name, apiPort, runtimeConfig, apiServer } = requireCluster(wanted.name);
  const isSame = isDeepStrictEqual(
    [apiPort, runtimeConfig, apiServer],
    [wanted.apiPort, wanted.runtimeConfig, wanted.apiServer],
  );
  if (isSame) return;
  const suffix = name === DEFAULT_NAME ? '' : ` --name ${name}`;
  throw new CommandError(`cluster "${name}" runs with other settings (port ${apiPort}); "kubets down${suffix}" first`);
}

function announce(layout: ClusterLayout, options: UpOptions, progress: Progress): void {
  if (options.output === 'json') {
    const { name, apiPort, dataDir, kubeconfigPath, nodeName } = layout;
    const server = `https://127.0.0.1:${apiPort}`;
    process.stdout.write(`${JSON.stringify({ name, server, kubeconfig: kubeconfigPath, dataDir, nodeName })}\n`);
    return;
  }
  const suffix = layout.name === DEFAULT_NAME ? '' : ` --name ${layout.name}`;
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
