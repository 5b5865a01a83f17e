import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeFile } from '../../volumes/content.ts';

const DATA = '..data';

export interface Ownership {
  readonly uid?: number;
  readonly gid?: number;
}

async function currentDir(dir: string): Promise<string | undefined> {
  return readlink(join(dir, DATA)).catch(() => undefined);
}

async function isCurrent(dir: string, files: readonly VolumeFile[]): Promise<boolean> {
  const data = await currentDir(dir);
  if (data === undefined) return false;
  const names = (await readdir(join(dir, data), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  if (names.length !== new Set(files.map(({ path }) => path)).size) return false;
  for (const { path, content, mode } of files) {
    const target = join(dir, data, path);
    const [existing, info] = await Promise.all([
      readFile(target).catch(() => undefined),
      stat(target).catch(() => undefined),
    ]);
    if (!existing?.equals(content) || !info || (info.mode & 0o7777) !== mode) return false;
  }
  return true;
}

async function writeAll(target: string, files: readonly VolumeFile[], owner: Ownership): Promise<void> {
  await mkdir(target, { mode: 0o755 });
  await chmod(target, 0o755);
  for (const { path, content, mode } of files) {
    const file = join(target, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, content);
    if (owner.uid !== undefined || owner.gid !== undefined) await chown(file, owner.uid ?? 0, owner.gid ?? 0);
    await chmod(file, mode);
  }
}

/** Links the first part of each path into the present version, and removes links to what is gone. */
async function linkTopLevel(dir: string, files: readonly VolumeFile[]): Promise<void> {
  const wanted = new Set(files.map(({ path }) => path.split('/')[0] ?? ''));
  const present = await readdir(dir);
  for (const name of wanted) if (!present.includes(name)) await symlink(join(DATA, name), join(dir, name));
  for (const name of present)
    if (!name.startsWith('..') && !wanted.has(name)) await rm(join(dir, name), { force: true });
}

/**
 * Writes files so that readers see all of the old ones or all of the new ones: into a directory of their own, to which the
 * link `..data` is switched. True when something changed.
 */
export async function writeAtomically(options: {
  dir: string;
  files: readonly VolumeFile[];
  owner: Ownership;
  nowMs: number;
}): Promise<boolean> {
  const { dir, files, owner, nowMs } = options;
  for (const { path } of files)
    if (path === '' || path.startsWith('/') || path.split('/').includes('..')) throw new Error(`invalid path: ${path}`);
  if (await isCurrent(dir, files)) return false;
  const old = await currentDir(dir);
  const stamp = new Date(nowMs).toISOString().replace(/[-:T]/g, '_').replace('Z', '');
  const name = await freshName(dir, `..${stamp}`);
  await writeAll(join(dir, name), files, owner);
  await rm(join(dir, '..data_tmp'), { force: true });
  await symlink(name, join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, DATA));
  await linkTopLevel(dir, files);
  if (old !== undefined && old !== name) await rm(join(dir, old), { recursive: true, force: true });
  return true;
}

async function freshName(dir: string, base: string): Promise<string> {
  const present = new Set(await readdir(dir));
  for (let counter = 0; ; counter++) {
    const name = `${base}${String(counter).padStart(6, '0')}`;
    if (!present.has(name)) return name;
  }
}
