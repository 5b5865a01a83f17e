import { join } from 'node:path';

/** Clusters that can run side by side on one machine: as many as there are address blocks set aside for them. */
export const MAX_CLUSTERS = 32;

/** Where the clusters of this machine are registered, whatever their data directories. */
export const REGISTRY_DIR = '/var/lib/kubets/clusters';
const DEFAULT_DATA_ROOT = '/var/lib/kubets/data';
export const RUN_ROOT = '/run/kubets';

/** How the API server works other than usual. Names are Kubernetes' own; paths are absolute. */
export interface ApiServerSettings {
  readonly auditPolicyFile?: string;
  readonly auditLogPath?: string;
  readonly auditLogMaxage?: number;
  readonly auditLogMaxbackup?: number;
  readonly auditLogMaxsize?: number;
  readonly auditWebhookConfigFile?: string;
  readonly enableAdmissionPlugins?: readonly string[];
  readonly disableAdmissionPlugins?: readonly string[];
  readonly admissionControlConfigFile?: string;
  /** A duration such as `1m`. */
  readonly requestTimeout?: string;
  readonly anonymousAuth?: boolean;
  readonly authenticationConfig?: string;
  readonly authenticationTokenWebhookConfigFile?: string;
  readonly oidcIssuerUrl?: string;
  readonly oidcClientId?: string;
  readonly oidcUsernameClaim?: string;
  readonly oidcUsernamePrefix?: string;
  readonly oidcGroupsClaim?: string;
  readonly oidcGroupsPrefix?: string;
  readonly oidcRequiredClaim?: readonly string[];
  readonly oidcCaFile?: string;
  readonly serviceAccountExtendTokenExpiration?: boolean;
  readonly serviceAccountMaxTokenExpiration?: string;
  readonly authorizationMode?: readonly string[];
  readonly authorizationPolicyFile?: string;
  readonly authorizationWebhookConfigFile?: string;
  readonly authorizationConfig?: string;
}

/** What is chosen for a cluster when it is made, and kept. */
export interface ClusterRecord {
  readonly name: string;
  /** Position among the machine's clusters; ports, addresses and names of links follow from it. */
  readonly index: number;
  readonly dataDir: string;
  readonly nodeName: string;
  readonly apiPort: number;
  /** Which API versions are served beside or instead of the usual ones, such as `legacy/all`. */
  readonly runtimeConfig?: Readonly<Record<string, boolean>>;
  readonly apiServer?: ApiServerSettings;
}

/** Everything about a cluster's place on the machine. All of it follows from the record. */
export interface ClusterLayout extends ClusterRecord {
  readonly runDir: string;
  readonly logDir: string;
  readonly stateDir: string;
  readonly pkiDir: string;
  readonly kubeconfigPath: string;
  /** Image archives that a new node loads: the system's own and those that were loaded by hand. */
  readonly imageDir: string;
  readonly kubeletPort: number;
  readonly podCidr: string;
  /** The share of the pod range that this machine's node has. */
  readonly nodePodCidr: string;
  readonly podGateway: string;
  readonly serviceCidr: string;
  readonly kubernetesAddress: string;
  readonly dnsAddress: string;
  readonly clusterDomain: string;
  readonly bridge: string;
  readonly nftTable: string;
  readonly cgroupRoot: string;
}

/** A copy of the record, in the data directory. It tells that the directory is ours to remove. */
export const recordCopyPath = (dataDir: string) => join(dataDir, 'cluster.json');
export const defaultDataDir = (name: string) => join(DEFAULT_DATA_ROOT, name);

/** The first cluster has the addresses that everybody knows from kubeadm; the others have blocks of their own. */
function addressBlocks(index: number): { pods: string; services: string } {
  if (index === 0) return { pods: '10.244', services: '10.96' };
  return { pods: `10.${200 + index}`, services: `10.${96 + index}` };
}

export function layoutOf(record: ClusterRecord): ClusterLayout {
  const { name, index, dataDir } = record;
  const blocks = addressBlocks(index);
  return {
    ...record,
    runDir: join(RUN_ROOT, name),
    logDir: join(dataDir, 'logs'),
    stateDir: join(dataDir, 'state'),
    pkiDir: join(dataDir, 'pki'),
    kubeconfigPath: join(dataDir, 'admin.kubeconfig'),
    imageDir: join(dataDir, 'images'),
    kubeletPort: 10_250 + index * 10,
    podCidr: `${blocks.pods}.0.0/16`,
    nodePodCidr: `${blocks.pods}.0.0/24`,
    podGateway: `${blocks.pods}.0.1`,
    serviceCidr: `${blocks.services}.0.0/16`,
    kubernetesAddress: `${blocks.services}.0.1`,
    dnsAddress: `${blocks.services}.0.10`,
    clusterDomain: 'cluster.local',
    bridge: `kubets${index}`,
    nftTable: `kubets-${name}`,
    cgroupRoot: index === 0 ? '/kubepods' : `/kubepods-${name}`,
  };
}
