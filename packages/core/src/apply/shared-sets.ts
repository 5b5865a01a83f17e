import { type FieldSet, isEmptyFieldSet, LEAF } from './field-set.ts';

/** How many different sets are kept to be shared. */
const MAX_SHARED_SETS = 4096;
/** Sets that print longer than this are seldom the same as another. */
const MAX_TEXT_LENGTH = 16 * 1024;

const sets = new Map<string, FieldSet>();

/**
 * The same field set, made of parts that all objects with such parts share: a hundred thousand pods of a few controllers have
 * only a few different sets below `f:spec` and `f:status`, and they take more memory than the pods otherwise.
 */
export function shareFieldSet(set: FieldSet): FieldSet {
  const shared: FieldSet = {};
  for (const element in set) {
    const below = set[element] as FieldSet;
    // Metadata holds an owner's uid, so that it is shared by its parts.
    shared[element] = element === 'f:metadata' ? shareParts(below) : sharedForm(below);
  }
  return shared;
}

function shareParts(set: FieldSet): FieldSet {
  const shared: FieldSet = {};
  for (const element in set) shared[element] = sharedForm(set[element] as FieldSet);
  return shared;
}

function sharedForm(set: FieldSet): FieldSet {
  if (isEmptyFieldSet(set)) return LEAF;
  const text = JSON.stringify(set);
  if (text.length > MAX_TEXT_LENGTH) return set;
  const known = sets.get(text);
  if (known) return known;
  if (sets.size >= MAX_SHARED_SETS) sets.delete(sets.keys().next().value!);
  sets.set(text, set);
  return set;
}
