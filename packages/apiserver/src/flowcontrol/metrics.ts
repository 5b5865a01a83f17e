import type { MetricFamily } from '../pipeline/metrics.ts';
import { labels } from '../pipeline/series.ts';
import type { PriorityAndFairness } from './flow-control.ts';
import type { FlowStats } from './stats.ts';

const PREFIX = 'apiserver_flowcontrol';

/** Seats, queues and refusals of every flow schema and priority level. */
export function flowControlMetrics(flowControl: PriorityAndFairness): MetricFamily[] {
  const family = (
    name: string,
    help: string,
    { type = 'gauge', read }: { type?: 'counter' | 'gauge'; read: (stats: FlowStats) => number },
  ): MetricFamily => ({
    name: `${PREFIX}_${name}`,
    help: `[BETA] ${help}`,
    type,
    *lines() {
      for (const stats of flowControl.stats()) yield `${PREFIX}_${name}${labelsOf(stats)} ${read(stats)}`;
    },
  });
  return [
    family(
      'current_executing_requests',
      'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem',
      { read: ({ executing }) => executing },
    ),
    family(
      'current_executing_seats',
      'Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem',
      { read: ({ executing }) => executing },
    ),
    family(
      'current_inqueue_requests',
      'Number of requests currently pending in queues of the API Priority and Fairness subsystem',
      { read: ({ waiting }) => waiting },
    ),
    family('dispatched_requests_total', 'Number of requests executed by API Priority and Fairness subsystem', {
      type: 'counter',
      read: ({ dispatched }) => dispatched,
    }),
    nominalSeats(flowControl),
    rejections(flowControl),
    waits(flowControl),
  ];
}

function labelsOf({ schema, level }: FlowStats): string {
  return labels({ flow_schema: schema, priority_level: level });
}

function nominalSeats(flowControl: PriorityAndFairness): MetricFamily {
  const name = `${PREFIX}_nominal_limit_seats`;
  return {
    name,
    help: '[BETA] Nominal number of execution seats configured for each priority level',
    type: 'gauge',
    *lines() {
      for (const { name: level, seats } of flowControl.levels())
        yield `${name}${labels({ priority_level: level })} ${seats}`;
    },
  };
}

function rejections(flowControl: PriorityAndFairness): MetricFamily {
  const name = `${PREFIX}_rejected_requests_total`;
  return {
    name,
    help: '[BETA] Number of requests rejected by API Priority and Fairness subsystem',
    type: 'counter',
    *lines() {
      for (const { schema, level, rejected } of flowControl.stats())
        for (const [reason, count] of rejected)
          yield `${name}${labels({ flow_schema: schema, priority_level: level, reason })} ${count}`;
    },
  };
}

function waits(flowControl: PriorityAndFairness): MetricFamily {
  const name = `${PREFIX}_request_wait_duration_seconds`;
  return {
    name,
    help: '[BETA] Length of time a request spent waiting in its queue',
    type: 'histogram',
    *lines() {
      for (const stats of flowControl.stats()) yield* stats.waitLines(name);
    },
  };
}
