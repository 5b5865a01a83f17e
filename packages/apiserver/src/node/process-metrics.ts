import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '@kubets/core';
import { counter, gauge, type MetricFamily } from '../pipeline/metrics.ts';

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

/** The number that a file of this process has behind a name; 0 where there is none. */
function numberIn(file: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(`/proc/self/${file}`, 'utf8'))?.[1] ?? 0);
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
      'Virtual memory size in bytes.',
      () => numberIn('status', /^VmSize:\s+(\d+)/m) * 1024,
    ),
    gauge('process_open_fds', 'Number of open file descriptors.', openFiles),
    gauge('process_max_fds', 'Maximum number of open file descriptors.', () =>
      numberIn('limits', /^Max open files\s+(\d+)/m),
    ),
    gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => startSeconds),
  ];
}
