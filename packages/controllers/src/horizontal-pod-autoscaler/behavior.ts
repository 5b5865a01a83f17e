import type { HorizontalPodAutoscaler, HPAScalingRules } from '@kubets/api';

export interface Past {
  readonly atMs: number;
  readonly value: number;
}

/** What an autoscaler has to remember between two looks. */
export interface Memory {
  readonly recommendations: readonly Past[];
  /** Changes made, up positive and down negative. */
  readonly changes: readonly Past[];
}

const DEFAULT_UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const DEFAULT_DOWN: HPAScalingRules = {
  stabilizationWindowSeconds: 300,
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

export interface Limited {
  readonly replicas: number;
  readonly stabilized: boolean;
  readonly limit: 'none' | 'min' | 'max' | 'upRate' | 'downRate';
}

function within(past: readonly Past[], seconds: number, nowMs: number): readonly Past[] {
  return past.filter(({ atMs }) => atMs > nowMs - seconds * 1000);
}

/** Keeps a recommendation within the autoscaler's bounds, and its changes slow and steady. */
export function limitReplicas(
  options: { hpa: HorizontalPodAutoscaler; current: number; desired: number; memory: Memory },
  nowMs: number,
): Limited {
  const { hpa, current, desired, memory } = options;
  const up = { ...DEFAULT_UP, ...hpa.spec.behavior?.scaleUp };
  const down = { ...DEFAULT_DOWN, ...hpa.spec.behavior?.scaleDown };
  const steady = stabilize({ current, desired, memory, up, down }, nowMs);
  const { minReplicas = 1, maxReplicas } = hpa.spec;
  const stabilized = steady !== desired;
  if (steady > current) {
    const rate = Math.max(current, upLimit(current, up, memory, nowMs));
    const ceiling = Math.min(rate, maxReplicas);
    if (steady > ceiling) return { replicas: ceiling, stabilized, limit: maxReplicas <= rate ? 'max' : 'upRate' };
  } else if (steady < current) {
    const rate = Math.min(current, downLimit(current, down, memory, nowMs));
    const floor = Math.max(rate, minReplicas);
    if (steady < floor) return { replicas: floor, stabilized, limit: minReplicas >= rate ? 'min' : 'downRate' };
  }
  if (steady > maxReplicas) return { replicas: maxReplicas, stabilized, limit: 'max' };
  if (steady < minReplicas) return { replicas: minReplicas, stabilized, limit: 'min' };
  return { replicas: steady, stabilized, limit: 'none' };
}

/** The most cautious of the recommendations of the stabilization window. */
function stabilize(
  options: { current: number; desired: number; memory: Memory; up: HPAScalingRules; down: HPAScalingRules },
  nowMs: number,
): number {
  const { current, desired, memory, up, down } = options;
  const values = (rules: HPAScalingRules) =>
    within(memory.recommendations, rules.stabilizationWindowSeconds ?? 0, nowMs).map(({ value }) => value);
  const lowest = Math.min(desired, ...values(up));
  const highest = Math.max(desired, ...values(down));
  if (current < lowest) return lowest;
  return Math.min(current, highest);
}

function upLimit(
  current: number,
  { policies = [], selectPolicy }: HPAScalingRules,
  { changes }: Memory,
  nowMs: number,
): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const added = within(changes, periodSeconds, nowMs).reduce((sum, change) => sum + Math.max(0, change.value), 0);
    const start = current - added;
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
  });
  return selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits);
}

function downLimit(
  current: number,
  { policies = [], selectPolicy }: HPAScalingRules,
  { changes }: Memory,
  nowMs: number,
): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const removed = within(changes, periodSeconds, nowMs).reduce((sum, change) => sum - Math.min(0, change.value), 0);
    const start = current + removed;
    return type === 'Pods' ? start - value : Math.floor(start * (1 - value / 100));
  });
  return selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
}
