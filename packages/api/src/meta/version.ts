import { field, type Infer, message, string } from '@kubets/core';

export const VersionInfo = message('io.k8s.apimachinery.pkg.version.Info', '', {
  buildDate: field(0, string, '').required().default(''),
  compiler: field(0, string, '').required().default(''),
  emulationMajor: field(0, string, ''),
  emulationMinor: field(0, string, ''),
  gitCommit: field(0, string, '').required().default(''),
  gitTreeState: field(0, string, '').required().default(''),
  gitVersion: field(0, string, '').required().default(''),
  goVersion: field(0, string, '').required().default(''),
  major: field(0, string, '').required().default(''),
  minCompatibilityMajor: field(0, string, ''),
  minCompatibilityMinor: field(0, string, ''),
  minor: field(0, string, '').required().default(''),
  platform: field(0, string, '').required().default(''),
});
export interface VersionInfo extends Infer<typeof VersionInfo> {}
