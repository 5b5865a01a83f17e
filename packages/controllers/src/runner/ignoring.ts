import { hasReason, type StatusReason } from '@kubets/core';

/** Waits for a write whose refusal for one of these reasons is as good as success: the object is gone, or somebody else's by now. */
export async function ignoring(write: Promise<unknown>, ...reasons: StatusReason[]): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!reasons.some((reason) => hasReason(error, reason))) throw error;
  }
}
