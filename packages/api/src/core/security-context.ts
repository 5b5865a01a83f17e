import { bool, field, type Infer, int64, list, message, string } from '@kubets/core';

export const AppArmorProfile = message(
  'io.k8s.api.core.v1.AppArmorProfile',
  '',
  {
    type: field(1, string, '').required().default('').oneOf('Localhost', 'RuntimeDefault', 'Unconfined'),
    localhostProfile: field(2, string, ''),
  },
  { unions: [{ discriminator: 'type', fields: { localhostProfile: 'LocalhostProfile' } }] },
);
export interface AppArmorProfile extends Infer<typeof AppArmorProfile> {}

export const Capabilities = message('io.k8s.api.core.v1.Capabilities', '', {
  add: field(1, list(string), '').atomic(),
  drop: field(2, list(string), '').atomic(),
});
export interface Capabilities extends Infer<typeof Capabilities> {}

export const SELinuxOptions = message('io.k8s.api.core.v1.SELinuxOptions', '', {
  user: field(1, string, ''),
  role: field(2, string, ''),
  type: field(3, string, ''),
  level: field(4, string, ''),
});
export interface SELinuxOptions extends Infer<typeof SELinuxOptions> {}

export const SeccompProfile = message(
  'io.k8s.api.core.v1.SeccompProfile',
  '',
  {
    type: field(1, string, '').required().default('').oneOf('Localhost', 'RuntimeDefault', 'Unconfined'),
    localhostProfile: field(2, string, ''),
  },
  { unions: [{ discriminator: 'type', fields: { localhostProfile: 'LocalhostProfile' } }] },
);
export interface SeccompProfile extends Infer<typeof SeccompProfile> {}

export const Sysctl = message('io.k8s.api.core.v1.Sysctl', '', {
  name: field(1, string, '').required().default(''),
  value: field(2, string, '').required().default(''),
});
export interface Sysctl extends Infer<typeof Sysctl> {}

export const WindowsSecurityContextOptions = message('io.k8s.api.core.v1.WindowsSecurityContextOptions', '', {
  gmsaCredentialSpecName: field(1, string, ''),
  gmsaCredentialSpec: field(2, string, ''),
  runAsUserName: field(3, string, ''),
  hostProcess: field(4, bool, ''),
});
export interface WindowsSecurityContextOptions extends Infer<typeof WindowsSecurityContextOptions> {}

export const PodSecurityContext = message('io.k8s.api.core.v1.PodSecurityContext', '', {
  seLinuxOptions: field(1, SELinuxOptions, ''),
  runAsUser: field(2, int64, ''),
  runAsNonRoot: field(3, bool, ''),
  supplementalGroups: field(4, list(int64), '').atomic(),
  fsGroup: field(5, int64, ''),
  runAsGroup: field(6, int64, ''),
  sysctls: field(7, list(Sysctl), '').atomic(),
  windowsOptions: field(8, WindowsSecurityContextOptions, ''),
  fsGroupChangePolicy: field(9, string, '').oneOf('Always', 'OnRootMismatch'),
  seccompProfile: field(10, SeccompProfile, ''),
  appArmorProfile: field(11, AppArmorProfile, ''),
  supplementalGroupsPolicy: field(12, string, '').oneOf('Merge', 'Strict'),
  seLinuxChangePolicy: field(13, string, ''),
});
export interface PodSecurityContext extends Infer<typeof PodSecurityContext> {}

export const SecurityContext = message('io.k8s.api.core.v1.SecurityContext', '', {
  capabilities: field(1, Capabilities, ''),
  privileged: field(2, bool, ''),
  seLinuxOptions: field(3, SELinuxOptions, ''),
  runAsUser: field(4, int64, ''),
  runAsNonRoot: field(5, bool, ''),
  readOnlyRootFilesystem: field(6, bool, ''),
  allowPrivilegeEscalation: field(7, bool, ''),
  runAsGroup: field(8, int64, ''),
  procMount: field(9, string, '').oneOf('Default', 'Unmasked'),
  windowsOptions: field(10, WindowsSecurityContextOptions, ''),
  seccompProfile: field(11, SeccompProfile, ''),
  appArmorProfile: field(12, AppArmorProfile, ''),
});
export interface SecurityContext extends Infer<typeof SecurityContext> {}
