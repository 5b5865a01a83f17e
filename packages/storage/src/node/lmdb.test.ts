import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { endOfTurn, hostClock } from '@kubets/core/node';
import { build } from 'esbuild';
import { open } from 'lmdb';
import { afterAll, describe, expect, it } from 'vitest';
import { storeContract } from '../contract.ts';
import { lmdbStore } from './lmdb.ts';
import { encodeIndex, encodeRecord } from './records.ts';
import { typicalObjects } from './typical-objects.ts';

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

  it('gives back what it compressed: long, short, random and repetitive values', async () => {
    const path = freshPath();
    const store = await openAt(path);
    const values = [
      bytes(''),
      bytes(typicalObjects),
      bytes(typicalObjects.repeat(100)),
      new Uint8Array(2_000_000),
      randomBytes(1_500_000),
      ...Array.from({ length: 300 }, (_, length) => randomBytes(length * 7)),
    ];
    await Promise.all(values.map((value, index) => store.create(`/k/${index}`, value)));
    for (const again of [store, undefined]) {
      const reader = again ?? (await openAt(path));
      for (const [index, value] of values.entries()) {
        const found = await reader.get(`/k/${index}`);
        expect(Buffer.compare(found!.value, value)).toBe(0);
        expect(Buffer.compare(reader.borrowValue!(`/k/${index}`, index + 2)!, value)).toBe(0);
      }
      await reader.close();
    }
  });

  it('takes much less room than its objects', async () => {
    const path = freshPath();
    const store = await openAt(path);
    const pod = typicalObjects.slice(typicalObjects.indexOf('{"kind":"Pod"'));
    const count = 1000;
    await Promise.all(Array.from({ length: count }, (_, i) => store.create(`/pods/${i}`, bytes(`${i}${pod}`))));
    expect(await store.sizeBytes()).toBeLessThan((pod.length * count) / 4);
    await store.close();
  });

  it('of an earlier version is read, and refused by earlier versions from then on', async () => {
    const path = freshPath();
    await (await openAt(path)).close();
    const marker = join(path, 'format.json');
    writeFileSync(marker, '{"format":"kubets-storage","version":1}');
    const root = open({ path: join(path, 'data.mdb'), noSubdir: true, maxDbs: 8, compression: false });
    await root.openDB('meta', { encoding: 'json' }).remove('dictionary');
    const value = bytes(typicalObjects);
    const record = { type: 'put', key: '/a', createRevision: 2, previousRevision: 0, value } as const;
    await root.openDB('log', { encoding: 'binary' }).put(2, encodeRecord(record));
    const entry = encodeIndex({ modRevision: 2, createRevision: 2, deleted: false });
    await root.openDB('index', { encoding: 'binary' }).put('/a', entry);
    await root.openDB('meta', { encoding: 'json' }).put('revision', 2);
    await root.close();
    const store = await openAt(path);
    expect((await store.get('/a'))?.value).toEqual(value);
    expect(await store.update('/a', value, 2)).toBe(3);
    expect(JSON.parse(readFileSync(marker, 'utf8'))).toEqual({ format: 'kubets-storage', version: 3 });
    await store.close();
  });

  it('has what its last process acknowledged and had only in the journal', async () => {
    const path = freshPath();
    const store = await openAt(path);
    const lease = await store.grantLease(1000);
    const value = bytes(typicalObjects);
    const created = await Promise.all(Array.from({ length: 20 }, (_, i) => store.create(`/k/${i}`, value)));
    await store.update('/k/3', bytes('new'), created[3]!);
    await store.delete('/k/4', created[4]!);
    await store.create('/leased', value, { leaseId: lease });
    const copy = freshPath();
    cpSync(path, copy, { recursive: true, filter: (name) => !name.endsWith('lock') });
    await store.close();
    const again = await openAt(copy);
    expect(await again.revision()).toBe(24);
    expect((await again.range({ prefix: '/k/' })).items).toHaveLength(19);
    expect((await again.get('/k/3'))?.value).toEqual(bytes('new'));
    expect((await again.get('/k/5', { revision: 23 }))?.value).toEqual(value);
    await again.revokeLease(lease);
    expect(await again.get('/leased')).toBeUndefined();
    await again.close();
  });

  it('is whole whenever it is looked at, however much is being written', async () => {
    const path = freshPath();
    const store = await openAt(path);
    const acknowledged: number[] = [];
    const writing = Array.from({ length: 600 }, async (_, i) => {
      acknowledged.push(await store.create(`/k/${i}`, randomBytes(60_000)));
    });
    while (acknowledged.length < writing.length) {
      await endOfTurn();
      const seen = acknowledged.length;
      const { items, revision } = await store.range({ prefix: '/k/' });
      expect(items.length).toBeGreaterThanOrEqual(seen);
      expect(items.length).toBe(revision - 1);
      const events: number[] = [];
      const watch = await store.watch({
        prefix: '/k/',
        afterRevision: 1,
        onEvents: (some) => events.push(...some.map((event) => event.revision)),
        onError: () => {},
      });
      const upTo = await store.revision();
      watch.close();
      expect(events.slice(0, upTo - 1)).toEqual(Array.from({ length: upTo - 1 }, (_, index) => index + 2));
    }
    await Promise.all(writing);
    await store.close();
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
