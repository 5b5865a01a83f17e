export * from './cluster.ts';
export * from './pod-runner.ts';
export type { SimulatedNode } from './simulated-nodes.ts';
