import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const digestOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** Applets linked into /bin of the test image. */
const APPLETS = [
  'sh',
  'sleep',
  'cat',
  'echo',
  'ls',
  'id',
  'env',
  'httpd',
  'nc',
  'wget',
  'true',
  'false',
  'mount',
  'hostname',
  'touch',
  'rm',
  'stat',
  'grep',
  'kill',
  'ps',
  'seq',
  'head',
  'tail',
  'date',
  'stty',
  'dd',
  'mkdir',
  'chmod',
  'readlink',
  'nslookup',
  'printf',
  'wc',
];

function blob(dir: string, content: Buffer, mediaType: string) {
  const digest = digestOf(content);
  writeFileSync(join(dir, 'blobs/sha256', digest), content);
  return { mediaType, digest: `sha256:${digest}`, size: content.length };
}

/** Writes an OCI archive of one image that holds a static busybox; returns the archive's path. */
export function busyboxArchive(options: {
  name: string;
  busybox: string;
  config?: Record<string, unknown>;
  dir?: string;
}): string {
  const dir = mkdtempSync(join(options.dir ?? tmpdir(), 'kubets-image-'));
  const rootfs = join(dir, 'rootfs');
  for (const sub of ['bin', 'tmp', 'etc', 'proc', 'sys', 'dev', 'var'])
    mkdirSync(join(rootfs, sub), { recursive: true });
  execFileSync('cp', [options.busybox, join(rootfs, 'bin/busybox')]);
  for (const applet of APPLETS) symlinkSync('busybox', join(rootfs, 'bin', applet));
  writeFileSync(join(rootfs, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nnobody:x:65534:\n');
  mkdirSync(join(dir, 'blobs/sha256'), { recursive: true });
  const layerPath = join(dir, 'layer.tar');
  execFileSync('tar', ['-C', rootfs, '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '-cf', layerPath, '.']);
  const layerBytes = readFileSync(layerPath);
  const layer = blob(dir, layerBytes, 'application/vnd.oci.image.layer.v1.tar');
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: ['sh'], Env: ['PATH=/bin'], ...options.config },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digestOf(layerBytes)}`] },
  };
  const configBlob = blob(dir, Buffer.from(JSON.stringify(config)), 'application/vnd.oci.image.config.v1+json');
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = { schemaVersion: 2, mediaType: manifestType, config: configBlob, layers: [layer] };
  const manifestBlob = blob(dir, Buffer.from(JSON.stringify(manifest)), manifestType);
  const annotations = { 'io.containerd.image.name': options.name, 'org.opencontainers.image.ref.name': options.name };
  const index = { schemaVersion: 2, manifests: [{ ...manifestBlob, annotations }] };
  writeFileSync(join(dir, 'index.json'), JSON.stringify(index));
  writeFileSync(join(dir, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const archive = `${dir}.tar`;
  execFileSync('tar', ['-C', dir, '-cf', archive, 'oci-layout', 'index.json', 'blobs']);
  rmSync(dir, { recursive: true });
  return archive;
}
