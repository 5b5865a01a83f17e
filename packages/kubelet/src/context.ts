import type { Service } from '@kubets/api';
import type { Client, EventRecorder } from '@kubets/client';
import type { Clock, Logger, Random } from '@kubets/core';
import type { ImagePuller } from './images/puller.ts';
import type { DnsSettings } from './pod/dns.ts';
import type { SecurityOptions } from './pod/security.ts';
import type { ProbeTransport } from './probes/transport.ts';
import type { LinuxResources, Runtime } from './runtime.ts';
import type { StatusWriter } from './status/writer.ts';
import type { ObjectSources } from './volumes/sources.ts';
import type { PodVolumes } from './volumes/volumes.ts';

/** cgroups of whole pods, where the machine has them. */
export interface PodCgroups {
  ensure(path: string, resources: LinuxResources): Promise<void>;
  remove(path: string): Promise<void>;
}

export interface KubeletConfig {
  readonly version: string;
  readonly clusterDomain: string;
  readonly clusterDns: readonly string[];
  /** Below this, one directory a pod holds its containers' logs. */
  readonly podLogsDir: string;
  /** cgroup below which those of the pods are. */
  readonly cgroupRoot: string;
  readonly maxPods: number;
  /** Port of the kubelet's own server, as the node announces it; 0 for none. */
  readonly serverPort: number;
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly nodeTaints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly providerId: string;
  /** Set the node's addresses aside as unschedulable at registration. */
  readonly registerNode: boolean;
  readonly leaseDurationSeconds: number;
  readonly nodeStatusReportSeconds: number;
  readonly seccompDefault: boolean;
  /** Kernel settings that pods may have beside the safe ones; `*` at the end stands for any rest. */
  readonly allowedUnsafeSysctls: readonly string[];
  readonly evictionHard: {
    readonly memoryAvailableBytes: number;
    readonly nodefsAvailablePercent: number;
    readonly imagefsAvailablePercent: number;
    readonly pidAvailablePercent: number;
  };
  readonly imageGc: { readonly highPercent: number; readonly lowPercent: number; readonly minAgeMs: number };
}

export const DEFAULT_CONFIG: KubeletConfig = {
  version: 'v1.36.0',
  clusterDomain: 'cluster.local',
  clusterDns: [],
  podLogsDir: '/var/log/pods',
  cgroupRoot: '/kubepods',
  maxPods: 110,
  serverPort: 0,
  nodeLabels: {},
  nodeTaints: [],
  providerId: '',
  registerNode: true,
  leaseDurationSeconds: 40,
  nodeStatusReportSeconds: 300,
  seccompDefault: false,
  allowedUnsafeSysctls: [],
  evictionHard: {
    memoryAvailableBytes: 100 * 2 ** 20,
    nodefsAvailablePercent: 10,
    imagefsAvailablePercent: 15,
    pidAvailablePercent: 2,
  },
  imageGc: { highPercent: 85, lowPercent: 80, minAgeMs: 120_000 },
};

/** What the workers of all pods share. */
export interface PodServices {
  readonly nodeName: string;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly config: KubeletConfig;
  readonly runtime: Runtime;
  readonly transport: ProbeTransport;
  readonly volumes: PodVolumes;
  readonly sources: ObjectSources;
  readonly puller: ImagePuller;
  readonly recorder: EventRecorder;
  readonly writer: StatusWriter;
  readonly cgroups: PodCgroups;
  readonly security: SecurityOptions;
  dns(): DnsSettings;
  services(): readonly Service[];
  hostIps(): readonly string[];
  allocatable(): Readonly<Record<string, string>>;
  memoryCapacityBytes(): number;
  /** Content of the node's own /etc/hosts. */
  nodeHosts(): string;
}
