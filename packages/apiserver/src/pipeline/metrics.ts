import type { ResourceRef } from '@kubets/client';
import type { RequestInfo } from './request-info.ts';

/** What the pipeline tells of the requests it serves. */
export interface RequestMetrics {
  observe(info: RequestInfo, code: number, durationMs: number): void;
  watchStarted(resource: ResourceRef): void;
  watchEnded(resource: ResourceRef): void;
}
