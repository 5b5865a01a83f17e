import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CommandError } from '../command-error.ts';

/** A program that a node needs, and the Debian package that has it. */
interface Requirement {
  readonly program: string;
  readonly packageName: string;
}

const REQUIREMENTS: readonly Requirement[] = [
  { program: 'containerd', packageName: 'containerd' },
  { program: 'runc', packageName: 'runc' },
  { program: '/usr/lib/cni/bridge', packageName: 'containernetworking-plugins' },
  { program: 'nft', packageName: 'nftables' },
  { program: 'ip', packageName: 'iproute2' },
  { program: 'conntrack', packageName: 'conntrack' },
  { program: 'iptables', packageName: 'iptables' },
];

const SEARCH_PATH = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** Where a program is, or undefined. Administrators' programs are found even where PATH leaves them out. */
export function findProgram(name: string): string | undefined {
  const candidates = name.startsWith('/') ? [name] : SEARCH_PATH.map((dir) => join(dir, name));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Packages that are missing on this machine. */
export function missingPackages(): string[] {
  return REQUIREMENTS.filter(({ program }) => !findProgram(program)).map(({ packageName }) => packageName);
}

/**
 * Installs what is missing with apt, telling what it does. Throws with the exact command when it cannot: without root, or on
 * a system without apt.
 */
export function installPackages(say: (text: string) => void): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!findProgram('apt-get')) {
    throw new CommandError(
      `these programs are missing: ${missing.join(', ')} (names of Debian packages); install them with your system's package manager, then try again`,
    );
  }
  if (process.getuid?.() !== 0)
    throw new CommandError(`packages are missing; run this, then try again:\n  sudo ${command}`);
  say(`installing ${missing.join(', ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Services that the packages bring are not started: a node runs a containerd of its own.
  const policy = '/usr/sbin/policy-rc.d';
  const apt = (args: readonly string[]) => spawnSync('apt-get', args, { encoding: 'utf8', env: environment });
  const install = [
    'install',
    '-y',
    '--no-install-recommends',
    ...(existsSync(policy) ? [] : ['-o', 'DPkg::Options::=--force-confold']),
    ...missing,
  ];
  let result = apt(install);
  if (result.status !== 0) {
    apt(['update']);
    result = apt(install);
  }
  if (result.status !== 0)
    throw new CommandError(`"${command}" failed:\n${result.stderr.trim().split('\n').slice(-5).join('\n')}`);
}
