import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Mount points at or below `dir`, the innermost first. */
export async function mountsBelow(dir: string): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  const points = text.split('\n').map((line) => unescapePath(line.split(' ')[4] ?? ''));
  return points
    .filter((point) => point === dir || point.startsWith(`${dir}/`))
    .reverse()
    .sort((a, b) => b.length - a.length);
}

/** Spaces and the like are written as octal numbers in the mount table. */
function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Mounts a filesystem in memory, once. */
export async function mountTmpfs(dir: string, options: string[] = []): Promise<void> {
  if ((await mountsBelow(dir)).includes(dir)) return;
  const flags = options.length > 0 ? ['-o', options.join(',')] : [];
  await run('mount', ['-t', 'tmpfs', ...flags, 'tmpfs', dir]);
}

export async function mountNfs(
  source: { server: string; path: string; readOnly: boolean },
  dir: string,
): Promise<void> {
  if ((await mountsBelow(dir)).includes(dir)) return;
  const options = source.readOnly ? ['-o', 'ro'] : [];
  await run('mount', ['-t', 'nfs', ...options, `${source.server}:${source.path}`, dir]);
}

/** Unmounts everything at and below `dir`. What is busy is detached and goes when its last user does. */
export async function unmountBelow(dir: string): Promise<void> {
  for (const point of await mountsBelow(dir)) await run('umount', [point]).catch(() => run('umount', ['-l', point]));
}

/** Removes a directory tree after unmounting what is in it, so that no foreign file is ever removed. */
export async function removeTree(dir: string): Promise<void> {
  await unmountBelow(dir);
  if ((await mountsBelow(dir)).length > 0) throw new Error(`${dir} still has something mounted in it`);
  await rm(dir, { recursive: true, force: true });
}
