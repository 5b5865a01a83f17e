import type { Diagnosis } from './algorithm.ts';

/** Counts equal reasons and puts them into one sentence, as `kubectl describe` shows them. */
export function summarize(totalNodes: number, reasons: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const head = `0/${totalNodes} nodes are available`;
  return parts.length > 0 ? `${head}: ${parts.join(', ')}.` : `${head}.`;
}

/** Why a pod could not be scheduled, with what preemption had to say about it. */
export function explain({ totalNodes, refusals, rejection }: Diagnosis, preemption: string | undefined): string {
  if (totalNodes === 0) return 'no nodes available to schedule pods';
  const why = rejection
    ? `0/${totalNodes} nodes are available: ${rejection.reason}.`
    : summarize(
        totalNodes,
        [...refusals.values()].flatMap(({ reasons }) => reasons),
      );
  return preemption ? `${why} preemption: ${preemption}` : why;
}
