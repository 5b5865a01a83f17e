import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dnsProgramPath, version } from '../installation.ts';

const SYSTEM_IMAGE = 'kubets.dev/system';

/** Name of the system image that belongs to this very build: another build of the same version has another tag. */
export function systemImageName(): string {
  const build = createHash('sha256')
    .update(readFileSync(dnsProgramPath))
    .update(process.version)
    .digest('hex')
    .slice(0, 10);
  return `${SYSTEM_IMAGE}:${version}-${build}`;
}
