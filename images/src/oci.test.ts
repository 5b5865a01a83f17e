import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { buildLayer, digestOf, file, folder, link } from './layer.ts';
import { fullImageName, ociArchive } from './oci.ts';
import { pauseImage, pauseProgram } from './pause.ts';

async function tarEntries(tar: Uint8Array): Promise<Map<string, Buffer>> {
  const reader = extract();
  reader.end(Buffer.from(tar));
  const entries = new Map<string, Buffer>();
  for await (const item of reader) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of item) chunks.push(chunk as Uint8Array);
    entries.set(item.header.name, Buffer.concat(chunks));
  }
  return entries;
}

describe('layers', () => {
  it('have the same digest whatever the order of their entries', async () => {
    const entries = [file('/a/b', 'x'), link('/a/c', 'b'), folder('/z')];
    const [one, two] = await Promise.all([buildLayer(entries), buildLayer([...entries].reverse())]);
    expect(one.digest).toBe(two.digest);
    expect([...(await tarEntries(one.tar)).keys()]).toEqual(['a/', 'a/b', 'a/c', 'z/']);
  });
});

describe('archives', () => {
  it('hold every blob under the digest of its content, and shared layers once', async () => {
    const image = await pauseImage();
    const entries = await tarEntries(await ociArchive([image, { ...image, names: ['other.test/pause:1'] }]));
    const blobs = [...entries].filter(([name]) => name.startsWith('blobs/'));
    for (const [name, content] of blobs) expect(digestOf(content)).toBe(`sha256:${name.split('/').at(-1)}`);
    expect(blobs).toHaveLength(3);
    const index = JSON.parse(entries.get('index.json')?.toString() ?? '');
    const names = index.manifests.map(
      (item: { annotations: Record<string, string> }) => item.annotations['io.containerd.image.name'],
    );
    expect(names).toEqual(['registry.k8s.io/pause:3.10.1', 'other.test/pause:1']);
  });
});

describe('fullImageName', () => {
  it.each([
    ['redis', 'docker.io/library/redis:latest'],
    ['dockercoins/rng:v0.1', 'docker.io/dockercoins/rng:v0.1'],
    ['localhost:5000/a', 'localhost:5000/a:latest'],
    ['quay.io/a/b@sha256:00', 'quay.io/a/b@sha256:00'],
  ])('%s is %s', (short, full) => expect(fullImageName(short)).toBe(full));
});

describe('the pause program', () => {
  it('waits until it is told to end', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kubets-pause-'));
    const path = join(dir, 'pause');
    writeFileSync(path, pauseProgram());
    chmodSync(path, 0o755);
    const child = spawn(path);
    await new Promise((resolve) => child.once('spawn', resolve));
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGCHLD');
    child.kill('SIGTERM');
    const code = await exit;
    // A signal that arrives before the program has blocked it ends it as well.
    expect([0, null]).toContain(code);
    rmSync(dir, { recursive: true });
  });
});
