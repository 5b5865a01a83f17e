import {
  bool,
  field,
  type Infer,
  inline,
  int32,
  int64,
  intOrString,
  list,
  map,
  message,
  quantity,
  string,
} from '@kubets/core';
import {
  ConfigMapKeySelector,
  FileKeySelector,
  LocalObjectReference,
  ObjectFieldSelector,
  ResourceFieldSelector,
  SecretKeySelector,
} from './reference.ts';
import { SecurityContext } from './security-context.ts';

export const ConfigMapEnvSource = message('io.k8s.api.core.v1.ConfigMapEnvSource', '', {
  optional: field(2, bool, ''),
  ...inline(1, LocalObjectReference),
});
export interface ConfigMapEnvSource extends Infer<typeof ConfigMapEnvSource> {}

export const EnvVarSource = message('io.k8s.api.core.v1.EnvVarSource', '', {
  fieldRef: field(1, ObjectFieldSelector, ''),
  resourceFieldRef: field(2, ResourceFieldSelector, ''),
  configMapKeyRef: field(3, ConfigMapKeySelector, ''),
  secretKeyRef: field(4, SecretKeySelector, ''),
  fileKeyRef: field(5, FileKeySelector, ''),
});
export interface EnvVarSource extends Infer<typeof EnvVarSource> {}

export const EnvVar = message('io.k8s.api.core.v1.EnvVar', '', {
  name: field(1, string, '').required().default(''),
  value: field(2, string, ''),
  valueFrom: field(3, EnvVarSource, ''),
});
export interface EnvVar extends Infer<typeof EnvVar> {}

export const SecretEnvSource = message('io.k8s.api.core.v1.SecretEnvSource', '', {
  optional: field(2, bool, ''),
  ...inline(1, LocalObjectReference),
});
export interface SecretEnvSource extends Infer<typeof SecretEnvSource> {}

export const EnvFromSource = message('io.k8s.api.core.v1.EnvFromSource', '', {
  prefix: field(1, string, ''),
  configMapRef: field(2, ConfigMapEnvSource, ''),
  secretRef: field(3, SecretEnvSource, ''),
});
export interface EnvFromSource extends Infer<typeof EnvFromSource> {}

export const ExecAction = message('io.k8s.api.core.v1.ExecAction', '', {
  command: field(1, list(string), '').atomic(),
});
export interface ExecAction extends Infer<typeof ExecAction> {}

export const HTTPHeader = message('io.k8s.api.core.v1.HTTPHeader', '', {
  name: field(1, string, '').required().default(''),
  value: field(2, string, '').required().default(''),
});
export interface HTTPHeader extends Infer<typeof HTTPHeader> {}

export const HTTPGetAction = message('io.k8s.api.core.v1.HTTPGetAction', '', {
  path: field(1, string, ''),
  port: field(2, intOrString, '').required(),
  host: field(3, string, ''),
  scheme: field(4, string, '').oneOf('HTTP', 'HTTPS'),
  httpHeaders: field(5, list(HTTPHeader), '').atomic(),
});
export interface HTTPGetAction extends Infer<typeof HTTPGetAction> {}

export const SleepAction = message('io.k8s.api.core.v1.SleepAction', '', {
  seconds: field(1, int64, '').required().default(0),
});
export interface SleepAction extends Infer<typeof SleepAction> {}

export const TCPSocketAction = message('io.k8s.api.core.v1.TCPSocketAction', '', {
  port: field(1, intOrString, '').required(),
  host: field(2, string, ''),
});
export interface TCPSocketAction extends Infer<typeof TCPSocketAction> {}

export const LifecycleHandler = message('io.k8s.api.core.v1.LifecycleHandler', '', {
  exec: field(1, ExecAction, ''),
  httpGet: field(2, HTTPGetAction, ''),
  tcpSocket: field(3, TCPSocketAction, ''),
  sleep: field(4, SleepAction, ''),
});
export interface LifecycleHandler extends Infer<typeof LifecycleHandler> {}

