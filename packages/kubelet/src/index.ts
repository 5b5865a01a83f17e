export { DEFAULT_CONFIG, type KubeletConfig, type PodCgroups } from './context.ts';
export { type Kubelet, type KubeletOptions, startKubelet } from './kubelet.ts';
export type { DiskUsage, Machine, MachineFacts, MachineUsage } from './node-status.ts';
export { podStatus } from './pod/status.ts';
export { type PodAction, type PodStep, stepPod } from './pod/step.ts';
export type { PodView } from './pod/view.ts';
export type { PodWorker } from './pod/worker.ts';
export type { GrpcProbe, HttpProbe, ProbeOutcome, ProbeTransport, TcpProbe } from './probes/transport.ts';
export * from './runtime.ts';
export { type SimulatedMachineOptions, simulatedMachine } from './simulated/machine.ts';
export {
  type ContainerBehaviour,
  type SimulatedBehaviours,
  type SimulatedProbe,
  type SimulatedRuntime,
  type SimulatedRuntimeOptions,
  simulatedRuntime,
} from './simulated/runtime.ts';
export { simulatedVolumes } from './simulated/volumes.ts';
export type { StaticPodSource } from './static-pods.ts';
export { ObjectSources } from './volumes/sources.ts';
export { type ContainerFiles, type MountRequest, type PodVolumes, VolumeError } from './volumes/volumes.ts';
