import type { KubeObject } from '@kubets/core';

/** What one write has reserved. */
export interface Reserved {
  /** The object is not stored after all: gives back what was reserved for it. */
  undo(): Promise<void> | void;
  /** The object is stored: gives back what the object had before and has no more. */
  commit(): Promise<void> | void;
}

export const NOTHING_RESERVED: Reserved = { undo() {}, commit() {} };

/** What the server reserves for objects of one resource beside storing them. */
export interface WriteHook {
  /** Fills reserved values into a new object. */
  beforeCreate(draft: KubeObject, options: { dryRun: boolean }): Promise<Reserved>;
  /** The same for a change. */
  beforeUpdate(draft: KubeObject, old: KubeObject, options: { dryRun: boolean }): Promise<Reserved>;
  afterDelete(object: KubeObject): Promise<void> | void;
}
