import { formatTime } from '@kubets/client';

interface ConditionShape {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** Sets one condition of a list; the time of its transition moves only with its status. Equal content gives the same list. */
export function withCondition<C extends ConditionShape>(
  conditions: readonly C[] | undefined,
  next: Omit<C, 'lastTransitionTime'>,
  nowMs: number,
): C[] {
  const list = conditions ?? [];
  const current = list.find(({ type }) => type === next.type);
  const lastTransitionTime =
    current?.status === next.status && current.lastTransitionTime ? current.lastTransitionTime : formatTime(nowMs);
  const merged = { ...next, lastTransitionTime } as C;
  return current ? list.map((condition) => (condition === current ? merged : condition)) : [...list, merged];
}
