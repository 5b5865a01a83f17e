export type { ClusterEvent, Plugin, PodJudge, Refusal, Rejection } from './framework/plugin.ts';
export * from './start.ts';
