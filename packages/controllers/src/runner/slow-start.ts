/**
 * Calls `action` for 0 .. count-1, in batches that double from 1 as long as all succeed: when the first fails (a quota is used
 * up, say), thousands more do not follow. Returns how many succeeded and the first error.
 */
export async function slowStartBatch(
  count: number,
  action: (index: number) => Promise<unknown>,
): Promise<{ succeeded: number; error?: unknown }> {
  let succeeded = 0;
  let next = 0;
  for (let size = Math.min(count, 1); size > 0; size = Math.min(2 * size, count - next)) {
    const batch = Array.from({ length: size }, (_, index) => action(next + index));
    next += size;
    const results = await Promise.allSettled(batch);
    const failed = results.find((result) => result.status === 'rejected');
    succeeded += results.filter((result) => result.status === 'fulfilled').length;
    if (failed) return { succeeded, error: failed.reason };
  }
  return { succeeded };
}
