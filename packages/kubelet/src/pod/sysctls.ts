import type { Pod } from '@kubets/api';
import { podNamespaces } from './security.ts';

/** Kernel settings that belong to a pod's own namespaces and harm nobody else. */
const SAFE = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];
const IPC_NAMES = new Set(['kernel.sem']);
const IPC_PREFIXES = ['kernel.shm', 'kernel.msg', 'fs.mqueue.'];

/** Names may be written with slashes, where dots are part of them. */
function dotted(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  return separator === '/' ? name.replace(/[./]/g, (char) => (char === '/' ? '.' : '/')) : name;
}

const isOfIpc = (name: string) => IPC_NAMES.has(name) || IPC_PREFIXES.some((prefix) => name.startsWith(prefix));

/** Why a pod may not have the kernel settings that it asks for; undefined when it may. `allowedUnsafe` may end in `*`. */
export function forbiddenSysctl(pod: Pod, allowedUnsafe: readonly string[]): string | undefined {
  const { network, ipc } = podNamespaces(pod);
  const isAllowed = (name: string) =>
    [...SAFE, ...allowedUnsafe].some((allowed) =>
      allowed.endsWith('*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed,
    );
  for (const sysctl of pod.spec.securityContext?.sysctls ?? []) {
    const name = dotted(sysctl.name);
    if (!isAllowed(name)) return `forbidden sysctl: ${JSON.stringify(name)} not allowlisted`;
    if (name.startsWith('net.') && network === 'node')
      return `forbidden sysctl: ${JSON.stringify(name)} not allowed with host net enabled`;
    if (isOfIpc(name) && ipc === 'node')
      return `forbidden sysctl: ${JSON.stringify(name)} not allowed with host ipc enabled`;
  }
  return undefined;
}
