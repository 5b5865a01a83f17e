import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
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

const ERROR_LINES_SHOWN = 5;

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

/** Administrators' programs are found by whatever is started from here, too. */
export function completeSearchPath(): void {
  process.env.PATH = [...new Set(SEARCH_PATH)].filter(Boolean).join(delimiter);
}

/** Asked by Debian's package scripts before they start a service; 101 says no. */
const SERVICE_POLICY_PATH = '/usr/sbin/policy-rc.d';

/** Runs `work` while packages start no services: a node runs a containerd of its own, and no other is wanted. */
function withoutServices<T>(work: () => T): T {
  if (existsSync(SERVICE_POLICY_PATH)) return work();
  writeFileSync(SERVICE_POLICY_PATH, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(SERVICE_POLICY_PATH, { force: true });
  }
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
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (args: readonly string[]) => spawnSync('apt-get', args, { encoding: 'utf8', env });
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  const result = withoutServices(() => {
    const first = apt(install);
    if (first.status === 0) return first;
    apt(['update']);
    return apt(install);
  });
  if (result.status !== 0) {
    const said = (result.stderr ?? '').trim().split('\n').slice(-ERROR_LINES_SHOWN).join('\n');
    throw new CommandError(`"${command}" failed:\n${said}`);
  }
  const still = REQUIREMENTS.filter(({ program }) => !findProgram(program));
  if (still.length === 0) return;
  const packages = still.map(({ packageName }) => packageName).join(' ');
  const programs = still.map(({ program }) => program).join(', ');
  throw new CommandError(
    `${packages} installed, but ${programs} cannot be run; run this, then try again:\n  sudo apt-get install --reinstall ${packages}`,
  );
}
