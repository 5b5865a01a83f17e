// Bundles and starts api-server.ts; node's own flags may be given in NODE_FLAGS (--cpu-prof, say).
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url).pathname;
const outfile = join(mkdtempSync(join(tmpdir(), 'kubets-bench-build-')), 'api-server.mjs');
await build({
  entryPoints: [join(here, 'api-server.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'inline',
  external: ['lmdb'],
  logLevel: 'warning',
  nodePaths: [join(here, '..', 'node_modules')],
  banner: { js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);" },
  plugins: [
    {
      name: 'addons',
      setup: (b) =>
        b.onResolve({ filter: /^lmdb$/ }, () => ({
          path: join(here, '..', 'node_modules', 'lmdb', 'index.js'),
          external: true,
        })),
    },
  ],
});
// As `kubets server` runs: little memory for what dies young.
const child = spawn(
  process.execPath,
  ['--max-semi-space-size=8', ...(process.env.NODE_FLAGS ?? '').split(' ').filter(Boolean), outfile],
  {
    stdio: 'inherit',
  },
);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
