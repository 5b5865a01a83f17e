import { describe, expect, it } from 'vitest';
import { withRelativeLayers } from './mounts.ts';

describe('options of an overlay', () => {
  it('names layers from the directory that they share', () => {
    const options = ['index=off', 'lowerdir=/data/snapshots/10/fs:/data/snapshots/7/fs:/data/snapshots/6/fs'];
    expect(withRelativeLayers(options)).toEqual({
      cwd: '/data/snapshots',
      options: ['index=off', 'lowerdir=10/fs:7/fs:6/fs'],
    });
  });

  it('keeps the last part of a single layer', () => {
    expect(withRelativeLayers(['lowerdir=/data/6/fs'])).toEqual({ cwd: '/data/6', options: ['lowerdir=fs'] });
  });

  it('leaves options without layers as they are', () => {
    expect(withRelativeLayers(['ro'])).toEqual({ cwd: '/', options: ['ro'] });
  });
});
