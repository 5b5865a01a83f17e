import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Header, pack } from 'tar-stream';

/** A file, folder or link of a layer. Paths are absolute in the image; numeric owners are root unless given. */
export type LayerEntry = {
  readonly path: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
} & (
  | { readonly type: 'file'; readonly content: Uint8Array }
  | { readonly type: 'folder' }
  | { readonly type: 'link'; readonly target: string }
  | { readonly type: 'hardlink'; readonly target: string }
);

/** A finished layer: an uncompressed tar and its digest, which serves as diff id too. */
export interface Layer {
  readonly tar: Uint8Array;
  readonly digest: string;
}

export const digestOf = (content: Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** Every image is dated alike, so that the same input gives the same digest on every machine. */
const EPOCH = new Date(0);

function headerOf(entry: LayerEntry): Partial<Header> & Pick<Header, 'name'> {
  const name = entry.path.replace(/^\/+/, '');
  const owner = { uid: entry.uid ?? 0, gid: entry.gid ?? 0, mtime: EPOCH };
  switch (entry.type) {
    case 'folder':
      return { name: `${name}/`, type: 'directory', mode: entry.mode ?? 0o755, ...owner };
    case 'link':
      return { name, type: 'symlink', linkname: entry.target, mode: 0o777, ...owner };
    case 'hardlink':
      return { name, type: 'link', linkname: entry.target.replace(/^\/+/, ''), mode: entry.mode ?? 0o644, ...owner };
    case 'file':
      return { name, type: 'file', mode: entry.mode ?? 0o644, size: entry.content.length, ...owner };
  }
}

/** Adds the folders that entries stand in and that nobody listed, and drops all but the last entry of a path. */
function complete(entries: readonly LayerEntry[]): LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    const path = posix.normalize(`/${entry.path}`).replace(/\/$/, '');
    if (path === '') continue;
    for (let parent = posix.dirname(path); parent !== '/'; parent = posix.dirname(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, { type: 'folder', path: parent });
    }
    const known = byPath.get(path);
    if (!(known?.type === 'folder' && entry.type === 'folder' && entry.mode === undefined))
      byPath.set(path, { ...entry, path });
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Packs entries into a layer. The order of entries does not matter: the same set gives the same digest. */
export async function buildLayer(entries: readonly LayerEntry[]): Promise<Layer> {
  const stream = pack();
  const chunks: Uint8Array[] = [];
  const done = (async () => {
    for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  })();
  const sorted = complete(entries);
  // Hard links must follow the file that they point to.
  for (const entry of [
    ...sorted.filter((e) => e.type !== 'hardlink'),
    ...sorted.filter((e) => e.type === 'hardlink'),
  ]) {
    if (entry.type === 'file') stream.entry(headerOf(entry), Buffer.from(entry.content));
    else stream.entry(headerOf(entry));
  }
  stream.finalize();
  await done;
  const tar = Buffer.concat(chunks);
  return { tar, digest: digestOf(tar) };
}

export const file = (path: string, content: Uint8Array | string, mode = 0o644): LayerEntry => ({
  type: 'file',
  path,
  content: typeof content === 'string' ? Buffer.from(content) : content,
  mode,
});

export const folder = (path: string, mode = 0o755): LayerEntry => ({ type: 'folder', path, mode });
export const link = (path: string, target: string): LayerEntry => ({ type: 'link', path, target });

/** Reads a folder of the host as entries below `target`. */
export async function folderEntries(source: string, target: string): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for (const item of await readdir(source, { withFileTypes: true })) {
    const from = join(source, item.name);
    const to = posix.join(target, item.name);
    if (item.isDirectory()) entries.push(folder(to), ...(await folderEntries(from, to)));
    else if (item.isSymbolicLink()) entries.push(link(to, readlinkSync(from)));
    else if (item.isFile()) entries.push(file(to, readFileSync(from), statSync(from).mode & 0o777));
  }
  return entries;
}

/** The user database, name resolution and temporary folder that programs expect of any image. */
export const baseEntries: readonly LayerEntry[] = [
  file('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'),
  file('/etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
  file('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
  folder('/root', 0o700),
  folder('/tmp', 0o1777),
  folder('/var/tmp', 0o1777),
];
