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
import { STOP_SIGNALS } from './stop-signal.ts';

export const ConfigMapEnvSource = message(
  'io.k8s.api.core.v1.ConfigMapEnvSource',
  'Names a ConfigMap whose entries become environment variables.',
  {
    optional: field(2, bool, 'Whether the ConfigMap may be missing.').pointer(),
    ...inline(1, LocalObjectReference),
  },
);
export interface ConfigMapEnvSource extends Infer<typeof ConfigMapEnvSource> {}

export const EnvVarSource = message(
  'io.k8s.api.core.v1.EnvVarSource',
  'Where the value of an environment variable comes from; exactly one source.',
  {
    fieldRef: field(1, ObjectFieldSelector, 'A field of the pod, such as its name or address.'),
    resourceFieldRef: field(2, ResourceFieldSelector, 'What the container requests of a resource, or is limited to.'),
    configMapKeyRef: field(3, ConfigMapKeySelector, "A key of a ConfigMap in the pod's namespace."),
    secretKeyRef: field(4, SecretKeySelector, "A key of a Secret in the pod's namespace."),
    fileKeyRef: field(5, FileKeySelector, 'A variable in a file of a volume, written by an init container.'),
  },
);
export interface EnvVarSource extends Infer<typeof EnvVarSource> {}

export const EnvVar = message('io.k8s.api.core.v1.EnvVar', 'One environment variable of a container.', {
  name: field(1, string, 'Name of the variable.').required().default(''),
  value: field(2, string, 'Value; $(NAME) stands for variables defined before, and $$ for a dollar sign.'),
  valueFrom: field(3, EnvVarSource, 'Where the value comes from, if it is not given here.'),
});
export interface EnvVar extends Infer<typeof EnvVar> {}

export const SecretEnvSource = message(
  'io.k8s.api.core.v1.SecretEnvSource',
  'Names a Secret whose entries become environment variables.',
  {
    optional: field(2, bool, 'Whether the Secret may be missing.').pointer(),
    ...inline(1, LocalObjectReference),
  },
);
export interface SecretEnvSource extends Infer<typeof SecretEnvSource> {}

export const EnvFromSource = message(
  'io.k8s.api.core.v1.EnvFromSource',
  'Environment variables from all entries of a ConfigMap or Secret.',
  {
    prefix: field(1, string, 'Text put before the name of each variable.'),
    configMapRef: field(2, ConfigMapEnvSource, 'ConfigMap whose entries are taken.'),
    secretRef: field(3, SecretEnvSource, 'Secret whose entries are taken.'),
  },
);
export interface EnvFromSource extends Infer<typeof EnvFromSource> {}

export const ExecAction = message('io.k8s.api.core.v1.ExecAction', 'A command to run in the container.', {
  command: field(
    1,
    list(string),
    'The command and its arguments; no shell is involved, and exit code 0 is success.',
  ).atomic(),
});
export interface ExecAction extends Infer<typeof ExecAction> {}

export const HTTPHeader = message('io.k8s.api.core.v1.HTTPHeader', 'One header of an HTTP request.', {
  name: field(1, string, 'Name of the header, in any case.').required().default(''),
  value: field(2, string, 'Value of the header.').required().default(''),
});
export interface HTTPHeader extends Infer<typeof HTTPHeader> {}

export const HTTPGetAction = message('io.k8s.api.core.v1.HTTPGetAction', 'An HTTP GET request to the container.', {
  path: field(1, string, 'Path to ask for.'),
  port: field(2, intOrString, 'Port of the container, by number or by name.').required(),
  host: field(3, string, "Host to connect to; the pod's own address by default."),
  scheme: field(4, string, 'HTTP or HTTPS; certificates are not checked.').oneOf('HTTP', 'HTTPS'),
  httpHeaders: field(5, list(HTTPHeader), 'Headers to send; names may repeat.').atomic(),
});
export interface HTTPGetAction extends Infer<typeof HTTPGetAction> {}

