// Bundles a TypeScript program of this folder and runs it; the rest of the arguments go to node.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url).pathname;
const modules = join(here, '..', 'node_modules');

/** Ends as the program ends. */
export async function runBundled(name, nodeFlags = []) {
  const outfile = join(mkdtempSync(join(tmpdir(), 'kubets-bench-build-')), `${name}.mjs`);
  await build({
    entryPoints: [join(here, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'inline',
    logLevel: 'warning',
    nodePaths: [modules],
    banner: { js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);" },
    plugins: [
      {
        name: 'addons',
        setup: (b) =>
          b.onResolve({ filter: /^lmdb$/ }, () => ({ path: join(modules, 'lmdb', 'index.js'), external: true })),
      },
    ],
  });
  const flags = (process.env.NODE_FLAGS ?? '').split(' ').filter(Boolean);
  const child = spawn(process.execPath, [...nodeFlags, ...flags, outfile], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
