import { type AnyMessage, Field, type Message, message } from '@kubets/core';

export interface OptionalFields {
  /** Full name of the older message. */
  readonly name: string;
  /** Fields that need not be given, which clients check before they send anything. */
  readonly optional?: readonly string[];
  /** Messages that take the place of those that the named fields are of. */
  readonly of?: Readonly<Record<string, Field<unknown, boolean>['of']>>;
}

/** A message of a retired version in which less has to be given than in the one that took its place. */
export function lessDemanding({ description, fields, unions }: Message, older: OptionalFields): AnyMessage {
  const copies = Object.entries(fields).map(([name, original]) => {
    const isRequired = original.isRequired && !older.optional?.includes(name);
    const of = older.of?.[name] ?? original.of;
    return [name, Object.assign(Object.create(Field.prototype), original, { isRequired, of })] as const;
  });
  return message(older.name, description, Object.fromEntries(copies), { unions });
}
