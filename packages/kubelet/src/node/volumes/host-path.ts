import type { Stats } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';

const CHECKS: Record<string, { matches(info: Stats): boolean; what: string }> = {
  Directory: { matches: (info) => info.isDirectory(), what: 'a directory' },
  DirectoryOrCreate: { matches: (info) => info.isDirectory(), what: 'a directory' },
  File: { matches: (info) => info.isFile(), what: 'a file' },
  FileOrCreate: { matches: (info) => info.isFile(), what: 'a file' },
  Socket: { matches: (info) => info.isSocket(), what: 'a socket file' },
  CharDevice: { matches: (info) => info.isCharacterDevice(), what: 'a character device' },
  BlockDevice: { matches: (info) => info.isBlockDevice(), what: 'a block device' },
};

/** Checks that a path of the node is what the volume's type says, making it where the type asks for that. */
export async function prepareHostPath(path: string, type = ''): Promise<void> {
  const check = CHECKS[type];
  if (!check) return;
  const info = await stat(path).catch(() => undefined);
  if (info) {
    if (!check.matches(info)) throw new Error(`hostPath type check failed: ${path} is not ${check.what}`);
    return;
  }
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  else if (type === 'FileOrCreate') await writeFile(path, '', { mode: 0o644 });
  else throw new Error(`hostPath type check failed: ${path} is not ${check.what}`);
}
