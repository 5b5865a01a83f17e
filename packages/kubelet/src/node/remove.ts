import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock, Logger } from '@kubets/core';
import { containerdPaths } from './containerd/config.ts';
import { startContainerd, stopContainerd } from './containerd/containerd.ts';
import { CriRuntime } from './cri/runtime.ts';
import { removeCgroup } from './machine/cgroups.ts';
import { restoreSysctls } from './machine/sysctl.ts';
import { readNodeRecord } from './node-record.ts';
import { mountsBelow, removeTree, unmountBelow } from './volumes/mounts.ts';

const run = promisify(execFile);

export interface RemoveNodeOptions {
  readonly dataDir: string;
  readonly runDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Containers only: images, configuration and kernel settings stay. */
  readonly keepData?: boolean;
}

/** Network namespaces that containerd made, by mount point. */
const NETNS_DIR = '/run/netns';
const SHIM = 'containerd-shim-runc-v2';
const GONE_TIMEOUT_MS = 10_000;

/** Ends and removes every sandbox, so that CNI gives addresses, links and port rules back. */
async function removeSandboxes(options: RemoveNodeOptions): Promise<void> {
  const containerd = await startContainerd({ ...options, pauseImage: 'kubets/pause' });
  const runtime = new CriRuntime({ endpoint: containerd.socket, clock: options.clock });
  try {
    const sandboxes = await runtime.listSandboxes();
    await Promise.all(
      sandboxes.map(async ({ id }) => {
        await runtime.stopSandbox(id);
        await runtime.removeSandbox(id);
      }),
    );
  } finally {
    await runtime.dispose();
    await containerd.stop();
  }
}

/** Pids of shims that serve this containerd, by the address on their command line; of all containerds without one. */
async function shimPids(socket?: string): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    const words = command.split('\0');
    if (words[0]?.endsWith(SHIM) && (socket === undefined || words.includes(socket))) pids.push(Number(name));
  }
  return pids;
}

/** Kills a containerd whose pid file is lost: it holds the database that its successor must open. */
async function killContainerds(configFile: string): Promise<void> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (words[0]?.endsWith('containerd') && words.includes(configFile)) killQuietly(Number(name));
  }
}

/** Kills what a failed removal left over. */
async function killShims(socket: string, clock: Clock): Promise<void> {
  const deadline = clock.monotonicMs() + GONE_TIMEOUT_MS;
  for (let pids = await shimPids(socket); pids.length > 0; pids = await shimPids(socket)) {
    if (clock.monotonicMs() > deadline) throw new Error(`container shims do not end: ${pids.join(', ')}`);
    for (const pid of pids) killQuietly(pid);
    await clock.sleep(50);
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Processes that removal kills take a moment to end, and keep their cgroup busy until then. */
async function removeCgroupWhenIdle(path: string, clock: Clock): Promise<void> {
  const deadline = clock.monotonicMs() + GONE_TIMEOUT_MS;
  for (;;) {
    try {
      return await removeCgroup(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || clock.monotonicMs() > deadline) throw error;
    }
    await clock.sleep(50);
  }
}

async function removeLink(name: string): Promise<void> {
  await run('ip', ['link', 'delete', name]).catch(() => undefined);
}

/** Chains that portmap made for the node's host ports carry no other node's rules once all pods are gone. */
async function removePortmapChains(): Promise<void> {
  for (const command of ['iptables', 'ip6tables']) {
    const rules = await run(command, ['-t', 'nat', '-S']).catch(() => undefined);
    if (!rules) continue;
    const lines = rules.stdout.split('\n');
    const isIdle = !lines.some((line) => line.startsWith('-A CNI-HOSTPORT-DNAT') || line.startsWith('-A CNI-DN-'));
    if (!isIdle || !rules.stdout.includes('CNI-HOSTPORT')) continue;
    for (const line of lines)
      if (/^-A (PREROUTING|OUTPUT|POSTROUTING) .*-j CNI-HOSTPORT-/.test(line))
        await run(command, ['-t', 'nat', '-D', ...splitRule(line)]).catch(() => undefined);
    for (const chain of ['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-SETMARK', 'CNI-HOSTPORT-MASQ']) {
      await run(command, ['-t', 'nat', '-F', chain]).catch(() => undefined);
      await run(command, ['-t', 'nat', '-X', chain]).catch(() => undefined);
    }
  }
}

/** The words of a rule as iptables prints it, without the leading `-A`. */
function splitRule(line: string): string[] {
  return (line.match(/"[^"]*"|\S+/g) ?? []).slice(1).map((word) => word.replace(/^"|"$/g, ''));
}

/**
 * Takes a node down and removes every trace of it: containers, shims, mounts, network namespaces and links, cgroups, CNI's
 * records and rules, kernel settings, files. Works after a crash too, and again after it was interrupted.
 */
export async function removeNode(options: RemoveNodeOptions): Promise<void> {
  const { dataDir, runDir, clock, logger } = options;
  const paths = containerdPaths(options);
  const record = await readNodeRecord(dataDir).catch(() => undefined);
  const socketDirs = [paths.state, paths.root];
  if (!existsSync(paths.pidFile)) await killContainerds(paths.configFile);
  await removeSandboxes(options).catch((error: unknown) => {
    logger.log('warn', 'containerd could not remove all sandboxes; what is left is removed by force', {
      error: String(error),
    });
  });
  await stopContainerd(paths.pidFile, clock);
  await killShims(paths.socket, clock);
  for (const dir of socketDirs) await unmountBelow(dir);
  await removeTree(`${dataDir}/kubelet/pods`);
  if (record) {
    await removeCgroupWhenIdle(record.cgroupRoot, clock);
    await removeLink(record.bridgeName);
  }
  await removePortmapChains();
  if (options.keepData) return;
  // Containers of other nodes on this machine need the same settings.
  if (record && (await shimPids()).length === 0) await restoreSysctls(record.sysctls);
  if ((await mountsBelow(dataDir)).length > 0) await unmountBelow(dataDir);
  await rm(dataDir, { recursive: true, force: true });
  await rm(runDir, { recursive: true, force: true });
}

/** Network namespaces with containerd's naming; those of other programs have other names. */
export async function cniNetworkNamespaces(): Promise<string[]> {
  return (await readdir(NETNS_DIR).catch(() => [])).filter((name) => name.startsWith('cni-'));
}
