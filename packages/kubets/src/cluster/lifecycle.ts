import { Resolver } from 'node:dns/promises';
import { readFileSync, statSync } from 'node:fs';
import { CommandError } from '../command-error.ts';
import type { Progress } from '../progress.ts';
import { probeApi, tryGet, waitUntil } from './api-probe.ts';
import type { ClusterLayout } from './layout.ts';
import { isSupervised, logPath, type Part, programPid, startPart } from './processes.ts';

const SERVER_LIMIT_MS = 60_000;
const NODE_LIMIT_MS = 120_000;
const DNS_LIMIT_MS = 180_000;
const LOG_LINES_SHOWN = 12;
/** How the program begins the message of an error that the user can mend. */
const CAUSE_PREFIX = 'kubets: ';

interface NodeStatus {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

interface PodList {
  items: {
    status?: { phase?: string; containerStatuses?: { state?: { waiting?: { reason?: string; message?: string } } }[] };
  }[];
}

function logSize(layout: ClusterLayout, part: Part): number {
  return statSync(logPath(layout, part), { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * An error that says why the part ended, where it said so itself, and otherwise shows the end of its log. `fromByte` is where
 * the log stood when the part was started.
 */
function failureOf(layout: ClusterLayout, options: { part: Part; text: string; fromByte: number }): CommandError {
  const path = logPath(layout, options.part);
  let log = '';
  try {
    log = readFileSync(path).subarray(options.fromByte).toString();
  } catch {
    // It has not written a log.
  }
  const lines = log.trimEnd().split('\n');
  const cause = lines.findLast((line) => line.startsWith(CAUSE_PREFIX) && !line.includes('Error: '));
  if (cause) return new CommandError(`${options.text}: ${cause.slice(CAUSE_PREFIX.length)}\n(more in ${path})`);
  const tail = lines.filter((line) => !line.startsWith('supervisor: ')).slice(-LOG_LINES_SHOWN);
  return new CommandError(`${options.text}; the end of ${path}:\n${tail.join('\n')}`);
}

/** A part that ended three times in this call will not come up by waiting. */
function crashWatch(layout: ClusterLayout, part: Part): () => boolean {
  const seen = new Set<number>();
  return () => {
    const pid = programPid(layout, part);
    if (pid !== undefined) seen.add(pid);
    return seen.size > 2 || !isSupervised(layout, part);
  };
}

export async function startServer(layout: ClusterLayout, progress: Progress, signal: AbortSignal): Promise<void> {
  await progress.step('API server', `starting on port ${layout.apiPort}`, async () => {
    const fromByte = logSize(layout, 'server');
    await startPart(layout, 'server');
    await waitUntil({
      condition: async () =>
        (await probeApi(layout, '/readyz').catch(() => undefined))?.code === 200 ? true : undefined,
      limitMs: SERVER_LIMIT_MS,
      failure: () => failureOf(layout, { part: 'server', text: 'the API server did not become ready', fromByte }),
      giveUp: crashWatch(layout, 'server'),
      signal,
    });
    return `https://127.0.0.1:${layout.apiPort}`;
  });
}

export async function startAgent(layout: ClusterLayout, progress: Progress, signal: AbortSignal): Promise<void> {
  await progress.step('node', 'waiting for containerd', async (say) => {
    const fromByte = logSize(layout, 'agent');
    await startPart(layout, 'agent');
    await waitUntil({
      condition: async () => {
        const node = await tryGet<NodeStatus>(layout, `/api/v1/nodes/${layout.nodeName}`);
        const ready = node?.status?.conditions?.find((condition) => condition.type === 'Ready');
        if (node) say(ready?.message ?? 'registered, waiting for Ready');
        return ready?.status === 'True' ? true : undefined;
      },
      limitMs: NODE_LIMIT_MS,
      failure: () => failureOf(layout, { part: 'agent', text: 'the node did not become Ready', fromByte }),
      giveUp: crashWatch(layout, 'agent'),
      signal,
    });
    return `${layout.nodeName} is Ready`;
  });
}

/** True when the cluster's DNS answers through its Service address. */
export async function dnsAnswers(layout: ClusterLayout): Promise<boolean> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([layout.dnsAddress]);
  try {
    const addresses = await resolver.resolve4(`kubernetes.default.svc.${layout.clusterDomain}`);
    return addresses.includes(layout.kubernetesAddress);
  } catch {
    return false;
  }
}

export async function waitForDns(layout: ClusterLayout, progress: Progress, signal: AbortSignal): Promise<void> {
  await progress.step('DNS', 'waiting for its pod', async (say) => {
    const fromByte = logSize(layout, 'agent');
    await waitUntil({
      condition: async () => {
        if (await dnsAnswers(layout)) return true;
        const pods = await tryGet<PodList>(
          layout,
          '/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns',
        );
        const status = pods?.items[0]?.status;
        const waiting = status?.containerStatuses?.[0]?.state?.waiting;
        say(
          waiting?.reason ? `its pod is waiting: ${waiting.reason}` : `its pod is ${status?.phase ?? 'not made yet'}`,
        );
        return undefined;
      },
      limitMs: DNS_LIMIT_MS,
      failure: () => failureOf(layout, { part: 'agent', text: "the cluster's DNS does not answer", fromByte }),
      signal,
    });
    return `${layout.dnsAddress} answers`;
  });
}
