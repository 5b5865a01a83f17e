import { labels, type MetricFamily } from '../pipeline/metrics.ts';
import type { PriorityAndFairness } from './flow-control.ts';
import type { PriorityLevel } from './priority-level.ts';

/** Seats and queues of every priority level. */
export function flowControlMetrics(flowControl: PriorityAndFairness): MetricFamily[] {
  const family = (name: string, help: string, read: (level: PriorityLevel) => number): MetricFamily => ({
    name,
    help,
    type: 'gauge',
    *lines() {
      for (const level of flowControl.levels()) yield `${name}${labels({ priority_level: level.name })} ${read(level)}`;
    },
  });
  const prefix = 'apiserver_flowcontrol';
  return [
    family(`${prefix}_current_executing_seats`, 'Number of seats in use per priority level.', (level) => level.inUse),
    family(
      `${prefix}_current_inqueue_requests`,
      'Number of requests waiting per priority level.',
      (level) => level.waiting,
    ),
    family(`${prefix}_nominal_limit_seats`, 'Nominal number of seats per priority level.', (level) => level.seats),
  ];
}
