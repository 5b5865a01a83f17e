import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
const command = (program: string, args: readonly string[]) => lines(execFileSync(program, args, { encoding: 'utf8' }));

function processes(): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return /kubets|containerd|supervise\.sh|runc/.test(commandLine) ? [commandLine] : [];
      } catch {
        return [];
      }
    });
}

function cgroups(): string[] {
  const controllers = readdirSync('/sys/fs/cgroup', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return controllers.flatMap(({ name }) => {
    return readdirSync(`/sys/fs/cgroup/${name}`)
      .filter((entry) => /kube|pod/.test(entry))
      .map((entry) => `${name}/${entry}`);
  });
}

/** What a cluster may leave on a machine, as sorted lists that can be compared. */
export function machineTraces(): Record<string, string[]> {
  const mounts = lines(readFileSync('/proc/mounts', 'utf8')).filter((line) =>
    /kubets|containerd|kubelet|cni-|\/run\/netns/.test(line),
  );
  const links = command('ip', ['-brief', 'link']).map((line) => line.split(/[\s@]/)[0] as string);
  return {
    processes: processes().sort(),
    mounts: mounts.sort(),
    links: links.sort(),
    namespaces: command('ip', ['netns', 'list']).sort(),
    tables: command('nft', ['list', 'tables'])
      .filter((line) => /kubets/.test(line))
      .sort(),
    iptables: command('iptables-save', [])
      .filter((line) => /CNI|kubets/i.test(line))
      .sort(),
    cgroups: cgroups().sort(),
    files: [
      '/run/kubets',
      '/var/lib/kubets/data',
      '/var/lib/kubets/clusters',
      '/var/lib/cni',
      '/etc/cni/net.d',
    ].flatMap((dir) => {
      try {
        return readdirSync(dir).map((entry) => `${dir}/${entry}`);
      } catch {
        return [];
      }
    }),
  };
}
