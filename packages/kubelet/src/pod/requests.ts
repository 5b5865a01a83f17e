import type { Container, Pod } from '@kubets/api';
import { isSidecar } from './containers.ts';
import { quantityMilli, quantityValue } from './quantity.ts';

/** Amounts by resource name: cpu in thousandths, everything else in whole units. */
export type Amounts = ReadonlyMap<string, number>;

export const amountOf = (resource: string, quantity: string): number =>
  resource === 'cpu' ? quantityMilli(quantity) : quantityValue(quantity);

export function amountsOf(quantities: Readonly<Record<string, string>> | undefined): Map<string, number> {
  return new Map(Object.entries(quantities ?? {}).map(([name, text]) => [name, amountOf(name, text)]));
}

export function addAmounts(total: Map<string, number>, more: Amounts): void {
  for (const [resource, amount] of more) total.set(resource, (total.get(resource) ?? 0) + amount);
}

function raise(total: Map<string, number>, least: Amounts): void {
  for (const [resource, amount] of least) total.set(resource, Math.max(amount, total.get(resource) ?? 0));
}

const requestsOf = ({ resources }: Container): Amounts => amountsOf(resources?.requests);

/** What a pod asks of its node: containers run together, init containers one after the other beside the sidecars. */
export function podRequests(pod: Pod): Amounts {
  const sum = new Map<string, number>();
  for (const container of pod.spec.containers) addAmounts(sum, requestsOf(container));
  const sidecars = new Map<string, number>();
  const peak = new Map<string, number>();
  for (const container of pod.spec.initContainers ?? []) {
    const together = new Map(sidecars);
    addAmounts(together, requestsOf(container));
    if (isSidecar(container)) addAmounts(sidecars, requestsOf(container));
    raise(peak, together);
  }
  addAmounts(sum, sidecars);
  raise(sum, peak);
  for (const [resource, amount] of amountsOf(pod.spec.resources?.requests)) sum.set(resource, amount);
  addAmounts(sum, amountsOf(pod.spec.overhead));
  return sum;
}

/** The limits of the containers that run together, added up. */
export function podLimits(pod: Pod): Amounts {
  const sum = new Map<string, number>();
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  for (const { resources } of [...pod.spec.containers, ...sidecars]) addAmounts(sum, amountsOf(resources?.limits));
  return sum;
}