export const SleepAction = message('io.k8s.api.core.v1.SleepAction', 'A time to wait.', {
  seconds: field(1, int64, 'How many seconds to wait.').required().default(0),
});
export interface SleepAction extends Infer<typeof SleepAction> {}

export const TCPSocketAction = message('io.k8s.api.core.v1.TCPSocketAction', 'A TCP connection to the container.', {
  port: field(1, intOrString, 'Port of the container, by number or by name.').required(),
  host: field(2, string, "Host to connect to; the pod's own address by default."),
});
export interface TCPSocketAction extends Infer<typeof TCPSocketAction> {}

export const LifecycleHandler = message(
  'io.k8s.api.core.v1.LifecycleHandler',
  "What to do at a point in a container's life; exactly one action.",
  {
    exec: field(1, ExecAction, 'Run a command in the container.'),
    httpGet: field(2, HTTPGetAction, 'Send an HTTP request.'),
    tcpSocket: field(3, TCPSocketAction, 'Not supported as a hook, and kept for old manifests only.'),
    sleep: field(4, SleepAction, 'Wait for some time.'),
  },
);
export interface LifecycleHandler extends Infer<typeof LifecycleHandler> {}

export const Lifecycle = message(
  'io.k8s.api.core.v1.Lifecycle',
  'What to do after a container starts and before it stops.',
  {
    postStart: field(
      1,
      LifecycleHandler,
      'Done right after the container is created; if it fails, the container is restarted.',
    ),
    preStop: field(
      2,
      LifecycleHandler,
      'Done before the container is told to stop; its time counts against the grace period.',
    ),
    stopSignal: field(3, string, 'Signal that tells the container to stop; needs spec.os.name to be set.')
      .pointer()
      .oneOf(...STOP_SIGNALS),
  },
);
export interface Lifecycle extends Infer<typeof Lifecycle> {}

export const GRPCAction = message('io.k8s.api.core.v1.GRPCAction', 'A call of the gRPC health service.', {
  port: field(1, int32, 'Port number of the service.').required().default(0),
  service: field(2, string, 'Name to ask the health service about; empty for the server as a whole.')
    .pointer()
    .default(''),
});
export interface GRPCAction extends Infer<typeof GRPCAction> {}

export const ProbeHandler = message('io.k8s.api.core.v1.ProbeHandler', 'How a container is probed; exactly one way.', {
  exec: field(1, ExecAction, 'Run a command in the container.'),
  httpGet: field(2, HTTPGetAction, 'Send an HTTP request; codes from 200 to 399 are success.'),
  tcpSocket: field(3, TCPSocketAction, 'Open a TCP connection.'),
  grpc: field(4, GRPCAction, 'Call the gRPC health service.'),
});
export interface ProbeHandler extends Infer<typeof ProbeHandler> {}

export const Probe = message(
  'io.k8s.api.core.v1.Probe',
  'A check that the kubelet repeats to learn how a container is.',
  {
    initialDelaySeconds: field(2, int32, 'How long to wait after the start of the container before the first check.'),
    ...inline(1, ProbeHandler),
    timeoutSeconds: field(3, int32, 'How long a check may take; 1 by default.'),
    periodSeconds: field(4, int32, 'Time from one check to the next; 10 by default.'),
    successThreshold: field(5, int32, 'How many checks in a row must succeed after a failure; 1 by default.'),
    failureThreshold: field(6, int32, 'How many checks in a row must fail before it counts; 3 by default.'),
    terminationGracePeriodSeconds: field(
      7,
      int64,
      "How long the container has to stop when this probe ends it; the pod's by default.",
    ).pointer(),
  },
);
export interface Probe extends Infer<typeof Probe> {}

