// Bundles and runs registry.ts: the verbs without HTTP. PODS=n says how many pods to keep.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url).pathname;
const outfile = join(mkdtempSync(join(tmpdir(), 'kubets-bench-build-')), 'registry.mjs');
await build({
  entryPoints: [join(here, 'registry.ts')],
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
const child = spawn(process.execPath, ['--expose-gc', outfile], {
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
