import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Journal, type JournalEntry } from './journal.ts';

const root = mkdtempSync(join(tmpdir(), 'kubets-journal-'));
let count = 0;
const opened: Journal[] = [];
afterEach(() => {
  for (const journal of opened.splice(0)) journal.close();
  rmSync(join(root, `${count}`), { recursive: true, force: true });
});

function fresh(): { directory: string; journal: Journal } {
  const directory = mkdtempSync(join(root, `${++count}-`));
  return { directory, journal: openAt(directory) };
}

function openAt(directory: string): Journal {
  const journal = Journal.open(directory);
  opened.push(journal);
  return journal;
}

const entry = (revision: number, length = 100): JournalEntry => ({
  revision,
  leaseId: revision % 3,
  bytes: randomBytes(length),
});
const entries = (from: number, to: number, length?: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => entry(from + index, length));
const plain = (some: readonly JournalEntry[]) =>
  some.map(({ revision, leaseId, bytes }) => [revision, leaseId, Buffer.from(bytes).toString('hex')]);

describe('a journal', () => {
  it('gives back what comes after a revision, alone or in groups, short or long', async () => {
    const { directory, journal } = fresh();
    const all = [...entries(2, 2), ...entries(3, 40), ...entries(41, 41, 0), ...entries(42, 43, 700_001)];
    await journal.append(all.slice(0, 1));
    await journal.append(all.slice(1, 20));
    await journal.append(all.slice(20));
    expect(plain(Journal.read(directory, 1))).toEqual(plain(all));
    expect(plain(Journal.read(directory, 25))).toEqual(plain(all.slice(24)));
    expect(Journal.read(directory, 43)).toEqual([]);
  });

  it('takes turns between its files, and what is settled makes room', async () => {
    const { directory, journal } = fresh();
    const all = entries(2, 61, 400_000);
    let settled = 1;
    for (const one of all) {
      if (!journal.hasRoom([one], settled)) {
        expect(plain(Journal.read(directory, settled))).toEqual(plain(all.slice(settled - 1, one.revision - 2)));
        settled = one.revision - 1;
      }
      expect(journal.hasRoom([one], settled)).toBe(true);
      await journal.append([one]);
    }
    expect(settled).toBeGreaterThan(40);
    expect(plain(Journal.read(directory, settled))).toEqual(plain(all.slice(settled - 1)));
    expect(statSync(join(directory, 'journal-0')).size).toBeLessThan(5 * 2 ** 20);
  });

  it('takes a piece that is longer than its files', async () => {
    const { directory, journal } = fresh();
    const [first, long, after] = [entry(2), entry(3, 5 * 2 ** 20), entry(4)];
    await journal.append([first]);
    await journal.append([long]);
    expect(journal.hasRoom([after], 1)).toBe(false);
    expect(journal.hasRoom([after], 2)).toBe(true);
    await journal.append([after]);
    expect(plain(Journal.read(directory, 2))).toEqual(plain([long, after]));
  });

  it('ends where a piece was not written to its end', async () => {
    const { directory, journal } = fresh();
    const all = entries(2, 9, 1000);
    for (const one of all) await journal.append([one]);
    const file = join(directory, 'journal-0');
    const whole = readFileSync(file);
    const pieceBytes = 1048;
    for (const damagedAt of [3 * pieceBytes, 3 * pieceBytes + 4, 3 * pieceBytes + 25, 3 * pieceBytes + 500]) {
      const damaged = Buffer.from(whole);
      damaged.fill(0, damagedAt, damagedAt + 8);
      writeFileSync(file, damaged);
      expect(plain(Journal.read(directory, 1))).toEqual(plain(all.slice(0, 3)));
    }
    writeFileSync(file, whole.subarray(0, 3 * pieceBytes + 700));
    expect(plain(Journal.read(directory, 1))).toEqual(plain(all.slice(0, 3)));
  });

  it('is not misled by what an earlier process left in its files', async () => {
    const { directory, journal } = fresh();
    for (const one of entries(2, 50)) await journal.append([one]);
    const again = openAt(directory);
    const newer = entries(51, 53);
    for (const one of newer) await again.append([one]);
    expect(plain(Journal.read(directory, 50))).toEqual(plain(newer));
  });

  it('says so when something is missing', async () => {
    const { directory, journal } = fresh();
    await journal.append(entries(5, 7));
    expect(() => Journal.read(directory, 3)).toThrow('revision 4 is missing in the journal');
  });
});
