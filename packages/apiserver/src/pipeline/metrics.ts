import type { PathHandlers } from './path-handlers.ts';
import type { RequestInfo } from './request-info.ts';
import { Histograms, labels, Samples } from './series.ts';
import type { VersionInfo } from './status-paths.ts';

/** What a request came to. */
export interface Served {
  readonly code: number;
  readonly durationMs: number;
  /** Bytes of the answer; undefined where they were not counted. */
  readonly bytes: number | undefined;
}

/** What the pipeline tells of the requests it serves. */
export interface RequestMetrics {
  observe(info: RequestInfo, served: Served): void;
  watchStarted(info: RequestInfo): void;
  watchEnded(info: RequestInfo): void;
  /** A request that does not last by its nature begins, and is over. */
  entered(info: RequestInfo, nowMs: number): void;
  left(info: RequestInfo): void;
  /** A version was asked for that is on its way out; `removed` is the release without it. */
  deprecatedAsked(info: RequestInfo, removed: string): void;
}

/** One family of metrics in Prometheus' text form. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Lines behind the name: labels and value. */
  lines(): Iterable<string>;
}

const DURATION_BUCKETS_SECONDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const SIZE_BUCKETS_BYTES = [1000, 10_000, 100_000, 1e6, 1e7, 1e8, 1e9];
const READING_METHODS = new Set(['GET', 'HEAD']);

/** Requests counted and timed, as /metrics shows them. */
export class RequestMetricsRegistry implements RequestMetrics {
  readonly #totals = new Samples();
  readonly #durations = new Histograms(DURATION_BUCKETS_SECONDS);
  readonly #sizes = new Histograms(SIZE_BUCKETS_BYTES);
  readonly #watches = new Samples();
  readonly #deprecated = new Samples();
  readonly #reading = new Peak();
  readonly #mutating = new Peak();
  /** In which the last request came; that of the metrics themselves, when they are asked for. */
  #second = 0;

  observe(info: RequestInfo, { code, durationMs, bytes }: Served): void {
    const verb = METRIC_VERBS[info.verb] ?? info.method;
    const scope = scopeOf(info);
    const key = `${verb} ${info.group} ${info.version} ${info.resource} ${info.subresource} ${scope} ${dryRunOf(info)}`;
    const total = this.#totals.of(`${key} ${code}`, () => ({ code: String(code), ...labelsOf(info, verb, scope) }));
    if (total) total.count++;
    if (info.verb !== 'watch') this.#durations.of(key, () => labelsOf(info, verb, scope))?.observe(durationMs / 1000);
    // Only the sizes of what is read are told.
    if (bytes === undefined || !info.isResource || (verb !== 'GET' && verb !== 'LIST')) return;
    this.#sizes.of(key, () => withoutDryRun(labelsOf(info, verb, scope)))?.observe(bytes);
  }

  watchStarted(info: RequestInfo): void {
    this.#countWatch(info, 1);
  }

  watchEnded(info: RequestInfo): void {
    this.#countWatch(info, -1);
  }

  entered(info: RequestInfo, nowMs: number): void {
    this.#second = Math.floor(nowMs / 1000);
    this.#peakOf(info).rise(this.#second);
  }

  left(info: RequestInfo): void {
    this.#peakOf(info).fall();
  }

  deprecatedAsked({ group, version, resource, subresource }: RequestInfo, removed: string): void {
    const values = { group, removed_release: removed, resource, subresource, version };
    const sample = this.#deprecated.of(`${group}/${version}/${resource}/${subresource}`, () => values);
    if (sample) sample.count = 1;
  }