export const ContainerPort = message('io.k8s.api.core.v1.ContainerPort', 'A port that a container listens on.', {
  name: field(1, string, 'Name that services can refer to the port by; unique in the pod.'),
  hostPort: field(2, int32, 'Port of the host that leads to this one; most containers need none.'),
  containerPort: field(3, int32, 'Port number in the pod.').required().default(0),
  protocol: field(4, string, 'Transport protocol: TCP, UDP or SCTP.').default('TCP').oneOf('SCTP', 'TCP', 'UDP'),
  hostIP: field(5, string, 'Address of the host that the host port is bound to.'),
});
export interface ContainerPort extends Infer<typeof ContainerPort> {}

export const ContainerResizePolicy = message(
  'io.k8s.api.core.v1.ContainerResizePolicy',
  'Whether a container is restarted when one of its resources changes.',
  {
    resourceName: field(1, string, 'Resource that this is about: cpu or memory.').required().default(''),
    restartPolicy: field(2, string, 'NotRequired to change it in place, RestartContainer to restart.')
      .required()
      .default(''),
  },
);
export interface ContainerResizePolicy extends Infer<typeof ContainerResizePolicy> {}

export const ContainerResourceClaim = message(
  'io.k8s.api.core.v1.ResourceClaim',
  "Names one of the pod's resource claims that a container uses.",
  {
    name: field(1, string, 'Name of the entry in spec.resourceClaims.').required().default(''),
    request: field(2, string, 'Which request of the claim is meant; all of it by default.'),
  },
);
export interface ContainerResourceClaim extends Infer<typeof ContainerResourceClaim> {}

export const ResourceRequirements = message(
  'io.k8s.api.core.v1.ResourceRequirements',
  'How much of each resource is reserved, and how much may be used.',
  {
    limits: field(1, map(quantity), 'Most that may be used, by resource.'),
    requests: field(2, map(quantity), 'What is reserved, by resource; the limits by default.'),
    claims: field(3, list(ContainerResourceClaim), 'Entries of spec.resourceClaims that the container uses.').mapOf(
      'name',
    ),
  },
);
export interface ResourceRequirements extends Infer<typeof ResourceRequirements> {}

export const ContainerRestartRuleOnExitCodes = message(
  'io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes',
  'Tells by its exit code whether a rule applies to a container that ended.',
  {
    operator: field(1, string, 'In or NotIn.').required(),
    values: field(2, list(int32), 'Exit codes to compare with.').set(),
  },
);
export interface ContainerRestartRuleOnExitCodes extends Infer<typeof ContainerRestartRuleOnExitCodes> {}

export const ContainerRestartRule = message(
  'io.k8s.api.core.v1.ContainerRestartRule',
  'What to do with a container that ended, under some condition.',
  {
    action: field(1, string, 'What to do: Restart.').required(),
    exitCodes: field(2, ContainerRestartRuleOnExitCodes, 'Exit codes for which it is done.'),
  },
);
export interface ContainerRestartRule extends Infer<typeof ContainerRestartRule> {}

export const VolumeDevice = message('io.k8s.api.core.v1.VolumeDevice', 'A raw block device in a container.', {
  name: field(1, string, 'Name of the volume, which must come from a claim.').required().default(''),
  devicePath: field(2, string, 'Path of the device in the container.').required().default(''),
});
export interface VolumeDevice extends Infer<typeof VolumeDevice> {}

export const VolumeMount = message('io.k8s.api.core.v1.VolumeMount', 'A volume in the file system of a container.', {
  name: field(1, string, 'Name of the volume.').required().default(''),
  readOnly: field(2, bool, 'Whether the container cannot write to it.'),
  mountPath: field(3, string, 'Path in the container at which the volume appears.').required().default(''),
  subPath: field(4, string, 'Path in the volume that appears, in place of its root.'),
  mountPropagation: field(
    5,
    string,
    'Whether mounts made later are seen on the other side: None, HostToContainer or Bidirectional.',
  )
    .pointer()
    .oneOf('Bidirectional', 'HostToContainer', 'None'),
  subPathExpr: field(6, string, 'As subPath, with $(NAME) standing for environment variables of the container.'),
  recursiveReadOnly: field(
    7,
    string,
    'Whether read-only holds for mounts below too: Disabled, IfPossible or Enabled.',
  ).pointer(),
});
export interface VolumeMount extends Infer<typeof VolumeMount> {}

