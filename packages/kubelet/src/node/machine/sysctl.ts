import { readFile, writeFile } from 'node:fs/promises';

const path = (name: string) => `/proc/sys/${name.replaceAll('.', '/')}`;

/** What a node needs of the kernel: forwarding between pods and the world, and firewall rules that see bridged traffic. */
export const NODE_SYSCTLS: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.ipv6.conf.all.forwarding': '1',
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.bridge.bridge-nf-call-ip6tables': '1',
};

/** Sets what is not set yet; returns the former values of those changed. Names that the kernel lacks are left out. */
export async function applySysctls(wanted: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const former: Record<string, string> = {};
  for (const [name, value] of Object.entries(wanted)) {
    const current = await readFile(path(name), 'utf8').catch(() => undefined);
    if (current === undefined || current.trim() === value) continue;
    await writeFile(path(name), value);
    former[name] = current.trim();
  }
  return former;
}

/** Sets the recorded values back; names that are gone are left out. */
export async function restoreSysctls(former: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(former)) await writeFile(path(name), value).catch(() => undefined);
}
