import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, VirtualClock } from '@kubets/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditEvent } from '../audit/event.ts';
import { AuditLog } from './audit-log.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubets-audit-'));
  path = join(dir, 'logs', 'audit.log');
});
afterEach(() => rmSync(dir, { recursive: true }));

const clock = new VirtualClock(Date.parse('2026-02-03T04:05:06.789Z'));
const event = (auditID: string, size = 0) => ({ auditID, requestURI: 'x'.repeat(size) }) as AuditEvent;
const files = () => readdirSync(join(dir, 'logs')).sort();
const idsIn = (name: string) =>
  readFileSync(join(dir, 'logs', name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).auditID);

it('writes a line an event, behind those of earlier runs', async () => {
  for (const ids of [['a', 'b'], ['c']]) {
    const log = new AuditLog({ path, clock, logger: silentLogger });
    for (const id of ids) log.record(event(id));
    await log.close();
  }
  expect(idsIn('audit.log')).toEqual(['a', 'b', 'c']);
});

it('rotates a file that is full, and removes what is too old or too much', async () => {
  const log = new AuditLog({ path, maxSizeMegabytes: 1, maxAgeDays: 10, maxBackups: 2, clock, logger: silentLogger });
  writeFileSync(join(dir, 'logs', 'audit-2026-01-01T00-00-00.000.log'), '');
  writeFileSync(join(dir, 'logs', 'audit-2026-02-01T00-00-00.000.log'), '');
  writeFileSync(join(dir, 'logs', 'audit-2026-02-02T00-00-00.000.log'), '');
  log.record(event('a', 700_000));
  await log.flush();
  log.record(event('b', 700_000));
  await log.close();
  expect(files()).toEqual(['audit-2026-02-02T00-00-00.000.log', 'audit-2026-02-03T04-05-06.789.log', 'audit.log']);
  expect(idsIn('audit-2026-02-03T04-05-06.789.log')).toEqual(['a']);
  expect(idsIn('audit.log')).toEqual(['b']);
});
