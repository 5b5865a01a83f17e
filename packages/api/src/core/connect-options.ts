import { bool, field, type Infer, int32, int64, list, message, string, time } from '@kubets/core';

/** Query parameters of the streaming subresources, as messages. */

const stream = {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  stdin: field(1, bool, 'Send standard input to the container.'),
  stdout: field(2, bool, 'Receive the standard output.'),
  stderr: field(3, bool, 'Receive the standard error.'),
  tty: field(4, bool, 'Use a terminal.'),
  container: field(5, string, 'Container meant; the only one by default.'),
};

export const PodAttachOptions = message('io.k8s.api.core.v1.PodAttachOptions', 'Parameters of attach.', { ...stream });
export interface PodAttachOptions extends Infer<typeof PodAttachOptions> {}

export const PodExecOptions = message('io.k8s.api.core.v1.PodExecOptions', 'Parameters of exec.', {
  ...stream,
  command: field(6, list(string), 'The command and its arguments; no shell is involved.').required().atomic(),
});
export interface PodExecOptions extends Infer<typeof PodExecOptions> {}

export const PodLogOptions = message('io.k8s.api.core.v1.PodLogOptions', 'Parameters of log.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  container: field(1, string, 'Container meant; the only one by default.'),
  follow: field(2, bool, 'Go on as more is written.'),
  previous: field(3, bool, 'The log of the container before its last restart.'),
  sinceSeconds: field(4, int64, 'Only what is younger.').pointer(),
  sinceTime: field(5, time, 'Only what came after.').pointer(),
  timestamps: field(6, bool, 'Begin each line with its time.'),
  tailLines: field(7, int64, 'Only so many lines from the end.').pointer(),
  limitBytes: field(8, int64, 'Stop after so many bytes.').pointer(),
  insecureSkipTLSVerifyBackend: field(9, bool, 'Do not check the certificate of the kubelet.'),
  stream: field(10, string, 'All, Stdout or Stderr.').pointer(),
});
export interface PodLogOptions extends Infer<typeof PodLogOptions> {}

export const PodPortForwardOptions = message(
  'io.k8s.api.core.v1.PodPortForwardOptions',
  'Parameters of port-forward over WebSocket.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    ports: field(1, list(int32), 'Ports to forward.').atomic(),
  },
);
export interface PodPortForwardOptions extends Infer<typeof PodPortForwardOptions> {}

const proxied = {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  path: field(1, string, 'The part of the URL behind the proxy.'),
};

export const PodProxyOptions = message('io.k8s.api.core.v1.PodProxyOptions', 'Parameters of a pod proxy.', {
  ...proxied,
});
export interface PodProxyOptions extends Infer<typeof PodProxyOptions> {}

export const NodeProxyOptions = message('io.k8s.api.core.v1.NodeProxyOptions', 'Parameters of a node proxy.', {
  ...proxied,
});
export interface NodeProxyOptions extends Infer<typeof NodeProxyOptions> {}

export const ServiceProxyOptions = message('io.k8s.api.core.v1.ServiceProxyOptions', 'Parameters of a service proxy.', {
  ...proxied,
});
export interface ServiceProxyOptions extends Infer<typeof ServiceProxyOptions> {}