  families(): MetricFamily[] {
    const inflight = 'apiserver_current_inflight_requests';
    return [
      this.#totals.family(
        'apiserver_request_total',
        '[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
        'counter',
      ),
      this.#durations.family(
        'apiserver_request_duration_seconds',
        '[STABLE] Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      ),
      this.#sizes.family(
        'apiserver_response_sizes',
        '[STABLE] Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
      ),
      this.#watches.family(
        'apiserver_longrunning_requests',
        '[STABLE] Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.',
        'gauge',
      ),
      this.#deprecated.family(
        'apiserver_requested_deprecated_apis',
        '[STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.',
        'gauge',
      ),
      {
        name: inflight,
        help: '[STABLE] Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
        type: 'gauge',
        lines: () => [
          `${inflight}{request_kind="mutating"} ${this.#mutating.valueIn(this.#second)}`,
          `${inflight}{request_kind="readOnly"} ${this.#reading.valueIn(this.#second)}`,
        ],
      },
    ];
  }

  #countWatch(info: RequestInfo, by: number): void {
    const scope = scopeOf(info);
    const values = () => withoutDryRun(labelsOf(info, 'WATCH', scope));
    const sample = this.#watches.of(`${info.group}/${info.version}/${info.resource} ${scope}`, values);
    if (sample) sample.count += by;
  }

  #peakOf({ method }: RequestInfo): Peak {
    return READING_METHODS.has(method) ? this.#reading : this.#mutating;
  }
}

/** The most of something at a time within a second. */
class Peak {
  #now = 0;
  #highest = 0;
  #second = 0;

  rise(second: number): void {
    this.#now++;
    if (second !== this.#second) {
      this.#second = second;
      this.#highest = this.#now;
    } else if (this.#now > this.#highest) this.#highest = this.#now;
  }

  fall(): void {
    this.#now--;
  }

  /** In a second, or in the one before when nothing has come since. */
  valueIn(second: number): number {
    return second - this.#second > 1 ? this.#now : Math.max(this.#highest, this.#now);
  }
}

const METRIC_VERBS: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
  connect: 'CONNECT',
};

function scopeOf(info: RequestInfo): string {
  if (!info.isResource) return '';
  if (info.name !== '') return 'resource';
  return info.namespace === '' ? 'cluster' : 'namespace';
}

function labelsOf(info: RequestInfo, verb: string, scope: string): Record<string, string> {
  const { group, version, resource, subresource } = info;
  return { component: 'apiserver', dry_run: dryRunOf(info), group, resource, scope, subresource, verb, version };
}

function dryRunOf({ query }: RequestInfo): string {
  return query !== '' && query.includes('dryRun=All') ? 'All' : '';
}

function withoutDryRun({ dry_run: _, ...others }: Record<string, string>): Record<string, string> {
  return others;
}

/** A gauge that is read when it is asked for. */
export function gauge(name: string, help: string, read: () => number): MetricFamily {
  return { name, help, type: 'gauge', lines: () => [`${name} ${read()}`] };
}

/** A counter that is read when it is asked for. */
export function counter(name: string, help: string, read: () => number): MetricFamily {
  return { name, help, type: 'counter', lines: () => [`${name} ${read()}`] };
}

/** Which program this is. */
export function buildInfo(version: VersionInfo): MetricFamily {
  const { buildDate, compiler, gitCommit, gitTreeState, gitVersion, goVersion, major, minor, platform } = version;
  const values = {
    build_date: buildDate,
    compiler,
    git_commit: gitCommit,
    git_tree_state: gitTreeState,
    git_version: gitVersion,
    go_version: goVersion,
    major,
    minor,
    platform,
  };
  const name = 'kubernetes_build_info';
  const help =
    "[ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.";
  return { name, help, type: 'gauge', lines: () => [`${name}${labels(values)} 1`] };
}

/** Serves `/metrics` in Prometheus' text form. */
export function registerMetrics(paths: PathHandlers, families: () => Promise<readonly MetricFamily[]>): void {
  paths.exact('/metrics', async () => {
    const text: string[] = [];
    for (const family of await families()) {
      text.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`, ...family.lines());
    }
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
    return { code: 200, headers, body: `${text.join('\n')}\n` };
  });
}
