import type { JsonObject, JsonValue } from '../object.ts';
import { isObject } from '../patch/json-value.ts';
import type { AnyMessage } from '../schema/types.ts';
import { type MergeType, structOf } from './merge-type.ts';
import { complaintsAbout, mergeApplied } from './typed-value.ts';

/**
 * Merges a configuration into an object as server-side apply would, without owners: fields are set, none is taken out. Lists and
 * maps that are one value may not be touched, since what the configuration leaves out of them would be lost.
 *
 * @throws Error saying what does not fit the schema, or may not be changed.
 */
export function mergeConfiguration(options: {
  readonly live: JsonObject;
  readonly configuration: JsonObject;
  readonly schema: AnyMessage;
}): JsonObject {
  const { live, configuration, schema } = options;
  const type = structOf(schema);
  const complaints = complaintsAbout(configuration, type);
  if (complaints.length > 0) {
    const text =
      complaints.length === 1 ? complaints[0]! : ['errors:', ...complaints.map((each) => `  ${each}`)].join('\n');
    throw new Error(`failed to convert patch object to typed object: ${text}`);
  }
  const atomics = atomicParts(configuration, type, '');
  if (atomics.length > 0) {
    throw new Error(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`);
  }
  return mergeApplied(live, configuration, type) as JsonObject;
}

/** Paths of the lists and maps in a value that have one owner as a whole. */
function atomicParts(value: JsonValue, type: MergeType, path: string): string[] {
  switch (type.form) {
    case 'leaf':
      return (type.is === 'list' && Array.isArray(value)) || (type.is === 'map' && isObject(value)) ? [path] : [];
    case 'deduced':
      return Array.isArray(value) ? [path] : [];
    case 'list':
      if (!Array.isArray(value)) return [];
      return value.flatMap((item, index) => atomicParts(item, type.item, `${path}[${index}]`));
    case 'struct':
      return fieldParts(value, (name) => type.rule(name)?.type, path);
    default:
      return [];
  }
}

function fieldParts(value: JsonValue, typeOf: (name: string) => MergeType | undefined, path: string): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, field]) => {
    const type = typeOf(name);
    return type && field !== undefined ? atomicParts(field, type, `${path}.${name}`) : [];
  });
}
