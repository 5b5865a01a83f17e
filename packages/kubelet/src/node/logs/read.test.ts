import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostClock } from '@kubets/core/node';
import { expect, test } from 'vitest';
import type { LogOptions } from '../../runtime.ts';
import { readLog } from './read.ts';

const line = (text: string) => `2026-01-01T00:00:00.000000000Z stdout F ${text}\n`;

/** Reads a log that grows by a line after each one that is read. */
async function readGrowing(options: LogOptions, until = Number.POSITIVE_INFINITY): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'kubets-log-'));
  const path = join(dir, '0.log');
  const { signal } = new AbortController();
  writeFileSync(path, line('first') + line('last'));
  const lines: string[] = [];
  try {
    for await (const chunk of readLog({ path, options, signal, clock: hostClock, isRunning: async () => true })) {
      lines.push(Buffer.from(chunk).toString().trimEnd());
      if (lines.length >= until) break;
      appendFileSync(path, line(`later ${lines.length}`));
    }
    return lines;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('the tail has no more lines than were asked for, whatever is written while it is read', async () => {
  expect(await readGrowing({ tailLines: 1 })).toEqual(['last']);
  expect(await readGrowing({ tailLines: 2 })).toEqual(['first', 'last']);
  expect(await readGrowing({ tailLines: 0 })).toEqual([]);
});

test('whoever follows the tail is told what is written after it', async () => {
  expect(await readGrowing({ tailLines: 1, follow: true }, 3)).toEqual(['last', 'later 1', 'later 2']);
});