/** Fields that all containers have. */
const containerFields = {
  name: field(1, string, 'Name of the container, a DNS label unique in the pod; it cannot change.')
    .required()
    .default(''),
  image: field(2, string, 'Image to run.'),
  command: field(3, list(string), 'Program to run and its first arguments; that of the image by default.').atomic(),
  args: field(4, list(string), 'Arguments of the program; those of the image by default.').atomic(),
  workingDir: field(5, string, 'Directory to start in; that of the image by default.'),
  ports: field(6, list(ContainerPort), 'Ports that the container listens on; others can be reached as well.')
    .mapOf('containerPort', 'protocol')
    .mergeBy('containerPort'),
  env: field(7, list(EnvVar), 'Environment variables.').mapOf('name').mergeBy('name'),
  resources: field(8, ResourceRequirements, 'Resources that the container needs and may use.').default({}),
  volumeMounts: field(9, list(VolumeMount), "Volumes in the container's file system.")
    .mapOf('mountPath')
    .mergeBy('mountPath'),
  livenessProbe: field(10, Probe, 'Check that restarts the container when it fails.'),
  readinessProbe: field(11, Probe, 'Check that takes the pod out of its services when it fails.'),
  lifecycle: field(12, Lifecycle, 'What to do after the container starts and before it stops.'),
  terminationMessagePath: field(13, string, 'File from which the last words of the container are taken.'),
  imagePullPolicy: field(14, string, 'When the image is pulled: Always, IfNotPresent or Never.').oneOf(
    'Always',
    'IfNotPresent',
    'Never',
  ),
  securityContext: field(15, SecurityContext, 'Settings of security; they come before those of the pod.'),
  stdin: field(16, bool, 'Whether the container has a standard input that stays open.'),
  stdinOnce: field(17, bool, 'Whether standard input is closed after the first client has left.'),
  tty: field(18, bool, 'Whether the container has a terminal.'),
  envFrom: field(
    19,
    list(EnvFromSource),
    'ConfigMaps and Secrets all of whose entries become environment variables.',
  ).atomic(),
  terminationMessagePolicy: field(
    20,
    string,
    'Where last words come from: File, or FallbackToLogsOnError for the log.',
  ).oneOf('FallbackToLogsOnError', 'File'),
  volumeDevices: field(21, list(VolumeDevice), 'Raw block devices in the container.')
    .mapOf('devicePath')
    .mergeBy('devicePath'),
  startupProbe: field(
    22,
    Probe,
    'Check that must succeed before the other probes begin; the container is restarted if it fails.',
  ),
  resizePolicy: field(
    23,
    list(ContainerResizePolicy),
    'Whether the container is restarted when its resources change.',
  ).atomic(),
  restartPolicy: field(
    24,
    string,
    'When this container is restarted; Always makes an init container a sidecar.',
  ).pointer(),
  restartPolicyRules: field(25, list(ContainerRestartRule), 'Rules that come before restartPolicy, in order.').atomic(),
};

export const Container = message('io.k8s.api.core.v1.Container', 'A container that runs in a pod.', containerFields);
export interface Container extends Infer<typeof Container> {}

export const EphemeralContainerCommon = message(
  'io.k8s.api.core.v1.EphemeralContainerCommon',
  'What ephemeral containers have in common with others.',
  containerFields,
);
export interface EphemeralContainerCommon extends Infer<typeof EphemeralContainerCommon> {}

export const EphemeralContainer = message(
  'io.k8s.api.core.v1.EphemeralContainer',
  'A container added to a running pod to look into it; it is never restarted.',
  {
    targetContainerName: field(2, string, 'Container whose processes this one sees.'),
    ...inline(1, EphemeralContainerCommon),
  },
);
export interface EphemeralContainer extends Infer<typeof EphemeralContainer> {}
