export { type CniOptions, cniConfig, writeCniConfig } from './cni/config.ts';
export { type Containerd, type ContainerdOptions, checkContainerd, startContainerd } from './containerd/containerd.ts';
export { type CriRuntime, type CriRuntimeOptions, criRuntime } from './cri/runtime.ts';
export { podCgroups } from './machine/cgroups.ts';
export { type LinuxMachineOptions, linuxMachine } from './machine/machine.ts';
export { type NodeKubelet, type NodeKubeletOptions, startNodeKubelet } from './node-kubelet.ts';
export { networkProbes } from './probes/transport.ts';
export { cniNetworkNamespaces, type RemoveNodeOptions, removeNode } from './remove.ts';
export { type NodeVolumesOptions, nodeVolumes } from './volumes/volumes.ts';
