import { readFileSync } from 'node:fs';
import type { Clock } from '@kubets/core';
import { counter, gauge, type MetricFamily } from '../pipeline/metrics.ts';

function openFiles(): number {
  try {
    return Number(/^FDSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** What the operating system knows of this process. */
export function processMetrics(clock: Clock): MetricFamily[] {
  const startSeconds = clock.now() / 1000 - process.uptime();
  return [
    counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss()),
    gauge(
      'process_virtual_memory_bytes',
      'Size of the JavaScript heap in bytes.',
      () => process.memoryUsage().heapTotal,
    ),
    gauge('process_open_fds', 'Number of open file descriptors.', openFiles),
    gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => startSeconds),
  ];
}
