import { gauge, type MetricFamily } from '../pipeline/metrics.ts';
import { labels, sampleLines } from '../pipeline/series.ts';
import type { ServerContext } from '../server-context.ts';

/** What is stored: how much, and how many objects of the kinds that are in use. */
export async function storageMetrics({ registry, store }: ServerContext): Promise<MetricFamily[]> {
  const sizeBytes = await store.sizeBytes();
  const objects = 'apiserver_storage_objects';
  const size = `apiserver_storage_size_bytes${labels({ storage_cluster_id: 'storage-0' })}`;
  const stored = registry.resources().filter(({ kind, cache }) => !kind.storedAs && cache.revision > 0);
  const samples = stored.map(({ name: { group, resource }, cache }) => ({
    labels: labels({ resource: group ? `${resource}.${group}` : resource }),
    count: cache.size,
  }));
  return [
    {
      name: objects,
      help: '[STABLE] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
      type: 'gauge',
      lines: () => sampleLines(objects, samples),
    },
    {
      ...gauge(
        'apiserver_storage_size_bytes',
        '[STABLE] Size of the storage database file physically allocated in bytes.',
        () => sizeBytes,
      ),
      lines: () => [`${size} ${sizeBytes}`],
    },
  ];
}
