// `npm start`: everything from a fresh clone to a running cluster. Arguments after `--` go to `kubets up`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildIfStale, installDependencies, root } from './setup.mjs';

installDependencies();
buildIfStale();
const program = join(root, 'packages', 'kubets', 'bin', 'kubets.mjs');
const child = spawn(process.execPath, [program, 'up', ...process.argv.slice(2)], { stdio: 'inherit' });
// Ctrl-C reaches the program by itself, since it is in the foreground too; this process only has to outlive it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
