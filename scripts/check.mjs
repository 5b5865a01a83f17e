// Everything that can be checked without running: types, lint and format, floors, dead exports.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installDependencies, root } from './setup.mjs';

process.chdir(root);
installDependencies();

const bin = (name) => join(root, 'node_modules', '.bin', name);
const steps = [
  ['types', bin('tsc'), ['-p', '.']],
  ['lint and format', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['floors', process.execPath, ['scripts/floors.mjs']],
  ['dead exports', bin('knip'), ['--no-progress', '--no-config-hints']],
];

let failed = 0;
for (const [name, command, args] of steps) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) failed++;
  console.log(`check: ${name} ${status === 0 ? 'ok' : 'FAILED'}`);
}
process.exit(failed ? 1 : 0);