export const Lifecycle = message('io.k8s.api.core.v1.Lifecycle', '', {
  postStart: field(1, LifecycleHandler, ''),
  preStop: field(2, LifecycleHandler, ''),
  stopSignal: field(3, string, '').oneOf(
    'SIGABRT',
    'SIGALRM',
    'SIGBUS',
    'SIGCHLD',
    'SIGCLD',
    'SIGCONT',
    'SIGFPE',
    'SIGHUP',
    'SIGILL',
    'SIGINT',
    'SIGIO',
    'SIGIOT',
    'SIGKILL',
    'SIGPIPE',
    'SIGPOLL',
    'SIGPROF',
    'SIGPWR',
    'SIGQUIT',
    'SIGRTMAX',
    'SIGRTMAX-1',
    'SIGRTMAX-10',
    'SIGRTMAX-11',
    'SIGRTMAX-12',
    'SIGRTMAX-13',
    'SIGRTMAX-14',
    'SIGRTMAX-2',
    'SIGRTMAX-3',
    'SIGRTMAX-4',
    'SIGRTMAX-5',
    'SIGRTMAX-6',
    'SIGRTMAX-7',
    'SIGRTMAX-8',
    'SIGRTMAX-9',
    'SIGRTMIN',
    'SIGRTMIN+1',
    'SIGRTMIN+10',
    'SIGRTMIN+11',
    'SIGRTMIN+12',
    'SIGRTMIN+13',
    'SIGRTMIN+14',
    'SIGRTMIN+15',
    'SIGRTMIN+2',
    'SIGRTMIN+3',
    'SIGRTMIN+4',
    'SIGRTMIN+5',
    'SIGRTMIN+6',
    'SIGRTMIN+7',
    'SIGRTMIN+8',
    'SIGRTMIN+9',
    'SIGSEGV',
    'SIGSTKFLT',
    'SIGSTOP',
    'SIGSYS',
    'SIGTERM',
    'SIGTRAP',
    'SIGTSTP',
    'SIGTTIN',
    'SIGTTOU',
    'SIGURG',
    'SIGUSR1',
    'SIGUSR2',
    'SIGVTALRM',
    'SIGWINCH',
    'SIGXCPU',
    'SIGXFSZ',
  ),
});
export interface Lifecycle extends Infer<typeof Lifecycle> {}

export const GRPCAction = message('io.k8s.api.core.v1.GRPCAction', '', {
  port: field(1, int32, '').required().default(0),
  service: field(2, string, '').default(''),
});
export interface GRPCAction extends Infer<typeof GRPCAction> {}

export const ProbeHandler = message('io.k8s.api.core.v1.ProbeHandler', '', {
  exec: field(1, ExecAction, ''),
  httpGet: field(2, HTTPGetAction, ''),
  tcpSocket: field(3, TCPSocketAction, ''),
  grpc: field(4, GRPCAction, ''),
});
export interface ProbeHandler extends Infer<typeof ProbeHandler> {}

export const Probe = message('io.k8s.api.core.v1.Probe', '', {
  initialDelaySeconds: field(2, int32, ''),
  ...inline(1, ProbeHandler),
  timeoutSeconds: field(3, int32, ''),
  periodSeconds: field(4, int32, ''),
  successThreshold: field(5, int32, ''),
  failureThreshold: field(6, int32, ''),
  terminationGracePeriodSeconds: field(7, int64, ''),
});
export interface Probe extends Infer<typeof Probe> {}

export const ContainerPort = message('io.k8s.api.core.v1.ContainerPort', '', {
  name: field(1, string, ''),
  hostPort: field(2, int32, ''),
  containerPort: field(3, int32, '').required().default(0),
  protocol: field(4, string, '').default('TCP').oneOf('SCTP', 'TCP', 'UDP'),
  hostIP: field(5, string, ''),
});
export interface ContainerPort extends Infer<typeof ContainerPort> {}

export const ContainerResizePolicy = message('io.k8s.api.core.v1.ContainerResizePolicy', '', {
  resourceName: field(1, string, '').required().default(''),
  restartPolicy: field(2, string, '').required().default(''),
});
export interface ContainerResizePolicy extends Infer<typeof ContainerResizePolicy> {}

export const ContainerResourceClaim = message('io.k8s.api.core.v1.ResourceClaim', '', {
  name: field(1, string, '').required().default(''),
  request: field(2, string, ''),
});
export interface ContainerResourceClaim extends Infer<typeof ContainerResourceClaim> {}

export const ResourceRequirements = message('io.k8s.api.core.v1.ResourceRequirements', '', {
  limits: field(1, map(quantity), ''),
  requests: field(2, map(quantity), ''),
  claims: field(3, list(ContainerResourceClaim), '').mapOf('name'),
});
export interface ResourceRequirements extends Infer<typeof ResourceRequirements> {}

export const ContainerRestartRuleOnExitCodes = message('io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes', '', {
  operator: field(1, string, '').required(),
  values: field(2, list(int32), '').set(),
});
export interface ContainerRestartRuleOnExitCodes extends Infer<typeof ContainerRestartRuleOnExitCodes> {}

export const ContainerRestartRule = message('io.k8s.api.core.v1.ContainerRestartRule', '', {
  action: field(1, string, '').required(),
  exitCodes: field(2, ContainerRestartRuleOnExitCodes, ''),
});
export interface ContainerRestartRule extends Infer<typeof ContainerRestartRule> {}

