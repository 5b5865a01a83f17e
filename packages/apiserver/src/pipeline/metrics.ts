import type { ResourceRef } from '@kubets/client';
import type { PathHandlers } from './path-handlers.ts';
import type { RequestInfo } from './request-info.ts';

/** What the pipeline tells of the requests it serves. */
export interface RequestMetrics {
  observe(info: RequestInfo, code: number, durationMs: number): void;
  watchStarted(resource: ResourceRef): void;
  watchEnded(resource: ResourceRef): void;
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
/** Combinations of labels beyond this are counted together, so that odd clients cannot fill the memory. */
const MAX_SERIES = 5000;

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

export function labels(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

interface Histogram {
  readonly labels: string;
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Requests counted and timed, as /metrics shows them. */
export class RequestMetricsRegistry implements RequestMetrics {
  readonly #totals = new Map<string, { labels: string; count: number }>();
  readonly #durations = new Map<string, Histogram>();
  readonly #watches = new Map<string, { labels: string; count: number }>();

  observe(info: RequestInfo, code: number, durationMs: number): void {
    const verb = METRIC_VERBS[info.verb] ?? info.method;
    const scope = scopeOf(info);
    const key = `${verb} ${info.group} ${info.version} ${info.resource} ${info.subresource} ${scope}`;
    this.#count(`${key} ${code}`, info, verb, scope, code);
    if (info.verb !== 'watch') this.#time(key, info, verb, scope, durationMs / 1000);
  }

  watchStarted(resource: ResourceRef): void {
    this.#watchGauge(resource).count++;
  }

  watchEnded(resource: ResourceRef): void {
    this.#watchGauge(resource).count--;
  }

  families(): MetricFamily[] {
    return [
      {
        name: 'apiserver_request_total',
        help: '[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
        type: 'counter',
        lines: () => countLines('apiserver_request_total', this.#totals.values()),
      },
      {
        name: 'apiserver_request_duration_seconds',
        help: '[STABLE] Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
        type: 'histogram',
        lines: () => durationLines('apiserver_request_duration_seconds', this.#durations.values()),
      },
      {
        name: 'apiserver_longrunning_requests',
        help: '[STABLE] Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component.',
        type: 'gauge',
        lines: () => countLines('apiserver_longrunning_requests', this.#watches.values()),
      },
    ];
  }

  #count(key: string, info: RequestInfo, verb: string, scope: string, code: number): void {
    let total = this.#totals.get(key);
    if (!total) {
      if (this.#totals.size >= MAX_SERIES) return;
      total = { labels: labels({ code: String(code), ...labelsOf(info, verb, scope) }), count: 0 };
      this.#totals.set(key, total);
    }
    total.count++;
  }

  #time(key: string, info: RequestInfo, verb: string, scope: string, seconds: number): void {
    let histogram = this.#durations.get(key);
    if (!histogram) {
      if (this.#durations.size >= MAX_SERIES) return;
      const counts = new Array<number>(DURATION_BUCKETS_SECONDS.length).fill(0);
      histogram = { labels: labels(labelsOf(info, verb, scope)), counts, sum: 0, count: 0 };
      this.#durations.set(key, histogram);
    }
    histogram.sum += seconds;
    histogram.count++;
    for (let i = 0; i < DURATION_BUCKETS_SECONDS.length; i++) {
      if (seconds > DURATION_BUCKETS_SECONDS[i]!) continue;
      histogram.counts[i]!++;
      break;
    }
  }

  #watchGauge({ group, version, resource }: ResourceRef): { labels: string; count: number } {
    const key = `${group}/${version}/${resource}`;
    let gauge = this.#watches.get(key);
    if (!gauge) {
      gauge = { labels: labels({ component: 'apiserver', group, resource, verb: 'WATCH', version }), count: 0 };
      this.#watches.set(key, gauge);
    }
    return gauge;
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
  return { component: 'apiserver', dry_run: '', group, resource, scope, subresource, verb, version };
}

function* countLines(name: string, series: Iterable<{ labels: string; count: number }>): Iterable<string> {
  for (const { labels: text, count } of series) yield `${name}${text} ${count}`;
}

function* durationLines(name: string, histograms: Iterable<Histogram>): Iterable<string> {
  for (const { labels: text, counts, sum, count } of histograms) {
    const inner = text.slice(1, -1);
    let below = 0;
    for (const [index, bucket] of counts.entries()) {
      below += bucket;
      yield `${name}_bucket{${inner},le="${DURATION_BUCKETS_SECONDS[index]}"} ${below}`;
    }
    yield `${name}_bucket{${inner},le="+Inf"} ${count}`;
    yield `${name}_sum${text} ${sum}`;
    yield `${name}_count${text} ${count}`;
  }
}

/** A gauge that is read when it is asked for. */
export function gauge(name: string, help: string, read: () => number): MetricFamily {
  return { name, help, type: 'gauge', lines: () => [`${name} ${read()}`] };
}

/** A counter that is read when it is asked for. */
export function counter(name: string, help: string, read: () => number): MetricFamily {
  return { name, help, type: 'counter', lines: () => [`${name} ${read()}`] };
}

/** Serves `/metrics` in Prometheus' text form. */
export function registerMetrics(paths: PathHandlers, families: () => readonly MetricFamily[]): void {
  paths.exact('/metrics', () => {
    const text: string[] = [];
    for (const family of families()) {
      text.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`, ...family.lines());
    }
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
    return { code: 200, headers, body: `${text.join('\n')}\n` };
  });
}
