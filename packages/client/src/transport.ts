import type { JsonValue, KubeList, KubeObject, Status } from '@kubets/core';

/** Verbs as authorization and audit name them. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | 'connect';

export interface ResourceRef {
  readonly group: string;
  readonly version: string;
  /** Plural, as in URLs. */
  readonly resource: string;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** The query options of all verbs, decoded; each verb reads its own. */
export interface RequestOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  readonly timeoutSeconds?: number;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly force?: boolean;
}

/** A decoded request; the API server's pipeline works on it, whether it came over HTTP or in process. */
export interface ApiRequest {
  readonly verb: Verb;
  readonly resource: ResourceRef;
  /** '' for cluster scope and for all namespaces. */
  readonly namespace: string;
  /** '' for collections. */
  readonly name: string;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly options: RequestOptions;
  /** The object for create and update, DeleteOptions for deletes, the patch for patch. Not to be changed by the callee. */
  readonly body?: unknown;
  readonly patchType?: PatchType;
}

export interface ApiResponse {
  /** HTTP status code: 200, 201 or 202. */
  readonly code: number;
  readonly body: KubeObject | KubeList | Status;
  readonly warnings?: readonly string[];
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';

export interface WatchEvent<T extends KubeObject = KubeObject> {
  readonly type: WatchEventType;
  /** For bookmarks only metadata.resourceVersion and annotations are set. */
  readonly object: T;
}

/**
 * How requests reach an API server: `local` hands the very objects over, `http` encodes them. Failures are thrown as
 * `StatusError`. A watch ends (without throwing) when the server closes it, and throws a 410 `StatusError` when its
 * revision is gone.
 */
export interface Transport {
  request(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse>;
  watch(request: ApiRequest, signal: AbortSignal): AsyncIterable<WatchEvent>;
}

/** A JSON patch operation (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: JsonValue;
}
