import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type RunOptions, type RunResult, run, upstreamProgram } from './kubectl.ts';

export const programPath = fileURLToPath(new URL('../../packages/kubets/bin/kubets.mjs', import.meta.url));

/** Runs the kubets program. */
export function kubets(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run(process.execPath, [programPath, ...args], { timeoutMs: 300_000, ...options });
}

/** A cluster that a test drives with an unmodified kubectl, as a user would. */
export class TestCluster {
  readonly name: string;
  readonly kubeconfig: string;
  readonly server: string;

  private constructor(options: { name: string; kubeconfig: string; server: string }) {
    this.name = options.name;
    this.kubeconfig = options.kubeconfig;
    this.server = options.server;
  }

  /** Starts the cluster, or takes it as it is when it runs. */
  static async up(name: string, args: readonly string[] = []): Promise<TestCluster> {
    const result = await kubets(['up', '--name', name, '--detach', '--output', 'json', ...args]);
    if (result.code !== 0) throw new Error(`the cluster did not come up: ${result.stderr}`);
    return new TestCluster(JSON.parse(result.stdout));
  }

  /** kubectl with its result, whatever its exit code. */
  tryKubectl(args: readonly string[] | string, options: RunOptions & { minor?: number } = {}): Promise<RunResult> {
    const words = typeof args === 'string' ? args.split(' ') : args;
    const env = { KUBECONFIG: this.kubeconfig, ...options.env };
    return run(upstreamProgram('kubectl', options.minor), words, { ...options, env });
  }

  /** kubectl's standard output; fails the test when kubectl fails. */
  async kubectl(args: readonly string[] | string, options: RunOptions & { minor?: number } = {}): Promise<string> {
    const result = await this.tryKubectl(args, options);
    expect(
      result.code,
      `kubectl ${typeof args === 'string' ? args : args.join(' ')}\n${result.stdout}\n${result.stderr}`,
    ).toBe(0);
    return result.stdout;
  }

  /** A kubectl that goes on running, such as `get -w`, `logs -f` or `port-forward`. */
  start(args: string): RunningKubectl {
    const child = spawn(upstreamProgram('kubectl'), args.split(' '), {
      env: { ...process.env, KUBECONFIG: this.kubeconfig },
    });
    return new RunningKubectl(child);
  }

  async json<T>(args: string): Promise<T> {
    return JSON.parse(await this.kubectl(`${args} -o json`)) as T;
  }
}

/** Waits for text in the output of a running kubectl. */
export class RunningKubectl {
  readonly child: ChildProcessWithoutNullStreams;
  #output = '';

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output += text;
      });
    }
  }

  get output(): string {
    return this.#output;
  }

  async waitFor(pattern: RegExp, limitMs = 60_000): Promise<RegExpExecArray> {
    return eventually(
      () => pattern.exec(this.#output) ?? undefined,
      limitMs,
      () => `${pattern} in:\n${this.#output}`,
    );
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}

const POLL_MS = 100;

/** Waits until `condition` gives something. Throws with `describe()` after `limitMs`. */
export async function eventually<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 60_000,
  describe: () => string = () => 'the condition',
): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadlineMs) throw new Error(`waited ${limitMs / 1000} s in vain for ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
