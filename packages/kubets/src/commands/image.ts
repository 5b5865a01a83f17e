import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { rememberLoadedImages } from '../agent/loaded-images.ts';
import { containerdSocket } from '../agent/paths.ts';
import type { ClusterLayout } from '../cluster/layout.ts';
import { DEFAULT_NAME, requireCluster } from '../cluster/registry.ts';
import { CommandError } from '../command-error.ts';
import { samplesDir } from '../installation.ts';
import { checkRoot } from '../preflight/machine.ts';
import { Progress } from '../progress.ts';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 << 20;

function notRunning({ name }: ClusterLayout): CommandError {
  const suffix = name === DEFAULT_NAME ? '' : ` --name ${name}`;
  return new CommandError(`cluster "${name}" is not running; "kubets up${suffix}" starts it`);
}

/** Runs containerd's own client on the node's containerd. */
async function ctr(layout: ClusterLayout, args: readonly string[]): Promise<string> {
  checkRoot();
  const socket = containerdSocket(layout);
  if (!existsSync(socket)) throw notRunning(layout);
  try {
    const { stdout } = await run('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args], {
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return stdout;
  } catch (error) {
    const detail = String((error as { stderr?: string }).stderr ?? error).trim();
    if (/connection refused|no such file or directory.*containerd\.sock|deadline exceeded/.test(detail))
      throw notRunning(layout);
    throw new CommandError(`containerd refused: ${detail.replace(/^ctr: /, '')}`);
  }
}

async function importArchive(layout: ClusterLayout, path: string): Promise<string[]> {
  const output = await ctr(layout, ['images', 'import', path]).catch((error: Error) => {
    if (!/unrecognized image format|unexpected EOF|invalid tar|EOF$/.test(error.message)) throw error;
    throw new CommandError(`${path} is no image archive: make one with "docker save" or as an OCI layout in a tar`);
  });
  const names = [...output.matchAll(/^unpacking (\S+) /gm)].map(([, name]) => name as string);
  if (names.length === 0)
    throw new CommandError(`${path} names no image: make it with names, as "docker save NAME" does`);
  rememberLoadedImages(layout, names);
  return names;
}

/** Loads images from an archive, or builds and loads the samples, and prints their names. */
export async function loadImages(
  file: string | undefined,
  options: { name: string; samples?: boolean },
): Promise<void> {
  const layout = requireCluster(options.name);
  if (!file === !options.samples) throw new CommandError('say what to load: an archive, or --samples');
  if (file && !existsSync(file)) throw new CommandError(`there is no file ${resolve(file)}`);
  if (file && !statSync(file).isFile()) throw new CommandError(`${resolve(file)} is not a file; load a tar archive`);
  const progress = new Progress(false);
  const names = file
    ? await progress.step('load', file, () => importArchive(layout, resolve(file)))
    : await loadSamples(layout, progress);
  process.stdout.write(`${names.join('\n')}\n`);
}

async function loadSamples(layout: ClusterLayout, progress: Progress): Promise<string[]> {
  const { ociArchive, sampleImages } = await import('@kubets/images');
  const folder = mkdtempSync(join(tmpdir(), 'kubets-samples-'));
  const path = join(folder, 'samples.tar');
  try {
    await progress.step('build', 'sample images from Debian packages', async () => {
      const images = await sampleImages({ cacheDir: join(layout.imageDir, 'packages'), samplesDir });
      writeFileSync(path, await ociArchive(images));
      return `${images.length} images`;
    });
    return await progress.step('load', 'into containerd', () => importArchive(layout, path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lists the images of the node. */
export async function listImages(options: { name: string; output?: string }): Promise<void> {
  const layout = requireCluster(options.name);
  const lines = (await ctr(layout, ['images', 'ls'])).trimEnd().split('\n').slice(1);
  const images = lines.map((line) => {
    const [name = '', , digest = '', size = '', unit = ''] = line.split(/\s+/);
    return { name, digest, size: `${size} ${unit}` };
  });
  const named = images.filter((item) => !item.name.startsWith('sha256:') && !item.name.includes('@sha256:'));
  if (options.output === 'json') process.stdout.write(`${JSON.stringify(named, null, 2)}\n`);
  else process.stdout.write(`${named.map((item) => `${item.name.padEnd(56)} ${item.size}`).join('\n')}\n`);
}
