// Set-up that every first command in a clone needs: npm dependencies, and the bundle when it is missing or stale.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'node_modules', '.kubets-lock');
const bundle = join(root, 'packages', 'kubets', 'dist', 'kubets.mjs');

/**
 * The lock decides the versions and is left as it is. Not `npm ci`: that one refuses a lock without the packages of other
 * platforms, which some registries do not carry. No install script is needed: native code comes as packages of its own.
 */
const INSTALL_OPTIONS = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];

const elapsed = (startMs) => `${((Date.now() - startMs) / 1000).toFixed(1).padStart(5)} s`;

function step(name, detail, work) {
  const startMs = Date.now();
  if (process.stderr.isTTY) process.stderr.write(`… ${name.padEnd(22)}          ${detail}`);
  const status = work();
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  console.error(`${status === 0 ? '✓' : '✗'} ${name.padEnd(22)} ${elapsed(startMs)}  ${detail}`);
  if (status !== 0) process.exit(status || 1);
}

/** Runs a command quietly; its output is shown when it fails. */
export function quiet(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20, ...options });
  if (result.status !== 0) console.error(`\n${result.error ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`);
  return result.status ?? 1;
}

export function installDependencies() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 11)) {
    console.error(`kubets needs Node.js 20.11 or newer, and this is ${process.version}`);
    process.exit(1);
  }
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  step('npm dependencies', 'npm install', () => quiet('npm', ['install', ...INSTALL_OPTIONS]));
  writeFileSync(stamp, lock);
}

function newest(dir) {
  let newestMs = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const path = join(dir, entry.name);
    newestMs = Math.max(newestMs, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return newestMs;
}

export function buildIfStale() {
  const builtMs = existsSync(bundle) ? statSync(bundle).mtimeMs : 0;
  if (builtMs > Math.max(newest(join(root, 'packages')), newest(join(root, 'images')), newest(join(root, 'scripts'))))
    return;
  step('build', 'bundling the program', () => quiet(process.execPath, ['scripts/build.mjs']));
}

/** What the tests use beyond what a cluster needs: a browser, and terminals of a size of their own. */
const TEST_PROGRAMS = [
  { paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'], packageName: 'chromium' },
  { paths: ['/usr/bin/script'], packageName: 'bsdutils' },
  { paths: ['/usr/sbin/nft', '/sbin/nft'], packageName: 'nftables' },
  { paths: ['/usr/bin/containerd'], packageName: 'containerd' },
  { paths: ['/usr/sbin/runc', '/usr/bin/runc'], packageName: 'runc' },
  { paths: ['/usr/lib/cni/bridge'], packageName: 'containernetworking-plugins' },
  { paths: ['/usr/sbin/conntrack'], packageName: 'conntrack' },
  { paths: ['/usr/sbin/iptables', '/sbin/iptables'], packageName: 'iptables' },
  { paths: ['/usr/sbin/ip', '/usr/bin/ip', '/sbin/ip'], packageName: 'iproute2' },
];

/** Installs what the tests need with apt. Without root it says what is missing, and the tests that need it will fail. */
export function installTestPackages() {
  const missing = TEST_PROGRAMS.filter(({ paths }) => !paths.some((path) => existsSync(path))).map(
    (item) => item.packageName,
  );
  if (missing.length === 0) return;
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(`the tests need packages that are missing; run: sudo apt-get ${install.join(' ')}`);
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  step('test packages', missing.join(', '), () =>
    quiet('sh', ['-c', `apt-get update -q && apt-get ${install.join(' ')}`], { env }),
  );
}
