import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterLayout } from '../cluster/layout.ts';

const listPath = (layout: ClusterLayout) => join(layout.imageDir, 'loaded.json');

/**
 * Full names of the images that were loaded by hand. They are their own registry: a pull policy of Always is satisfied by the
 * image that was loaded, on a machine that reaches no registry as well.
 */
export function loadedImages(layout: ClusterLayout): Set<string> {
  try {
    return new Set(JSON.parse(readFileSync(listPath(layout), 'utf8')) as string[]);
  } catch {
    return new Set();
  }
}

export function rememberLoadedImages(layout: ClusterLayout, names: readonly string[]): void {
  const all = [...new Set([...loadedImages(layout), ...names])].sort();
  mkdirSync(layout.imageDir, { recursive: true });
  writeFileSync(`${listPath(layout)}.partial`, JSON.stringify(all, null, 2));
  renameSync(`${listPath(layout)}.partial`, listPath(layout));
}
