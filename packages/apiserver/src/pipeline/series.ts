import type { MetricFamily } from './metrics.ts';

/** Combinations of labels beyond this are left out, so that odd clients cannot fill the memory. */
export const MAX_SERIES = 5000;

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

export function labels(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

/** One number of a family. */
export interface Sample {
  readonly labels: string;
  count: number;
}

/** How often a value was at most each of some bounds. */
export class Histogram {
  readonly labels: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[], labelText: string) {
    this.labels = labelText;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length).fill(0);
  }

  get count(): number {
    return this.#count;
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    for (let i = 0; i < this.#bounds.length; i++) {
      if (value > this.#bounds[i]!) continue;
      this.#counts[i]!++;
      return;
    }
  }

  /** `instant` further values were 0. */
  *lines(name: string, instant = 0): Iterable<string> {
    const inner = this.labels.slice(1, -1);
    const separator = inner ? ',' : '';
    let below = instant;
    for (const [index, bucket] of this.#counts.entries()) {
      below += bucket;
      yield `${name}_bucket{${inner}${separator}le="${this.#bounds[index]}"} ${below}`;
    }
    const count = this.#count + instant;
    yield `${name}_bucket{${inner}${separator}le="+Inf"} ${count}`;
    yield `${name}_sum${this.labels} ${this.#sum}`;
    yield `${name}_count${this.labels} ${count}`;
  }
}

/** Samples by their labels. */
export class Samples {
  readonly #samples = new Map<string, Sample>();

  /** The sample of a key, which stands for its labels; undefined where there are too many. */
  of(key: string, labelsOf: () => Readonly<Record<string, string>>): Sample | undefined {
    const known = this.#samples.get(key);
    if (known || this.#samples.size >= MAX_SERIES) return known;
    const sample = { labels: labels(labelsOf()), count: 0 };
    this.#samples.set(key, sample);
    return sample;
  }

  family(name: string, help: string, type: 'counter' | 'gauge'): MetricFamily {
    return { name, help, type, lines: () => sampleLines(name, this.#samples.values()) };
  }
}

export function* sampleLines(name: string, samples: Iterable<Sample>): Iterable<string> {
  for (const { labels: text, count } of samples) yield `${name}${text} ${count}`;
}

/** Histograms with the same bounds, by their labels. */
export class Histograms {
  readonly #bounds: readonly number[];
  readonly #histograms = new Map<string, Histogram>();

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  of(key: string, labelsOf: () => Readonly<Record<string, string>>): Histogram | undefined {
    const known = this.#histograms.get(key);
    if (known || this.#histograms.size >= MAX_SERIES) return known;
    const histogram = new Histogram(this.#bounds, labels(labelsOf()));
    this.#histograms.set(key, histogram);
    return histogram;
  }

  family(name: string, help: string): MetricFamily {
    const all = this.#histograms;
    return {
      name,
      help,
      type: 'histogram',
      *lines() {
        for (const histogram of all.values()) yield* histogram.lines(name);
      },
    };
  }
}
