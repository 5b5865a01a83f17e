import type { Pod } from '@kubets/api';
import type { DnsConfig } from '../runtime.ts';

export interface DnsSettings {
  /** The node's own resolver settings. */
  readonly host: DnsConfig;
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
}

const MAX_SERVERS = 3;
const MAX_SEARCHES = 32;
const CLUSTER_OPTIONS = ['ndots:5'];

const unique = (values: readonly string[]) => [...new Set(values)];

function clusterSearches(namespace: string, { clusterDomain, host }: DnsSettings): string[] {
  if (!clusterDomain) return [...host.searches];
  const own = [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return unique([...own, ...host.searches]);
}

type Policy = 'host' | 'cluster' | 'none';

function policyOf(pod: Pod): Policy {
  switch (pod.spec.dnsPolicy) {
    case 'None':
      return 'none';
    case 'Default':
      return 'host';
    case 'ClusterFirstWithHostNet':
      return 'cluster';
    default:
      return pod.spec.hostNetwork ? 'host' : 'cluster';
  }
}

/** `name:value` options of the pod replace those of the same name. */
function mergeOptions(base: readonly string[], added: readonly { name?: string; value?: string }[]): string[] {
  const options = new Map(base.map((text) => [text.split(':')[0] ?? '', text]));
  for (const { name = '', value } of added) options.set(name, value === undefined ? name : `${name}:${value}`);
  return [...options.values()];
}

/** What goes into the pod's resolv.conf. */
export function podDns(pod: Pod, settings: DnsSettings): DnsConfig {
  const { host, clusterDns } = settings;
  const policy = policyOf(pod);
  let base: DnsConfig = { servers: [], searches: [], options: [] };
  if (policy === 'cluster' && clusterDns.length > 0)
    base = {
      servers: clusterDns,
      searches: clusterSearches(pod.metadata.namespace ?? '', settings),
      options: CLUSTER_OPTIONS,
    };
  else if (policy !== 'none') base = host;
  const extra = pod.spec.dnsConfig;
  return {
    servers: unique([...base.servers, ...(extra?.nameservers ?? [])]).slice(0, MAX_SERVERS),
    searches: unique([...base.searches, ...(extra?.searches ?? [])]).slice(0, MAX_SEARCHES),
    options: mergeOptions(base.options, extra?.options ?? []),
  };
}

const MAX_HOSTNAME = 63;
const MAX_FQDN_HOSTNAME = 64;

/** The names by which a pod knows itself. Throws when its full name is too long to be a hostname. */
export function podHostname(pod: Pod, clusterDomain: string): { hostname: string; domain: string } {
  if (pod.spec.hostnameOverride) return { hostname: pod.spec.hostnameOverride, domain: '' };
  const own = pod.spec.hostname || (pod.metadata.name ?? '').slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '');
  const domain = pod.spec.subdomain ? `${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '';
  if (!pod.spec.setHostnameAsFQDN || !domain) return { hostname: own, domain };
  const full = `${own}.${domain}`;
  if (full.length > MAX_FQDN_HOSTNAME)
    throw new Error(
      `failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long (${MAX_FQDN_HOSTNAME} characters is the max, ${full.length} characters requested)`,
    );
  return { hostname: full, domain };
}

const HOSTS_HEADER = '# Kubernetes-managed hosts file.\n';
const HOSTS_HEADER_HOST_NETWORK = '# Kubernetes-managed hosts file (host network).\n';
const LOCAL_HOSTS = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** The pod's /etc/hosts. */
export function hostsFile(options: {
  pod: Pod;
  podIps: readonly string[];
  hostname: string;
  domain: string;
  /** The node's own file, for pods in its network. */
  nodeHosts: string;
}): string {
  const { pod, podIps, hostname, domain } = options;
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}`);
  const aliasBlock = aliases.length > 0 ? `\n# Entries added by HostAliases.\n${aliases.join('\n')}\n` : '';
  if (pod.spec.hostNetwork) return `${HOSTS_HEADER_HOST_NETWORK}${options.nodeHosts}${aliasBlock}`;
  const names = domain && !hostname.endsWith(domain) ? `${hostname}.${domain}\t${hostname}` : hostname;
  const own = podIps.map((ip) => `${ip}\t${names}`);
  return `${HOSTS_HEADER}${[...LOCAL_HOSTS, ...own].join('\n')}\n${aliasBlock}`;
}
