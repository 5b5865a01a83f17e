import { tryGet } from '../cluster/api-probe.ts';
import type { ClusterLayout } from '../cluster/layout.ts';
import { dnsAnswers } from '../cluster/lifecycle.ts';
import { PARTS, programPid } from '../cluster/processes.ts';
import { listClusters, requireCluster } from '../cluster/registry.ts';
import { checkRoot } from '../preflight/machine.ts';

interface NodeList {
  items: { metadata: { name: string }; status?: { conditions?: { type: string; status: string }[] } }[];
}

interface ClusterStatus {
  readonly name: string;
  readonly state: 'running' | 'degraded' | 'stopped';
  readonly server: string;
  readonly dataDir: string;
  readonly kubeconfig: string;
  readonly processes: Readonly<Record<string, number | null>>;
  readonly nodes: readonly { name: string; ready: boolean }[];
  readonly dns: boolean;
}

async function statusOf(layout: ClusterLayout): Promise<ClusterStatus> {
  const pids = PARTS.map((part) => [part, programPid(layout, part) ?? null] as const);
  const running = pids.some(([, pid]) => pid !== null);
  const list = running ? await tryGet<NodeList>(layout, '/api/v1/nodes') : undefined;
  const nodes = (list?.items ?? []).map(({ metadata, status }) => ({
    name: metadata.name,
    ready: status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false,
  }));
  const dns = running && (await dnsAnswers(layout));
  const healthy = pids.every(([, pid]) => pid !== null) && nodes.length > 0 && nodes.every((node) => node.ready) && dns;
  return {
    name: layout.name,
    state: healthy ? 'running' : running ? 'degraded' : 'stopped',
    server: `https://127.0.0.1:${layout.apiPort}`,
    dataDir: layout.dataDir,
    kubeconfig: layout.kubeconfigPath,
    processes: Object.fromEntries(pids),
    nodes,
    dns,
  };
}

function describe(status: ClusterStatus): string {
  const processes = Object.entries(status.processes).map(
    ([part, pid]) => `${part} ${pid ? `pid ${pid}` : 'not running'}`,
  );
  const nodes = status.nodes.map((node) => `${node.name} ${node.ready ? 'Ready' : 'NotReady'}`);
  const rows = [
    ['cluster', `${status.name} (${status.state})`],
    ['server', status.server],
    ['processes', processes.join(', ')],
    ['nodes', nodes.join(', ') || 'none known'],
    ['DNS', status.dns ? 'answers' : 'does not answer'],
    ['kubeconfig', status.kubeconfig],
    ['data', status.dataDir],
  ];
  return rows.map(([label = '', text]) => `${label.padEnd(12)}${text}`).join('\n');
}

/** Prints a cluster's state. The exit code is 0 when it runs, 3 when it is stopped and 4 when a part of it does not work. */
export async function status(options: { name: string; output?: string; all?: boolean }): Promise<void> {
  checkRoot();
  const layouts = options.all ? listClusters() : [requireCluster(options.name)];
  const states = await Promise.all(layouts.map(statusOf));
  if (options.output === 'json') process.stdout.write(`${JSON.stringify(options.all ? states : states[0], null, 2)}\n`);
  else process.stdout.write(`${states.map(describe).join('\n\n') || 'no clusters'}\n`);
  const [first] = states;
  if (!options.all && first) process.exitCode = { running: 0, stopped: 3, degraded: 4 }[first.state];
}
