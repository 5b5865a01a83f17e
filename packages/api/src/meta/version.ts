import { field, type Infer, message, string } from '@kubets/core';

export const VersionInfo = message(
  'io.k8s.apimachinery.pkg.version.Info',
  'Which version of Kubernetes the server speaks, and how it was built.',
  {
    buildDate: field(0, string, 'When the program was built.').required().default(''),
    compiler: field(0, string, 'Compiler that the program was built with.').required().default(''),
    emulationMajor: field(0, string, 'Major number of the version that the server behaves as.'),
    emulationMinor: field(0, string, 'Minor number of the version that the server behaves as.'),
    gitCommit: field(0, string, 'Commit that the program was built from.').required().default(''),
    gitTreeState: field(0, string, 'Whether the sources had changes beyond the commit: clean or dirty.')
      .required()
      .default(''),
    gitVersion: field(0, string, 'Full version, such as v1.36.0.').required().default(''),
    goVersion: field(0, string, 'Version of the language that the program was built with.').required().default(''),
    major: field(0, string, 'Major number of the version.').required().default(''),
    minCompatibilityMajor: field(0, string, 'Major number of the oldest version that the server can work with.'),
    minCompatibilityMinor: field(0, string, 'Minor number of the oldest version that the server can work with.'),
    minor: field(0, string, 'Minor number of the version.').required().default(''),
    platform: field(0, string, 'Operating system and processor that the program runs on.').required().default(''),
  },
);
export interface VersionInfo extends Infer<typeof VersionInfo> {}
