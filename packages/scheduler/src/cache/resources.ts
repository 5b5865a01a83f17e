import type { Container, Pod } from '@kubets/api';
import { Quantity } from '@kubets/core';

/** Amounts by resource name: cpu in thousandths, everything else in whole units. */
export type Amounts = ReadonlyMap<string, number>;

/** What a container without requests counts for when nodes are compared; it counts for nothing when they are filtered. */
const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024;

/** One amount of a resource in the unit that the scheduler counts in. */
export function amountOf(resource: string, quantity: string): number {
  const parsed = Quantity.parse(quantity);
  return resource === 'cpu' ? parsed.milliValue() : parsed.value();
}

export function amountsOf(quantities: Readonly<Record<string, string>> | undefined): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const resource in quantities) amounts.set(resource, amountOf(resource, quantities[resource] ?? '0'));
  return amounts;
}

function add(total: Map<string, number>, more: Amounts): void {
  for (const [resource, amount] of more) total.set(resource, (total.get(resource) ?? 0) + amount);
}

function raise(total: Map<string, number>, least: Amounts): void {
  for (const [resource, amount] of least) if (amount > (total.get(resource) ?? 0)) total.set(resource, amount);
}

type RequestsOf = (container: Container) => Amounts;

const plainRequests: RequestsOf = ({ resources }) => amountsOf(resources?.requests);

const filledRequests: RequestsOf = ({ resources }) => {
  const amounts = amountsOf(resources?.requests);
  if (!amounts.has('cpu')) amounts.set('cpu', DEFAULT_MILLI_CPU);
  if (!amounts.has('memory')) amounts.set('memory', DEFAULT_MEMORY_BYTES);
  return amounts;
};

/** Containers run together; init containers one after the other, beside the sidecars started before them. */
function total(pod: Pod, requestsOf: RequestsOf): Map<string, number> {
  const sum = new Map<string, number>();
  for (const container of pod.spec.containers) add(sum, requestsOf(container));
  const sidecars = new Map<string, number>();
  const peak = new Map<string, number>();
  for (const container of pod.spec.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      add(sidecars, requests);
      raise(peak, sidecars);
    } else {
      const together = new Map(sidecars);
      add(together, requests);
      raise(peak, together);
    }
  }
  add(sum, sidecars);
  raise(sum, peak);
  // What the pod asks for as a whole stands above what its containers ask for.
  for (const [resource, amount] of amountsOf(pod.spec.resources?.requests)) sum.set(resource, amount);
  add(sum, amountsOf(pod.spec.overhead));
  return sum;
}

export interface PodRequests {
  readonly exact: Amounts;
  /** With defaults for containers that ask for nothing; for scoring. */
  readonly nonZero: { readonly milliCpu: number; readonly memoryBytes: number };
}

const known = new WeakMap<Pod['spec'], PodRequests>();

export function podRequests(pod: Pod): PodRequests {
  const cached = known.get(pod.spec);
  if (cached) return cached;
  const filled = total(pod, filledRequests);
  const requests = {
    exact: total(pod, plainRequests),
    nonZero: { milliCpu: filled.get('cpu') ?? 0, memoryBytes: filled.get('memory') ?? 0 },
  };
  known.set(pod.spec, requests);
  return requests;
}
