import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { baseEntries, buildLayer, file, type Layer, type LayerEntry } from './layer.ts';

const run = promisify(execFile);

/** The shared libraries that a program of this machine loads, at the paths where it looks for them. */
export async function sharedLibraries(program: string): Promise<LayerEntry[]> {
  const { stdout } = await run('ldd', [program]).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  const paths = [...stdout.matchAll(/(?:=>\s+)?(\/[^\s]+)\s+\(0x/g)].map(([, path]) => path as string);
  return Promise.all(paths.map(async (path) => file(path, await readFile(path), 0o755)));
}

let shared: Promise<Layer> | undefined;

/**
 * The layer below every image that runs JavaScript: this very Node.js, with the libraries that it is linked against. It is
 * built once a process, and being the same in all images it is stored once a node.
 */
export function nodeLayer(): Promise<Layer> {
  shared ??= (async () => {
    const program = file('/usr/local/bin/node', await readFile(process.execPath), 0o755);
    return buildLayer([...baseEntries, program, ...(await sharedLibraries(process.execPath))]);
  })();
  return shared;
}
