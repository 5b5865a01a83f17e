import type { Clock } from '@kubets/core';
import type { MetricFamily } from './metrics.ts';
import type { PathAnswer, PathHandlers, PathRequest } from './path-handlers.ts';
import { Samples } from './series.ts';

/** One thing that has to be well for the server to be well; throws or rejects with what is wrong. */
export interface HealthCheck {
  readonly name: string;
  check(): void | Promise<void>;
  /** Left out of /livez: restarting the server would not cure it. */
  readonly readinessOnly?: boolean;
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

/** Serves /healthz, /livez and /readyz with their sub-paths, `?verbose` and `?exclude=`. */
export class Health {
  readonly #checks: readonly HealthCheck[];
  readonly #clock: Clock;
  readonly #results = new Samples();
  readonly #totals = new Samples();
  #shuttingDown = false;

  constructor(options: { checks: readonly HealthCheck[]; clock: Clock }) {
    this.#clock = options.clock;
    const shutdown: HealthCheck = {
      name: 'shutdown',
      readinessOnly: true,
      check: () => {
        if (this.#shuttingDown) throw new Error('process is shutting down');
      },
    };
    this.#checks = [{ name: 'ping', check: () => {} }, ...options.checks, shutdown];
  }

  /** From now on /readyz fails, so that load balancers look elsewhere. */
  startShutdown(): void {
    this.#shuttingDown = true;
  }

  register(paths: PathHandlers): void {
    for (const name of ['healthz', 'livez', 'readyz']) {
      const checks = this.#checks.filter((check) => name === 'readyz' || !check.readinessOnly);
      paths.exact(`/${name}`, (request) => this.#all(name, checks, request));
      for (const check of checks) paths.exact(`/${name}/${check.name}`, () => this.#one(name, check));
    }
  }

  async #one(type: string, check: HealthCheck): Promise<PathAnswer> {
    const failure = await this.#failureOf(type, check);
    if (failure === undefined) return { code: 200, headers: { 'content-type': TEXT['content-type'] }, body: 'ok' };
    return { code: 500, headers: TEXT, body: `internal server error: ${failure}\n` };
  }

  async #all(name: string, checks: readonly HealthCheck[], request: PathRequest): Promise<PathAnswer> {
    const excluded = new Set(request.query.get('exclude') ?? []);
    const lines: string[] = [];
    let failed = 0;
    for (const check of checks) {
      if (excluded.delete(check.name)) {
        lines.push(`[+]${check.name} excluded: ok`);
      } else if ((await this.#failureOf(name, check)) === undefined) {
        lines.push(`[+]${check.name} ok`);
      } else {
        failed++;
        lines.push(`[-]${check.name} failed: reason withheld`);
      }
    }
    if (excluded.size > 0)
      lines.push(
        `warn: some health checks cannot be excluded: no matches for ${[...excluded].map((each) => JSON.stringify(each)).join(',')}`,
      );
    if (failed > 0) return { code: 500, headers: TEXT, body: `${lines.join('\n')}\n${name} check failed\n` };
    if (!request.query.has('verbose')) return { code: 200, headers: TEXT, body: 'ok' };
    return { code: 200, headers: TEXT, body: `${lines.join('\n')}\n${name} check passed\n` };
  }

  /** The results of the checks that have been made. */
  families(): MetricFamily[] {
    return [
      this.#results.family(
        'kubernetes_healthcheck',
        '[STABLE] This metric records the result of a single healthcheck.',
        'gauge',
      ),
      this.#totals.family(
        'kubernetes_healthchecks_total',
        '[STABLE] This metric records the results of all healthcheck.',
        'counter',
      ),
    ];
  }

  async #failureOf(type: string, check: HealthCheck): Promise<string | undefined> {
    const failure = await failureOf(check);
    const { name } = check;
    const status = failure === undefined ? 'success' : 'error';
    const result = this.#results.of(`${type} ${name}`, () => ({ name, type }));
    if (result) result.count = failure === undefined ? 1 : 0;
    const total = this.#totals.of(`${type} ${name} ${status}`, () => ({ name, status, type }));
    if (total) total.count++;
    return failure;
  }

  get clock(): Clock {
    return this.#clock;
  }
}

async function failureOf(check: HealthCheck): Promise<string | undefined> {
  try {
    await check.check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What `/version` says. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly emulationMajor?: string;
  readonly emulationMinor?: string;
  readonly minCompatibilityMajor?: string;
  readonly minCompatibilityMinor?: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

/** The API version that is implemented; `goVersion` and `compiler` are required by clients' schemas. */
export const defaultVersion: VersionInfo = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2+kubets',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'node',
  platform: 'linux/amd64',
};

export function jsonAnswer(value: unknown, headers: Record<string, string> = {}): PathAnswer {
  return {
    code: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value, null, 2),
  };
}
