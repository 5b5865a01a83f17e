import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar-stream';
import type { LayerEntry } from './layer.ts';

const run = promisify(execFile);
const MAX_TAR_BYTES = 512 << 20;

/** Documentation and translations that no container needs. */
const LEFT_OUT = /^\/usr\/share\/(doc|man|info|locale|lintian|bug|doc-base)\//;

/** zlib is the one library of note whose package is not named lib*. */
const isLibrary = (packageName: string) => packageName.startsWith('lib') || packageName === 'zlib1g';

/** What each package that the named ones can reach depends on. */
async function dependencyGraph(packages: readonly string[]): Promise<Map<string, string[]>> {
  const left = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const { stdout } = await run('apt-cache', ['depends', '--recurse', ...left, ...packages], {
    maxBuffer: MAX_TAR_BYTES,
  });
  const graph = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of stdout.split('\n')) {
    const dependency = /^ {1,2}\|?(?:Pre)?Depends: (\S+)/.exec(line)?.[1];
    if (dependency) current.push(dependency);
    else if (/^\S/.test(line)) {
      current = [];
      graph.set(line.trim(), current);
    }
  }
  return graph;
}

/**
 * The packages named and the shared libraries that they need, by Debian's own dependency data. Only libraries are
 * followed: maintainer tools such as dpkg, adduser or debconf have no place in a container image.
 */
export async function withLibraries(packages: readonly string[]): Promise<string[]> {
  const graph = await dependencyGraph(packages);
  const known = new Set(packages);
  for (const name of known) {
    for (const dependency of graph.get(name) ?? []) if (isLibrary(dependency)) known.add(dependency);
  }
  return [...known];
}

/** Downloads packages into `cacheDir` unless they are there, and returns the paths of the .deb files. */
export async function downloadPackages(packages: readonly string[], cacheDir: string): Promise<string[]> {
  await mkdir(cacheDir, { recursive: true });
  const known = await readdir(cacheDir);
  const fileOf = (name: string, fileNames: readonly string[]) => fileNames.find((item) => item.startsWith(`${name}_`));
  const missing = packages.filter((name) => !fileOf(name, known));
  if (missing.length > 0) await download(missing, cacheDir);
  const fileNames = await readdir(cacheDir);
  return packages.map((name) => {
    const fileName = fileOf(name, fileNames);
    if (!fileName) throw new Error(`Debian's package ${name} could not be downloaded`);
    return join(cacheDir, fileName);
  });
}

async function download(names: readonly string[], cacheDir: string): Promise<void> {
  const partial = await mkdtemp(join(cacheDir, 'partial-'));
  try {
    await run('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', ...names], { cwd: partial });
    for (const fileName of await readdir(partial)) await rename(join(partial, fileName), join(cacheDir, fileName));
  } catch (error) {
    const detail = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`cannot download Debian's packages ${names.join(', ')} (try "apt-get update"): ${detail}`);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** The files of a .deb as layer entries. */
export async function packageEntries(debPath: string): Promise<LayerEntry[]> {
  const { stdout } = await run('dpkg-deb', ['--fsys-tarfile', debPath], {
    encoding: 'buffer',
    maxBuffer: MAX_TAR_BYTES,
  });
  const entries: LayerEntry[] = [];
  const reader = extract();
  reader.end(stdout);
  for await (const item of reader) {
    const { name, type, mode, uid, gid, linkname } = item.header;
    const chunks: Uint8Array[] = [];
    for await (const chunk of item) chunks.push(chunk as Uint8Array);
    const path = `/${name.replace(/^\.?\//, '').replace(/\/$/, '')}`;
    if (path === '/' || LEFT_OUT.test(path)) continue;
    const owner = { path, ...(mode === undefined ? {} : { mode }), ...(uid ? { uid } : {}), ...(gid ? { gid } : {}) };
    if (type === 'directory') entries.push({ type: 'folder', ...owner });
    else if (type === 'symlink') entries.push({ type: 'link', ...owner, target: linkname ?? '' });
    else if (type === 'link')
      entries.push({ type: 'hardlink', ...owner, target: (linkname ?? '').replace(/^\.\//, '/') });
    else if (type === 'file' || type === 'contiguous-file')
      entries.push({ type: 'file', ...owner, content: Buffer.concat(chunks) });
  }
  return entries;
}

/** Everything in the named packages and the libraries they need. Throws when this machine has no apt. */
export async function debianEntries(packages: readonly string[], cacheDir: string): Promise<LayerEntry[]> {
  const paths = await downloadPackages(await withLibraries(packages), cacheDir);
  const perPackage = await Promise.all(paths.map(packageEntries));
  return perPackage.flat();
}
