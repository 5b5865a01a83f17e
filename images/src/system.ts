import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { buildLayer, file } from './layer.ts';
import { nodeLayer } from './node-runtime.ts';
import { fullImageName, type Image } from './oci.ts';

/** The image that the cluster's add-on pods run from: Node.js and the programs (bundled files) of this installation. */
export async function systemImage(options: { name: string; programs: readonly string[] }): Promise<Image> {
  const files = options.programs.map(async (path) => file(`/kubets/${basename(path)}`, await readFile(path), 0o755));
  const program = await buildLayer(await Promise.all(files));
  return {
    names: [fullImageName(options.name)],
    layers: [await nodeLayer(), program],
    config: { entrypoint: ['node'], workingDir: '/kubets' },
  };
}
