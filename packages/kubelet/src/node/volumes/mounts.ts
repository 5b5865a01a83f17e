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

/** One step of making an image's filesystem appear, as containerd describes it. */
export interface ImageMount {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** Mounts the filesystem of an image for reading, once. Nothing in it can be run. */
export async function mountImage(mounts: readonly ImageMount[], dir: string): Promise<void> {
  if ((await mountsBelow(dir)).includes(dir)) return;
  for (const { type, source, options } of mounts) {
    if (type === 'bind') {
      await run('mount', ['--bind', source, dir]);
      await run('mount', ['-o', 'remount,bind,ro,noexec', dir]);
    } else {
      const { cwd, options: shortened } = withRelativeLayers(options);
      await run('mount', ['-t', type, '-o', ['ro', 'noexec', ...shortened].join(','), source, dir], { cwd });
    }
  }
}

const LAYERS = 'lowerdir=';

/** The kernel takes no more than a page of options: paths of layers are named from the directory that they share. */
export function withRelativeLayers(options: readonly string[]): { cwd: string; options: string[] } {
  const layers = options.find((option) => option.startsWith(LAYERS))?.slice(LAYERS.length);
  if (!layers) return { cwd: '/', options: [...options] };
  const parts = layers.split(':').map((layer) => layer.split('/'));
  const [first = []] = parts;
  let shared = 0;
  while (shared < first.length - 1 && parts.every((part) => part[shared] === first[shared])) shared++;
  const relative = parts.map((part) => part.slice(shared).join('/')).join(':');
  return {
    cwd: first.slice(0, shared).join('/') || '/',
    options: options.map((option) => (option.startsWith(LAYERS) ? `${LAYERS}${relative}` : option)),
  };
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
