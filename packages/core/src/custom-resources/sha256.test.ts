import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256 } from './sha256.ts';

it('hashes texts of every length around the ends of blocks', () => {
  for (let length = 0; length < 200; length++) {
    const text = `é${'x'.repeat(length)}`;
    expect(Buffer.from(sha256(text)).toString('hex')).toBe(createHash('sha256').update(text).digest('hex'));
  }
});
