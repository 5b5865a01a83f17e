// Bundles a program of this folder and runs it; the signals that end this process end the program.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const HERE = new URL('.', import.meta.url).pathname;
const MODULES = join(HERE, '..', 'node_modules');

/** The one dependency with native code stays where it is installed. */
const nativeModules = {
  name: 'native modules',
  setup: (b) => b.onResolve({ filter: /^lmdb$/ }, () => ({ path: join(MODULES, 'lmdb', 'index.js'), external: true })),
};

async function bundle(program, outfile) {
  await build({
    entryPoints: [join(HERE, program)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    logLevel: 'warning',
    nodePaths: [MODULES],
    banner: { js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);" },
    plugins: [nativeModules],
  });
}

/** Runs `program` with node's `flags` and more `environment`, and ends as it does. */
export async function launch(program, { flags = [], environment = {} } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'kubets-bench-build-'));
  const outfile = join(dir, program.replace(/\.ts$/, '.mjs'));
  await bundle(program, outfile);
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [...flags, outfile], { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    rmSync(dir, { recursive: true, force: true });
    process.exit(code ?? 1);
  });
}
