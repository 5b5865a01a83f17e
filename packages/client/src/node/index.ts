export { type HttpTransportOptions, httpTransport } from './http-transport.ts';
export { inClusterOptions } from './in-cluster.ts';
export { type KubeconfigTarget, kubeconfigOptions, readKubeconfig } from './kubeconfig.ts';
export * from './streaming/index.ts';
