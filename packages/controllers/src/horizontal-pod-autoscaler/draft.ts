import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition } from '@kubets/api';
import { withCondition } from '../conditions.ts';

/** The status being put together. */
export class Draft {
  readonly #hpa: HorizontalPodAutoscaler;
  readonly #nowMs: number;
  #conditions: HorizontalPodAutoscalerCondition[];

  constructor(hpa: HorizontalPodAutoscaler, nowMs: number) {
    this.#hpa = hpa;
    this.#nowMs = nowMs;
    this.#conditions = [...(hpa.status?.conditions ?? [])];
  }

  set(type: string, status: string, reason: string, message: string): void {
    this.#conditions = withCondition(this.#conditions, { type, status, reason, message }, this.#nowMs);
  }

  status(
    next: Partial<NonNullable<HorizontalPodAutoscaler['status']>>,
  ): NonNullable<HorizontalPodAutoscaler['status']> {
    const { generation } = this.#hpa.metadata;
    return {
      ...this.#hpa.status,
      ...(generation ? { observedGeneration: generation } : {}),
      desiredReplicas: this.#hpa.status?.desiredReplicas ?? 0,
      ...next,
      conditions: this.#conditions,
    };
  }
}