export const VolumeDevice = message('io.k8s.api.core.v1.VolumeDevice', '', {
  name: field(1, string, '').required().default(''),
  devicePath: field(2, string, '').required().default(''),
});
export interface VolumeDevice extends Infer<typeof VolumeDevice> {}

export const VolumeMount = message('io.k8s.api.core.v1.VolumeMount', '', {
  name: field(1, string, '').required().default(''),
  readOnly: field(2, bool, ''),
  mountPath: field(3, string, '').required().default(''),
  subPath: field(4, string, ''),
  mountPropagation: field(5, string, '').oneOf('Bidirectional', 'HostToContainer', 'None'),
  subPathExpr: field(6, string, ''),
  recursiveReadOnly: field(7, string, ''),
});
export interface VolumeMount extends Infer<typeof VolumeMount> {}

export const Container = message('io.k8s.api.core.v1.Container', '', {
  name: field(1, string, '').required().default(''),
  image: field(2, string, ''),
  command: field(3, list(string), '').atomic(),
  args: field(4, list(string), '').atomic(),
  workingDir: field(5, string, ''),
  ports: field(6, list(ContainerPort), '').mapOf('containerPort', 'protocol').mergeBy('containerPort'),
  env: field(7, list(EnvVar), '').mapOf('name').mergeBy('name'),
  resources: field(8, ResourceRequirements, '').default({}),
  volumeMounts: field(9, list(VolumeMount), '').mapOf('mountPath').mergeBy('mountPath'),
  livenessProbe: field(10, Probe, ''),
  readinessProbe: field(11, Probe, ''),
  lifecycle: field(12, Lifecycle, ''),
  terminationMessagePath: field(13, string, ''),
  imagePullPolicy: field(14, string, '').oneOf('Always', 'IfNotPresent', 'Never'),
  securityContext: field(15, SecurityContext, ''),
  stdin: field(16, bool, ''),
  stdinOnce: field(17, bool, ''),
  tty: field(18, bool, ''),
  envFrom: field(19, list(EnvFromSource), '').atomic(),
  terminationMessagePolicy: field(20, string, '').oneOf('FallbackToLogsOnError', 'File'),
  volumeDevices: field(21, list(VolumeDevice), '').mapOf('devicePath').mergeBy('devicePath'),
  startupProbe: field(22, Probe, ''),
  resizePolicy: field(23, list(ContainerResizePolicy), '').atomic(),
  restartPolicy: field(24, string, ''),
  restartPolicyRules: field(25, list(ContainerRestartRule), '').atomic(),
});
export interface Container extends Infer<typeof Container> {}

export const EphemeralContainerCommon = message('io.k8s.api.core.v1.EphemeralContainerCommon', '', {
  name: field(1, string, '').required().default(''),
  image: field(2, string, ''),
  command: field(3, list(string), '').atomic(),
  args: field(4, list(string), '').atomic(),
  workingDir: field(5, string, ''),
  ports: field(6, list(ContainerPort), '').mapOf('containerPort', 'protocol').mergeBy('containerPort'),
  env: field(7, list(EnvVar), '').mapOf('name').mergeBy('name'),
  resources: field(8, ResourceRequirements, '').default({}),
  volumeMounts: field(9, list(VolumeMount), '').mapOf('mountPath').mergeBy('mountPath'),
  livenessProbe: field(10, Probe, ''),
  readinessProbe: field(11, Probe, ''),
  lifecycle: field(12, Lifecycle, ''),
  terminationMessagePath: field(13, string, ''),
  imagePullPolicy: field(14, string, '').oneOf('Always', 'IfNotPresent', 'Never'),
  securityContext: field(15, SecurityContext, ''),
  stdin: field(16, bool, ''),
  stdinOnce: field(17, bool, ''),
  tty: field(18, bool, ''),
  envFrom: field(19, list(EnvFromSource), '').atomic(),
  terminationMessagePolicy: field(20, string, '').oneOf('FallbackToLogsOnError', 'File'),
  volumeDevices: field(21, list(VolumeDevice), '').mapOf('devicePath').mergeBy('devicePath'),
  startupProbe: field(22, Probe, ''),
  resizePolicy: field(23, list(ContainerResizePolicy), '').atomic(),
  restartPolicy: field(24, string, ''),
  restartPolicyRules: field(25, list(ContainerRestartRule), '').atomic(),
});
export interface EphemeralContainerCommon extends Infer<typeof EphemeralContainerCommon> {}

export const EphemeralContainer = message('io.k8s.api.core.v1.EphemeralContainer', '', {
  targetContainerName: field(2, string, ''),
  ...inline(1, EphemeralContainerCommon),
});
export interface EphemeralContainer extends Infer<typeof EphemeralContainer> {}
