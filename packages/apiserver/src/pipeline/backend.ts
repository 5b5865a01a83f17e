import type { Disposable, KindDefinition } from '@kubets/core';
import type { AuthenticatedRequest, VerbResult, WatchSink } from '../request.ts';

/** The verbs behind the front door: everything that follows authentication and authorization. */
export interface RequestHandler {
  /** Answers any verb but watch; failures are thrown as `StatusError`. */
  handle(request: AuthenticatedRequest): Promise<VerbResult>;
  /** Starts a watch; it ends when the result is disposed or when the sink's `onEnd` is called. */
  watch(request: AuthenticatedRequest, sink: WatchSink): Disposable;
}

/** The kinds served at the moment, built in and custom. */
export interface KindCatalog {
  /** Rises whenever the kinds change; documents derived from them are kept until then. */
  readonly generation: number;
  kinds(): readonly KindDefinition[];
  find(group: string, version: string, resource: string): KindDefinition | undefined;
}
