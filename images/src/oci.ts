import { pack } from 'tar-stream';
import { digestOf, type Layer } from './layer.ts';

/** How a container of the image starts, as the OCI image configuration has it. */
export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  readonly user?: string;
  readonly exposedPorts?: readonly number[];
}

/** An image in the making: full names, layers from the bottom up, configuration. */
export interface Image {
  readonly names: readonly string[];
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

const CREATED = '1970-01-01T00:00:00Z';
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
};

/** The machine's architecture as images name it. */
export const hostArchitecture = () => ARCHITECTURES[process.arch] ?? process.arch;

function configOf({ config, layers }: Image): object {
  return {
    created: CREATED,
    architecture: hostArchitecture(),
    os: 'linux',
    config: {
      ...(config.user ? { User: config.user } : {}),
      ...(config.exposedPorts
        ? { ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [`${port}/tcp`, {}])) }
        : {}),
      Env: Object.entries({ PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...config.env }).map(
        ([name, value]) => `${name}=${value}`,
      ),
      ...(config.entrypoint ? { Entrypoint: config.entrypoint } : {}),
      ...(config.cmd ? { Cmd: config.cmd } : {}),
      ...(config.workingDir ? { WorkingDir: config.workingDir } : {}),
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map(() => ({ created: CREATED, created_by: 'kubets' })),
  };
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/**
 * Writes images as one OCI archive (image-spec v1, `oci-layout`), the form that `ctr images import` and `kubets image load`
 * take. Layers that several images share are written once.
 */
export async function ociArchive(images: readonly Image[]): Promise<Uint8Array> {
  const blobs = new Map<string, Uint8Array>();
  const add = (mediaType: string, content: Uint8Array): Descriptor => {
    const digest = digestOf(content);
    blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  };
  const addJson = (mediaType: string, value: object) => add(mediaType, Buffer.from(JSON.stringify(value)));
  const manifests = images.flatMap((image) => {
    const manifest = addJson('application/vnd.oci.image.manifest.v1+json', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: addJson('application/vnd.oci.image.config.v1+json', configOf(image)),
      layers: image.layers.map((layer) => add('application/vnd.oci.image.layer.v1.tar', layer.tar)),
    });
    return image.names.map((name) => ({ ...manifest, annotations: { 'io.containerd.image.name': name } }));
  });

  const stream = pack();
  const chunks: Uint8Array[] = [];
  const done = (async () => {
    for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  })();
  const write = (name: string, content: Uint8Array | string) =>
    stream.entry({ name, mtime: new Date(0) }, Buffer.from(content as Uint8Array));
  write('oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  write('index.json', JSON.stringify({ schemaVersion: 2, manifests }));
  for (const [digest, content] of blobs) write(`blobs/sha256/${digest.slice('sha256:'.length)}`, content);
  stream.finalize();
  await done;
  return Buffer.concat(chunks);
}

/** The full name that container runtimes give a short one: `redis` is `docker.io/library/redis:latest`. */
export function fullImageName(name: string): string {
  const lastSlash = name.lastIndexOf('/');
  const tagged = name.includes('@') || name.indexOf(':', lastSlash + 1) > 0 ? name : `${name}:latest`;
  const [first = '', ...rest] = tagged.split('/');
  if (rest.length === 0) return `docker.io/library/${tagged}`;
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  return isHost ? tagged : `docker.io/${tagged}`;
}
