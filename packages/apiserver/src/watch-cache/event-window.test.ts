import { type ConfigMap, configMapKind } from '@kubets/api';
import { describe, expect, it } from 'vitest';
import { CachedObject, type Lender, ObjectEvent, type ObjectForm } from './cached-object.ts';
import { EventWindow, WindowBudget } from './event-window.ts';

const form: ObjectForm = { kind: configMapKind, protobuf: undefined, convert: undefined };
const bytesOf = (name: string) =>
  new TextEncoder().encode(`{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"${name}","uid":"u"}}`);

/** A store that forgets what it is told to, and lends what it reads into one buffer, over and over. */
function lender() {
  const values = new Map<number, Uint8Array>();
  const read = Buffer.alloc(1024);
  const borrowing: Lender = {
    borrowValue(_key, revision) {
      const value = values.get(revision);
      if (!value) return undefined;
      read.set(value);
      return read.subarray(0, value.length);
    },
  };
  return { ...borrowing, values };
}

function lent(store: ReturnType<typeof lender>, revision: number): CachedObject<ConfigMap> {
  const value = bytesOf(`at-${revision}`);
  store.values.set(revision, value);
  const object = new CachedObject<ConfigMap>({ key: '/a', revision, value, form, lender: store });
  object.release();
  return object;
}

const own = (revision: number, length: number) =>
  new CachedObject({ key: '/a', revision, value: new Uint8Array(length), form });

describe('an object whose bytes are borrowed', () => {
  it('is the same as one that holds them', () => {
    const store = lender();
    const object = lent(store, 7);
    const same = new CachedObject<ConfigMap>({ key: '/a', revision: 7, value: bytesOf('at-7'), form });
    expect(object.object).toEqual(same.object);
    expect(object.encoded('json')).toEqual(same.encoded('json'));
    expect(object.jsonLength).toBe(same.jsonLength);
    expect(object.at(9).encoded('json')).toEqual(same.at(9).encoded('json'));
  });

  it('is answered with 410 once the store has forgotten it, unless the bytes were taken back before', () => {
    const store = lender();
    const [forgotten, kept] = [lent(store, 7), lent(store, 8)];
    const another = lent(store, 9);
    kept.hold();
    another.hold();
    store.values.clear();
    expect(() => forgotten.value).toThrow(expect.objectContaining({ code: 410, reason: 'Expired' }));
    expect(kept.value).toEqual(bytesOf('at-8'));
  });
});

describe('windows of events', () => {
  it('share one budget: the largest gives way', () => {
    const budget = new WindowBudget(100_000);
    const [small, large] = [new EventWindow(0, budget), new EventWindow(0, budget)];
    small.push(new ObjectEvent('ADDED', own(1, 1000)));
    for (let revision = 2; revision < 40; revision++) large.push(new ObjectEvent('ADDED', own(revision, 10_000)));
    expect(budget.bytes).toBeLessThanOrEqual(100_000);
    expect([small.size, large.size]).toEqual([1, 9]);
    expect(small.since).toBe(0);
    expect(large.after(large.since).map(({ stored }) => stored.revision)).toEqual([31, 32, 33, 34, 35, 36, 37, 38, 39]);
    large.close();
    expect(budget.bytes).toBe(small.bytes);
  });

  it('outlive the history of the store by a few events', () => {
    const store = lender();
    const window = new EventWindow(0, new WindowBudget());
    let previous: CachedObject<ConfigMap> | undefined;
    for (let revision = 1; revision <= 300; revision++) {
      const stored = lent(store, revision);
      window.push(new ObjectEvent('MODIFIED', stored, previous));
      previous = stored;
    }
    window.outlive(250);
    for (let revision = 1; revision < 250; revision++) store.values.delete(revision);
    expect(window.since).toBe(200);
    for (const { stored, previous } of window.after(200)) {
      expect(stored.object.metadata.name).toBe(`at-${stored.revision}`);
      expect(previous!.object.metadata.name).toBe(`at-${stored.revision - 1}`);
    }
  });

  it('outlive the history when most of them go', () => {
    const store = lender();
    const budget = new WindowBudget();
    const window = new EventWindow(0, budget);
    for (let revision = 1; revision <= 3000; revision++) window.push(new ObjectEvent('ADDED', lent(store, revision)));
    window.outlive(2900);
    for (let revision = 1; revision < 2900; revision++) store.values.delete(revision);
    expect([window.since, window.size]).toEqual([2900, 100]);
    expect(window.after(2900).map(({ stored }) => stored.object.metadata.name)[0]).toBe('at-2901');
    window.outlive(2950);
    expect([window.since, window.size]).toEqual([2900, 100]);
    window.close();
    expect(budget.bytes).toBe(0);
  });

  it('keep what is newer than the history, however much that is', () => {
    const store = lender();
    const window = new EventWindow(0, new WindowBudget());
    for (let revision = 1; revision <= 300; revision++) window.push(new ObjectEvent('ADDED', lent(store, revision)));
    window.outlive(20);
    expect([window.since, window.size]).toEqual([20, 280]);
  });
});
