import type { Container, Pod, ResourceFieldSelector } from '@kubets/api';
import { quantityMilli, quantityValue } from './quantity.ts';

/** What the downward API can tell beside the pod's spec. */
export interface DownwardContext {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** Stands in for limits that a container does not have. */
  readonly allocatable: Readonly<Record<string, string>>;
}

const quoted = (entries: Record<string, string> | undefined) =>
  Object.entries(entries ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');

/** The text of a `fieldRef`. Throws for paths that the downward API does not have. */
export function fieldValue(pod: Pod, path: string, context: DownwardContext): string {
  const entry = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (entry) return pod.metadata[entry[1] as 'labels' | 'annotations']?.[entry[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return quoted(pod.metadata.labels);
    case 'metadata.annotations':
      return quoted(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'spec.host':
      return pod.spec.nodeName ?? '';
    case 'status.hostIP':
      return context.hostIps[0] ?? '';
    case 'status.hostIPs':
      return context.hostIps.join(',');
    case 'status.podIP':
      return context.podIps[0] ?? '';
    case 'status.podIPs':
      return context.podIps.join(',');
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** The text of a `resourceFieldRef`: the value divided by the divisor, rounded up. */
export function resourceValue(container: Container, selector: ResourceFieldSelector, context: DownwardContext): string {
  const [side, ...rest] = selector.resource.split('.');
  const name = rest.join('.');
  const { requests, limits } = container.resources ?? {};
  const fallback =
    name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' ? context.allocatable[name] : '0';
  const text =
    side === 'limits'
      ? (limits?.[name] ?? fallback)
      : side === 'requests'
        ? (requests?.[name] ?? limits?.[name] ?? '0')
        : undefined;
  if (text === undefined) throw new Error(`unsupported container resource : ${selector.resource}`);
  const divisor = selector.divisor && quantityValue(selector.divisor) > 0 ? selector.divisor : '1';
  if (name === 'cpu') return String(Math.ceil(quantityMilli(text) / quantityMilli(divisor)));
  return String(Math.ceil(quantityValue(text) / quantityValue(divisor)));
}

/** The container that a volume's `resourceFieldRef` names. */
export function namedContainer(pod: Pod, name: string): Container {
  const found = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((each) => each.name === name);
  if (!found) throw new Error(`container ${name} not found`);
  return found;
}
