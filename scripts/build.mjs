// Bundles the program: dist/kubets.mjs with chunks that are loaded when a command needs them, and dist/system/dns.mjs whole in
// one file for the cluster's DNS pods.
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const packageDir = join(root, 'packages', 'kubets');
const dist = join(packageDir, 'dist');
/** A build that fails, or is interrupted, leaves the last good one in place. */
const fresh = join(packageDir, 'dist.new');
/** Native addons cannot be bundled; npm installs them beside the program. */
const EXTERNAL = ['lmdb'];
/** Some bundled libraries are CommonJS and call require() for Node's own modules. */
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  banner,
  external: EXTERNAL,
  // Names and lines stay: what a crash prints should be readable.
  minifySyntax: true,
  logLevel: 'warning',
};

export async function buildProgram() {
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  await Promise.all([
    build({
      ...common,
      entryPoints: [join(packageDir, 'src', 'kubets.ts')],
      outdir: fresh,
      outExtension: { '.js': '.mjs' },
      chunkNames: 'chunk-[hash]',
      splitting: true,
    }),
    build({
      ...common,
      entryPoints: [join(packageDir, 'src', 'dns', 'dns.ts')],
      outfile: join(fresh, 'system', 'dns.mjs'),
    }),
  ]);
  cpSync(join(root, 'images', 'samples'), join(fresh, 'samples'), { recursive: true });
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildProgram();
