import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CompactedError,
  FutureRevisionError,
  KeyExistsError,
  RevisionMismatchError,
  type Store,
  type StoreEvent,
} from './store.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytes = (text: string) => encoder.encode(text);
const text = (value: Uint8Array | undefined) => (value ? decoder.decode(value) : undefined);

/** What every backend is held to. `open` gives an empty store, which the suite closes. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`store contract: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    writesAreGuarded(() => store);
    rangesAreConsistent(() => store);
    watchesAreComplete(() => store);
    compactionForgets(() => store);
    leasesEnd(() => store);
    valuesCanBeBorrowed(() => store);
    historyIsExact(open);
  });
}

function writesAreGuarded(store: () => Store): void {
  it('begins at revision 1 and rises by one with every write', async () => {
    expect(await store().revision()).toBe(1);
    expect(await store().create('/a', bytes('1'))).toBe(2);
    expect(await store().update('/a', bytes('2'), 2)).toBe(3);
    expect(await store().delete('/a', 3)).toBe(4);
    expect(await store().revision()).toBe(4);
    expect(await store().get('/a')).toBeUndefined();
  });

  it('keeps the create revision over updates and starts anew after a deletion', async () => {
    await store().create('/a', bytes('1'));
    await store().update('/a', bytes('2'), 2);
    expect(await store().get('/a')).toMatchObject({ createRevision: 2, modRevision: 3 });
    await store().delete('/a', 3);
    await store().create('/a', bytes('3'));
    expect(await store().get('/a')).toMatchObject({ createRevision: 5, modRevision: 5 });
  });

  it('refuses writes that rest on another revision, and says what is there', async () => {
    await store().create('/a', bytes('1'));
    const exists = await store()
      .create('/a', bytes('2'))
      .catch((error) => error);
    expect(exists).toBeInstanceOf(KeyExistsError);
    expect(text(exists.current.value)).toBe('1');
    const mismatch = await store()
      .update('/a', bytes('2'), 1)
      .catch((error) => error);
    expect(mismatch).toBeInstanceOf(RevisionMismatchError);
    expect(mismatch.current).toMatchObject({ key: '/a', modRevision: 2 });
    expect(text(mismatch.current.value)).toBe('1');
    const missing = await store()
      .delete('/b', 7)
      .catch((error) => error);
    expect(missing).toBeInstanceOf(RevisionMismatchError);
    expect(missing.current).toBeUndefined();
    expect(await store().revision()).toBe(2);
  });

  it('lets one of many concurrent writers win, and the losers see its write', async () => {
    await store().create('/a', bytes('0'));
    const attempts = Array.from({ length: 20 }, (_, i) => store().update('/a', bytes(`${i}`), 2));
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store().get('/a')).toMatchObject({ modRevision: 3 });
    const lost = results.find((result) => result.status === 'rejected');
    expect(lost?.reason).toMatchObject({ name: 'RevisionMismatchError', current: { modRevision: 3 } });
  });

  it('takes many writes at once', async () => {
    const revisions = await Promise.all(
      Array.from({ length: 500 }, (_, i) => store().create(`/k/${i}`, bytes(`${i}`))),
    );
    expect(new Set(revisions).size).toBe(500);
    expect((await store().range({ prefix: '/k/' })).items).toHaveLength(500);
  });
}

function rangesAreConsistent(store: () => Store): void {
  const keys = async (options: Parameters<Store['range']>[0]) =>
    (await store().range(options)).items.map((item) => item.key);

  it('lists a prefix in order, a page at a time', async () => {
    for (const key of ['/a/2', '/b/1', '/a/1', '/a/10', '/a0', '/a/3']) await store().create(key, bytes(key));
    expect(await keys({ prefix: '/a/' })).toEqual(['/a/1', '/a/10', '/a/2', '/a/3']);
    const page = await store().range({ prefix: '/a/', limit: 2 });
    expect(page.items.map((item) => item.key)).toEqual(['/a/1', '/a/10']);
    expect(page).toMatchObject({ remaining: 2, revision: 7 });
    const rest = await store().range({ prefix: '/a/', limit: 2, after: '/a/10' });
    expect(rest.items.map((item) => text(item.value))).toEqual(['/a/2', '/a/3']);
    expect(rest.remaining).toBe(0);
  });

  it('shows the past', async () => {
    await store().create('/a', bytes('1'));
    await store().create('/b', bytes('1'));
    await store().update('/a', bytes('2'), 2);
    await store().delete('/b', 3);
    await store().create('/b', bytes('2'));
    const at = async (revision: number) =>
      (await store().range({ prefix: '/', revision })).items.map((item) => `${item.key}=${text(item.value)}`);
    expect(await at(1)).toEqual([]);
    expect(await at(3)).toEqual(['/a=1', '/b=1']);
    expect(await at(4)).toEqual(['/a=2', '/b=1']);
    expect(await at(5)).toEqual(['/a=2']);
    expect(await at(6)).toEqual(['/a=2', '/b=2']);
    expect(text((await store().get('/a', { revision: 3 }))?.value)).toBe('1');
    await expect(store().get('/a', { revision: 7 })).rejects.toBeInstanceOf(FutureRevisionError);
    const page = await store().range({ prefix: '/', revision: 4, limit: 1 });
    expect(page).toMatchObject({ remaining: 1, revision: 4 });
  });
}

function watchesAreComplete(store: () => Store): void {
  it('delivers what came before and after, in order, before the write resolves', async () => {
    await store().create('/a/1', bytes('1'));
    const seen: StoreEvent[] = [];
    const watch = await store().watch({
      prefix: '/a/',
      afterRevision: 1,
      onEvents: (events) => void seen.push(...events),
      onError: () => {},
    });
    await store().create('/b', bytes('x'));
    await store().update('/a/1', bytes('2'), 2);
    await store().delete('/a/1', 4);
    if (store().deliversBeforeReply) expect(seen).toHaveLength(3);
    await expect.poll(() => seen.length).toBe(3);
    expect(seen.map(({ type, revision, key }) => ({ type, revision, key }))).toEqual([
      { type: 'put', revision: 2, key: '/a/1' },
      { type: 'put', revision: 4, key: '/a/1' },
      { type: 'delete', revision: 5, key: '/a/1' },
    ]);
    expect(seen.map((event) => text(event.value))).toEqual(['1', '2', '2']);
    expect(text(seen[1]!.previous)).toBe('1');
    watch.close();
    await store().create('/a/2', bytes('3'));
    expect(seen).toHaveLength(3);
  });

  it('tells of writes that run at the same time in the order of their revisions', async () => {
    const revisions: number[] = [];
    await store().watch({
      prefix: '/',
      afterRevision: 1,
      onEvents: (events) => void revisions.push(...events.map((event) => event.revision)),
      onError: () => {},
    });
    await Promise.all(Array.from({ length: 300 }, (_, i) => store().create(`/${i}`, bytes(''))));
    await expect.poll(() => revisions.length).toBe(300);
    expect(revisions).toEqual(Array.from({ length: 300 }, (_, i) => i + 2));
  });

  it('ends its watches when it closes', async () => {
    let error: Error | undefined;
    await store().watch({
      prefix: '/',
      afterRevision: 1,
      onEvents: () => {},
      onError: (reason) => {
        error = reason;
      },
    });
    await store().close();
    expect(error?.name).toBe('StoreClosedError');
    await expect(store().get('/a')).rejects.toMatchObject({ name: 'StoreClosedError' });
  });
}

function compactionForgets(store: () => Store): void {
  it('turns away reads and watches from before, and keeps what is there', async () => {
    await store().create('/a', bytes('1'));
    await store().create('/b', bytes('1'));
    await store().update('/a', bytes('2'), 2);
    await store().delete('/b', 3);
    await store().compact(4);
    expect(await store().compactedRevision()).toBe(4);
    await expect(store().range({ prefix: '/', revision: 3 })).rejects.toBeInstanceOf(CompactedError);
    const watch = { prefix: '/', afterRevision: 2, onEvents: () => {}, onError: () => {} };
    await expect(store().watch(watch)).rejects.toBeInstanceOf(CompactedError);
    const at4 = await store().range({ prefix: '/', revision: 4 });
    expect(at4.items.map((item) => `${item.key}=${text(item.value)}`)).toEqual(['/a=2', '/b=1']);
    await store().compact(5);
    expect((await store().range({ prefix: '/' })).items.map((item) => item.key)).toEqual(['/a']);
    expect(await store().revision()).toBe(5);
    expect(await store().create('/b', bytes('3'))).toBe(6);
    await expect(store().compact(9)).rejects.toBeInstanceOf(FutureRevisionError);
  });
}

function leasesEnd(store: () => Store): void {
  it('deletes the keys of a revoked lease', async () => {
    const lease = await store().grantLease(60);
    const leased = ['/a', '/c', '/d'].map((key) => store().create(key, bytes('1'), { leaseId: lease }));
    await Promise.all(leased);
    await store().create('/b', bytes('1'));
    await store().revokeLease(lease);
    expect((await store().range({ prefix: '/' })).items.map((item) => item.key)).toEqual(['/b']);
  });
}

type Step = { kind: 'put' | 'delete'; key: string } | { kind: 'compact' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('put' as const), key: fc.constantFrom('/a', '/b', '/c', '/a/x') }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.constantFrom('/a', '/b', '/c') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const) }) },
);

function valuesCanBeBorrowed(store: () => Store): void {
  it('lends values, where it can do so without waiting, until they are compacted away', async () => {
    const long = `${'{"name":"value"}'.repeat(200)}`;
    await store().create('/a', bytes(long));
    await store().update('/a', bytes('short'), 2);
    await store().delete('/a', 3);
    const { borrowValue } = store();
    if (!borrowValue) return;
    const borrowed = (key: string, revision: number) => text(borrowValue.call(store(), key, revision));
    expect(borrowed('/a', 2)).toBe(long);
    const copy = borrowValue.call(store(), '/a', 2)!.slice();
    expect(borrowed('/a', 3)).toBe('short');
    expect(text(copy)).toBe(long);
    expect([borrowed('/a', 4), borrowed('/a', 5)]).toEqual([undefined, undefined]);
    await store().compact(3);
    expect([borrowed('/a', 2), borrowed('/a', 3)]).toEqual([undefined, 'short']);
  });
}

function historyIsExact(open: () => Promise<Store>): void {
  it('shows at every revision, and to a watch from every revision, what a plain model shows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const store = await open();
        try {
          await compareWithModel(store, steps);
        } finally {
          await store.close();
        }
      }),
      { numRuns: 25 },
    );
  });
}

async function compareWithModel(store: Store, steps: readonly Step[]): Promise<void> {
  const history = new Map<number, Map<string, string>>([[1, new Map()]]);
  let revision = 1;
  for (const [index, action] of steps.entries()) {
    const state = new Map(history.get(revision));
    if (action.kind === 'compact') {
      await store.compact(Math.max(1, revision - 3));
      continue;
    }
    const current = await store.get(action.key);
    if (action.kind === 'delete') {
      if (!current) continue;
      revision = await store.delete(action.key, current.modRevision);
      state.delete(action.key);
    } else {
      const value = bytes(`${index}`);
      revision = current
        ? await store.update(action.key, value, current.modRevision)
        : await store.create(action.key, value);
      state.set(action.key, `${index}`);
    }
    history.set(revision, state);
  }
  const oldest = await store.compactedRevision();
  for (let at = oldest; at <= revision; at++) {
    const { items } = await store.range({ prefix: '/', revision: at });
    const shown = items.map((item) => [item.key, text(item.value)]);
    expect(shown).toEqual([...history.get(at)!].sort(([a], [b]) => (a < b ? -1 : 1)));
    expect(await replay(store, at, history.get(at)!)).toEqual(history.get(revision));
  }
}

/** The state that a watch from `afterRevision` leads to. */
async function replay(store: Store, afterRevision: number, from: Map<string, string>): Promise<Map<string, string>> {
  const state = new Map(from);
  const newest = await store.revision();
  let last = afterRevision;
  const watch = await store.watch({
    prefix: '/',
    afterRevision,
    onEvents(events) {
      for (const event of events) {
        expect(event.revision).toBeGreaterThan(last);
        last = event.revision;
        if (event.type === 'delete') state.delete(event.key);
        else state.set(event.key, text(event.value)!);
      }
    },
    onError: () => {},
  });
  await expect.poll(() => last).toBe(newest);
  watch.close();
  return state;
}
