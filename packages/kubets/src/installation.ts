import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the running bundle: everything that ships stands in it or beside it. */
const distDir = dirname(fileURLToPath(import.meta.url));
const packageDir = dirname(distDir);

/** The bundle that `node` runs for every command. */
export const programPath = join(distDir, 'kubets.mjs');
/** The bundle that the cluster's DNS pods run, whole in one file. */
export const dnsProgramPath = join(distDir, 'system', 'dns.mjs');
export const superviseScriptPath = join(packageDir, 'bin', 'supervise.sh');
export const samplesDir = join(distDir, 'samples');

/** The version of this installation, as its package.json has it. */
export const version: string = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')).version;
/** The Kubernetes version that the API server speaks, as it tells it; nodes report the same. */
export const KUBERNETES_VERSION = 'v1.36.2+kubets';
