import type { ApiRequest, WatchEventType } from '@kubets/client';
import type { KindDefinition, KubeObject, ListMeta, Status } from '@kubets/core';
import type { AuditRecord } from './audit/audit.ts';

/** Who makes a request, as authentication found out. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What the verbs work on: a decoded request and its user. */
export interface AuthenticatedRequest extends ApiRequest {
  readonly user: User;
  /** What the decoder says of fields that the body gives more than once, where the reader of the body is to tell of it. */
  readonly duplicates?: readonly string[];
  /** Gathers what the client is to be warned of, whether the request succeeds or not. */
  readonly warnings?: Set<string>;
  /** Where the request is recorded, if it is. */
  readonly audit?: AuditRecord;
}

/** The media types that an object is kept encoded in. */
export type Encoding = 'json' | 'protobuf';

/**
 * One revision of one stored object, shared by the watch cache, every informer in this process and every response being
 * written: decoded at most once and encoded at most once per media type, however many read it.
 */
export interface StoredObject<T extends KubeObject = KubeObject> {
  readonly key: string;
  readonly revision: number;
  /** The decoded object with metadata.resourceVersion set. Not to be changed. */
  readonly object: T;
  /** The object on the wire; for protobuf with its envelope. */
  encoded(encoding: Encoding): Uint8Array;
  /** Length of the JSON form, where `writeJson` can write it straight into a list. */
  readonly jsonLength?: number | undefined;
  /** Writes the JSON form into `target` from `at` on, without its first `omitted` bytes, and returns where it ends. */
  writeJson?(target: Uint8Array, at: number, omitted?: number): number;
}

/** One change as watchers see it; the frame on the wire is made once per media type and shared by all of them. */
export interface CacheEvent<T extends KubeObject = KubeObject> {
  readonly type: WatchEventType;
  readonly stored: StoredObject<T>;
  /** For JSON one line of `{"type":...,"object":...}`; for protobuf a length-delimited WatchEvent. */
  frame(encoding: Encoding): Uint8Array;
}

/** What a verb answers, before it is encoded. */
export type VerbResult = { readonly code: number; readonly warnings: readonly string[] } & (
  | { readonly type: 'object'; readonly kind: KindDefinition; readonly stored: StoredObject }
  /** An object that is not stored: a review, a Scale, a dry run. */
  | { readonly type: 'transient'; readonly object: KubeObject }
  | {
      readonly type: 'list';
      readonly kind: KindDefinition;
      readonly metadata: ListMeta;
      readonly items: readonly StoredObject[];
    }
  | { readonly type: 'status'; readonly status: Status }
);

/** Takes a watch's events, a batch a call, in order. */
export interface WatchSink {
  onEvents(events: readonly CacheEvent[]): void;
  /** The watch is over: with an error to be sent to the client (410, say), or because its time is up. */
  onEnd(error?: unknown): void;
  /** Bytes (roughly) that have been taken and not yet been sent; a watcher with too many is ended. */
  pendingBytes?(): number;
}
