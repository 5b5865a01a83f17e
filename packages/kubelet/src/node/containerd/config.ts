import type { MachineCapabilities } from '../machine/capabilities.ts';

/** Where the parts of one private containerd are. */
export interface ContainerdPaths {
  readonly root: string;
  readonly state: string;
  /** runc's own records of containers; by default all containerds of a machine share one folder. */
  readonly runcRoot: string;
  readonly socket: string;
  readonly configFile: string;
  readonly logFile: string;
  readonly pidFile: string;
  readonly cniConfigDir: string;
  readonly registryConfigDir: string;
}

export function containerdPaths({ dataDir, runDir }: { dataDir: string; runDir: string }): ContainerdPaths {
  return {
    root: `${dataDir}/containerd/root`,
    state: `${runDir}/containerd/state`,
    runcRoot: `${runDir}/containerd/runc`,
    socket: `${runDir}/containerd/containerd.sock`,
    configFile: `${dataDir}/containerd/config.toml`,
    logFile: `${dataDir}/containerd/containerd.log`,
    pidFile: `${runDir}/containerd/containerd.pid`,
    cniConfigDir: `${dataDir}/cni/net.d`,
    registryConfigDir: `${dataDir}/containerd/certs.d`,
  };
}

const CRI = 'plugins."io.containerd.grpc.v1.cri"';
const DISABLED = [
  'io.containerd.internal.v1.opt',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.devmapper',
];

type TomlValue = string | boolean | number | readonly string[];

function table(name: string, values: Record<string, TomlValue>): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return [...(name ? [`[${name}]`] : []), ...lines, ''].join('\n');
}

/** The configuration of a containerd (1.6 and 1.7, config version 2), fitted to what the machine can do. */
export function containerdConfig(options: {
  paths: ContainerdPaths;
  pauseImage: string;
  cniBinDir: string;
  capabilities: MachineCapabilities;
}): string {
  const { paths, capabilities } = options;
  return [
    table('', { version: 2, root: paths.root, state: paths.state, disabled_plugins: DISABLED }),
    table('grpc', { address: paths.socket }),
    table('ttrpc', { address: `${paths.socket}.ttrpc` }),
    table('debug', { level: 'warn' }),
    table(CRI, {
      sandbox_image: options.pauseImage,
      disable_tcp_service: true,
      stream_server_address: '127.0.0.1',
      stream_server_port: '0',
      restrict_oom_score_adj: !capabilities.hasSysResource,
      disable_apparmor: !capabilities.hasAppArmor,
      disable_hugetlb_controller: true,
      tolerate_missing_hugetlb_controller: true,
    }),
    table(`${CRI}.containerd`, { snapshotter: 'overlayfs', default_runtime_name: 'runc' }),
    table(`${CRI}.containerd.runtimes.runc`, { runtime_type: 'io.containerd.runc.v2' }),
    table(`${CRI}.containerd.runtimes.runc.options`, { SystemdCgroup: false, Root: paths.runcRoot }),
    table(`${CRI}.cni`, { bin_dir: options.cniBinDir, conf_dir: paths.cniConfigDir, max_conf_num: 1 }),
    table(`${CRI}.registry`, { config_path: paths.registryConfigDir }),
  ].join('\n');
}
