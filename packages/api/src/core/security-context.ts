import { bool, field, type Infer, int64, list, message, string } from '@kubets/core';

export const AppArmorProfile = message(
  'io.k8s.api.core.v1.AppArmorProfile',
  'Which AppArmor profile confines a container.',
  {
    type: field(1, string, 'RuntimeDefault, Unconfined, or Localhost for a profile loaded on the node.')
      .required()
      .default('')
      .oneOf('Localhost', 'RuntimeDefault', 'Unconfined'),
    localhostProfile: field(2, string, 'Name of the profile on the node, for type Localhost.').pointer(),
  },
  { unions: [{ discriminator: 'type', fields: { localhostProfile: 'LocalhostProfile' } }] },
);
export interface AppArmorProfile extends Infer<typeof AppArmorProfile> {}

export const Capabilities = message(
  'io.k8s.api.core.v1.Capabilities',
  'Linux capabilities that a container has more or less than usual.',
  {
    add: field(1, list(string), 'Capabilities given to the container.').atomic(),
    drop: field(2, list(string), 'Capabilities taken from the container; ALL for every one.').atomic(),
  },
);
export interface Capabilities extends Infer<typeof Capabilities> {}

export const SELinuxOptions = message('io.k8s.api.core.v1.SELinuxOptions', 'SELinux label of a container.', {
  user: field(1, string, 'User part of the label.'),
  role: field(2, string, 'Role part of the label.'),
  type: field(3, string, 'Type part of the label.'),
  level: field(4, string, 'Level part of the label.'),
});
export interface SELinuxOptions extends Infer<typeof SELinuxOptions> {}

export const SeccompProfile = message(
  'io.k8s.api.core.v1.SeccompProfile',
  'Which system calls a container may make.',
  {
    type: field(1, string, 'RuntimeDefault, Unconfined, or Localhost for a profile kept in a file on the node.')
      .required()
      .default('')
      .oneOf('Localhost', 'RuntimeDefault', 'Unconfined'),
    localhostProfile: field(
      2,
      string,
      "Path of the file below the kubelet's seccomp directory, for type Localhost.",
    ).pointer(),
  },
  { unions: [{ discriminator: 'type', fields: { localhostProfile: 'LocalhostProfile' } }] },
);
export interface SeccompProfile extends Infer<typeof SeccompProfile> {}

export const Sysctl = message('io.k8s.api.core.v1.Sysctl', 'One kernel parameter that is set for a pod.', {
  name: field(1, string, 'Name of the parameter, such as net.core.somaxconn.').required().default(''),
  value: field(2, string, 'Value that the parameter gets.').required().default(''),
});
export interface Sysctl extends Infer<typeof Sysctl> {}

export const WindowsSecurityContextOptions = message(
  'io.k8s.api.core.v1.WindowsSecurityContextOptions',
  'Settings for containers on Windows.',
  {
    gmsaCredentialSpecName: field(1, string, 'Name of the GMSA credential specification to use.').pointer(),
    gmsaCredentialSpec: field(
      2,
      string,
      'The GMSA credential specification itself; filled in by an admission webhook.',
    ).pointer(),
    runAsUserName: field(3, string, "User that the container's process runs as.").pointer(),
    hostProcess: field(
      4,
      bool,
      'Whether the container runs as a process of the host; the same for all of a pod.',
    ).pointer(),
  },
);
export interface WindowsSecurityContextOptions extends Infer<typeof WindowsSecurityContextOptions> {}

export const PodSecurityContext = message(
  'io.k8s.api.core.v1.PodSecurityContext',
  'Settings of security for a whole pod; those of a container come before them.',
  {
    seLinuxOptions: field(1, SELinuxOptions, 'SELinux label of all containers.'),
    runAsUser: field(2, int64, 'User id that processes run as; that of the image by default.').pointer(),
    runAsNonRoot: field(3, bool, 'Whether the kubelet refuses to start containers that would run as root.').pointer(),
    supplementalGroups: field(4, list(int64), 'Further groups that processes belong to.').atomic(),
    fsGroup: field(5, int64, "Group that owns the pod's volumes, and that processes belong to.").pointer(),
    runAsGroup: field(6, int64, 'Group id that processes run as; that of the runtime by default.').pointer(),
    sysctls: field(7, list(Sysctl), "Kernel parameters set in the pod's own namespaces.").atomic(),
    windowsOptions: field(8, WindowsSecurityContextOptions, 'Settings for containers on Windows.'),
    fsGroupChangePolicy: field(9, string, "When the owner of a volume's files is changed: Always or OnRootMismatch.")
      .pointer()
      .oneOf('Always', 'OnRootMismatch'),
    seccompProfile: field(10, SeccompProfile, 'System calls that containers may make.'),
    appArmorProfile: field(11, AppArmorProfile, 'AppArmor profile that confines containers.'),
    supplementalGroupsPolicy: field(12, string, "Whether groups of the image's user count: Merge or Strict.")
      .pointer()
      .oneOf('Merge', 'Strict'),
    seLinuxChangePolicy: field(13, string, 'How volumes get their SELinux label: MountOption or Recursive.').pointer(),
  },
);
export interface PodSecurityContext extends Infer<typeof PodSecurityContext> {}

export const SecurityContext = message(
  'io.k8s.api.core.v1.SecurityContext',
  'Settings of security for one container.',
  {
    capabilities: field(1, Capabilities, 'Capabilities that the container has more or less than usual.'),
    privileged: field(2, bool, 'Whether processes in the container are as good as root on the host.').pointer(),
    seLinuxOptions: field(3, SELinuxOptions, 'SELinux label of the container.'),
    runAsUser: field(4, int64, "User id that the container's process runs as.").pointer(),
    runAsNonRoot: field(
      5,
      bool,
      'Whether the kubelet refuses to start the container if it would run as root.',
    ).pointer(),
    readOnlyRootFilesystem: field(6, bool, "Whether the container's own file system cannot be written to.").pointer(),
    allowPrivilegeEscalation: field(
      7,
      bool,
      'Whether a process may gain more privileges than its parent has.',
    ).pointer(),
    runAsGroup: field(8, int64, "Group id that the container's process runs as.").pointer(),
    procMount: field(9, string, 'How much of /proc is hidden: Default or Unmasked.')
      .pointer()
      .oneOf('Default', 'Unmasked'),
    windowsOptions: field(10, WindowsSecurityContextOptions, 'Settings for containers on Windows.'),
    seccompProfile: field(11, SeccompProfile, 'System calls that the container may make.'),
    appArmorProfile: field(12, AppArmorProfile, 'AppArmor profile that confines the container.'),
  },
);
export interface SecurityContext extends Infer<typeof SecurityContext> {}
