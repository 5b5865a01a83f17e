import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Client, InformerFactory } from '@kubets/client';
import type { AsyncDisposable, Clock, Logger, Random } from '@kubets/core';
import type { KubeletConfig } from '../context.ts';
import { type Kubelet, startKubelet } from '../kubelet.ts';
import type { Machine } from '../node-status.ts';
import type { StaticPodSource } from '../static-pods.ts';
import { writeCniConfig } from './cni/config.ts';
import { type Containerd, startContainerd } from './containerd/containerd.ts';
import { ContainerdImageViews } from './cri/image-views.ts';
import { CriRuntime } from './cri/runtime.ts';
import { rotateLogs } from './logs/rotate.ts';
import { machineCapabilities } from './machine/capabilities.ts';
import { podCgroups } from './machine/cgroups.ts';
import { linuxMachine } from './machine/machine.ts';
import { hostResolvConf } from './machine/resolv-conf.ts';
import { applySysctls, NODE_SYSCTLS } from './machine/sysctl.ts';
import { manifestFolder } from './manifests.ts';
import { recordNode } from './node-record.ts';
import { networkProbes } from './probes/transport.ts';
import { nodeVolumes } from './volumes/volumes.ts';

export interface NodeKubeletOptions {
  readonly nodeName: string;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Kept state of the node: containerd, volumes, CNI. */
  readonly dataDir: string;
  /** Sockets and pids; short, for unix sockets. */
  readonly runDir: string;
  readonly pauseImage: string;
  readonly podCidrs: readonly string[];
  readonly bridgeName: string;
  readonly nodeIps?: readonly string[];
  readonly hostname?: string;
  readonly config?: Partial<KubeletConfig>;
  /** An existing CRI endpoint; without it the node starts a containerd of its own. */
  readonly criEndpoint?: string;
  readonly cniBinDir?: string;
  readonly mtu?: number;
  readonly staticPods?: StaticPodSource;
  readonly informers?: InformerFactory;
  /** Image archives to import before the node is ready, the pause image's among them. */
  readonly imageArchives?: readonly string[];
  readonly keepContainerd?: boolean;
  /** Directory of manifests of static pods. */
  readonly manifestDir?: string;
  /** Full names of images loaded by hand, which need no registry. */
  loadedImages?(): ReadonlySet<string>;
}

/** A kubelet on this machine with its runtime. Disposing it leaves the containers running. */
export interface NodeKubelet extends AsyncDisposable {
  readonly kubelet: Kubelet;
  readonly machine: Machine;
  readonly runtime: CriRuntime;
  readonly containerd: Containerd | undefined;
}

/** Brings a node up on this machine: kernel settings, containerd, pod network, kubelet. Needs root. */
export async function startNodeKubelet(options: NodeKubeletOptions): Promise<NodeKubelet> {
  const { nodeName, client, clock, random, logger, dataDir, runDir } = options;
  const capabilities = machineCapabilities();
  const rootDir = `${dataDir}/kubelet`;
  const podLogsDir = options.config?.podLogsDir ?? `${dataDir}/logs/pods`;
  const cgroupRoot = options.config?.cgroupRoot ?? '/kubepods';
  for (const dir of [rootDir, podLogsDir, runDir]) await mkdir(dir, { recursive: true, mode: 0o755 });
  const sysctls = await applySysctls(NODE_SYSCTLS);
  await recordNode(dataDir, { sysctls, cgroupRoot, bridgeName: options.bridgeName, runDir });
  const containerd = options.criEndpoint ? undefined : await startNodeContainerd(options);
  const runtime = new CriRuntime({ endpoint: options.criEndpoint ?? containerd?.socket ?? '', clock });
  const images = new ContainerdImageViews(runtime.grpc);
  const { manifestDir } = options;
  const staticPods =
    options.staticPods ?? (manifestDir ? manifestFolder({ dir: manifestDir, clock, logger }) : undefined);
  const machine = await linuxMachine({
    nodefsDir: rootDir,
    imagefsDir: dataDir,
    ...(options.nodeIps ? { ips: options.nodeIps } : {}),
    ...(options.hostname ? { hostname: options.hostname } : {}),
  });
  const kubelet = startKubelet({
    nodeName,
    client,
    runtime,
    clock,
    random,
    logger,
    machine,
    transport: networkProbes(clock),
    volumes: (sources) => nodeVolumes({ rootDir, podLogsDir, sources, images, clock, logger }),
    config: { ...options.config, podLogsDir, cgroupRoot },
    cgroups: podCgroups(capabilities.cgroups),
    hasAppArmor: capabilities.hasAppArmor,
    seccompProfileRoot: `${rootDir}/seccomp/`,
    hostDns: () => hostResolvConf(),
    nodeHosts: () => (existsSync('/etc/hosts') ? readFileSync('/etc/hosts', 'utf8') : ''),
    ...(staticPods ? { staticPods } : {}),
    ...(options.informers ? { informers: options.informers } : {}),
    ...(options.loadedImages ? { loadedImages: options.loadedImages } : {}),
  });
  const lifetime = new AbortController();
  const rotation = rotateLogs({ runtime, clock, logger }, lifetime.signal);
  return {
    kubelet,
    machine,
    runtime,
    containerd,
    async dispose() {
      lifetime.abort();
      await rotation;
      await kubelet.dispose();
      await runtime.dispose();
      await containerd?.dispose();
    },
  };
}

async function startNodeContainerd(options: NodeKubeletOptions): Promise<Containerd> {
  const { dataDir, runDir, pauseImage, clock, logger, cniBinDir, podCidrs, bridgeName, mtu } = options;
  const containerd = await startContainerd({
    dataDir,
    runDir,
    pauseImage,
    clock,
    logger,
    ...(cniBinDir ? { cniBinDir } : {}),
    keepRunning: options.keepContainerd ?? true,
  });
  const ipamDir = `${dataDir}/cni/ipam`;
  await writeCniConfig({ configDir: containerd.cniConfigDir, ipamDir, bridgeName, podCidrs, ...(mtu ? { mtu } : {}) });
  for (const archive of options.imageArchives ?? []) await containerd.importImage(archive);
  return containerd;
}
