// Everything that can be checked without running: types, lint and format, floors, dead exports.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
process.chdir(root);
if (!existsSync(join(root, 'node_modules'))) {
  console.log('check: installing npm dependencies');
  const install = spawnSync('npm', ['ci'], { stdio: 'inherit' });
  if (install.status !== 0) process.exit(install.status ?? 1);
}

const bin = (name) => join(root, 'node_modules', '.bin', name);
const steps = [
  ['types', bin('tsc'), ['-p', '.']],
  ['lint and format', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['floors', process.execPath, ['scripts/floors.mjs']],
];

let failed = 0;
for (const [name, command, args] of steps) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) failed++;
  console.log(`check: ${name} ${status === 0 ? 'ok' : 'FAILED'}`);
}
process.exit(failed ? 1 : 0);
