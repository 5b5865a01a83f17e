import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { hostClock } from '@kubets/core/node';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { storeContract } from '../contract.ts';
import { lmdbStore } from './lmdb.ts';

const root = mkdtempSync(join(tmpdir(), 'kubets-storage-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const freshPath = () => join(root, `${count++}`);
const openAt = (path: string) => lmdbStore({ path, clock: hostClock });
const bytes = (text: string) => new TextEncoder().encode(text);

storeContract('lmdb', () => openAt(freshPath()));

describe('a data directory', () => {
  it('holds everything over a restart', async () => {
    const path = freshPath();
    const store = await openAt(path);
    await store.create('/a', bytes('1'));
    await store.update('/a', bytes('2'), 2);
    await store.delete('/a', 3);
    await store.create('/b', bytes('3'));
    await store.compact(3);
    await store.close();
    const again = await openAt(path);
    expect(await again.revision()).toBe(5);
    expect(await again.compactedRevision()).toBe(3);
    expect((await again.range({ prefix: '/', revision: 3 })).items).toMatchObject([{ key: '/a', modRevision: 3 }]);
    expect((await again.range({ prefix: '/' })).items.map(({ key }) => key)).toEqual(['/b']);
    await again.close();
  });

  it('is open only once', async () => {
    const path = freshPath();
    const store = await openAt(path);
    await expect(openAt(path)).rejects.toMatchObject({ reason: 'locked', message: expect.stringContaining('in use') });
    await store.close();
    await (await openAt(path)).close();
  });

  it('is refused when a newer kubets wrote it', async () => {
    const path = freshPath();
    await (await openAt(path)).close();
    writeFileSync(join(path, 'format.json'), '{"format":"kubets-storage","version":99}');
    await expect(openAt(path)).rejects.toMatchObject({
      reason: 'newer-format',
      message: expect.stringContaining('from a newer kubets'),
    });
  });

  it.each([
    ['garbage', (file: string) => writeFileSync(file, Buffer.alloc(65_536, 7))],
    ['a file cut short', (file: string) => truncateSync(file, 12_288)],
    ['a damaged head', (file: string) => writeFileSync(file, Buffer.concat([Buffer.alloc(8192), readFileSync(file)]))],
  ])('is refused when it is damaged: %s', async (_, damage) => {
    const path = freshPath();
    const store = await openAt(path);
    for (let i = 0; i < 200; i++) await store.create(`/k/${i}`, new Uint8Array(1000));
    await store.close();
    damage(join(path, 'data.mdb'));
    await expect(openAt(path)).rejects.toMatchObject({ name: 'DataDirectoryError', reason: 'corrupt' });
  });
});

describe('kill -9', () => {
  it('loses no acknowledged write', async () => {
    const path = freshPath();
    const program = join(root, 'writer.cjs');
    await build({
      stdin: { contents: WRITER, resolveDir: import.meta.dirname },
      bundle: true,
      platform: 'node',
      external: ['lmdb'],
      outfile: program,
    });
    const modules = dirname(dirname(dirname(createRequire(import.meta.url).resolve('lmdb'))));
    const writer = spawn(process.execPath, [program, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_PATH: modules },
    });
    const exited = once(writer, 'exit');
    const acknowledged: string[] = [];
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === 2000) writer.kill('SIGKILL');
    }
    await exited;
    const store = await openAt(path);
    expect(acknowledged.length).toBeGreaterThanOrEqual(2000);
    for (const line of acknowledged) {
      const [key, revision] = line.split(' ') as [string, string];
      expect(await store.get(key)).toMatchObject({ modRevision: Number(revision) });
    }
    await store.close();
  });
});

/** Creates keys as fast as it can and prints each one that is acknowledged. */
const WRITER = `
  import { writeSync } from 'node:fs';
  import { hostClock } from '@kubets/core/node';
  import { lmdbStore } from './lmdb.ts';
  let next = 0;
  lmdbStore({ path: process.argv[2], clock: hostClock }).then((store) => {
    for (let lane = 0; lane < 32; lane++) void write(store);
  });
  async function write(store) {
    for (;;) {
      const key = '/k/' + next++;
      const revision = await store.create(key, new Uint8Array(1024));
      writeSync(1, key + ' ' + revision + '\\n');
    }
  }
`;
