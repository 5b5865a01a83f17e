import type { Status } from '@kubets/core';
import type { HttpHeaders } from '../pipeline/http.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';

/** How much of a request is recorded, in rising order. */
export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

/** What is known of a request when its record begins. */
export interface Arrival {
  readonly auditId: string;
  readonly info: RequestInfo;
  /** Who sent it; undefined when that could not be found out. */
  readonly user: User | undefined;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: HttpHeaders;
  readonly remoteAddress: string;
}

/** What a request was answered. */
export interface AuditAnswer {
  readonly code: number;
  /** The Status sent, where the answer was one. */
  readonly status?: Status | undefined;
  /** Makes the JSON of the object sent; called only where the record takes it. */
  readonly object?: (() => unknown) | undefined;
}

/** The record of one request. Whoever takes part in answering it may add what it knows. */
export interface AuditRecord {
  /** The request is made in another's name. */
  impersonated(user: User): void;
  /** Adds a note. The first of a key stays. */
  annotate(key: string, value: string): void;
  /** True where bodies are recorded too, so that others need not prepare them. */
  readonly takesRequest: boolean;
  readonly takesResponse: boolean;
  /** The object that the request sends; the last one counts. The record keeps it as it is: nobody changes it afterwards. */
  requestObject(object: unknown): void;
  /** A long-running request begins to be answered. */
  responseStarted(code: number): void;
  /** The request has been answered; calls after the first do nothing. */
  completed(answer: AuditAnswer): void;
  /** The request broke the server. */
  panicked(error: unknown): void;
}

/** Where requests are recorded. Nothing waits for it. */
export interface AuditSink {
  /** Begins the record of a request; undefined when it is not to be recorded. */
  begin(arrival: Arrival): AuditRecord | undefined;
  /** Records a request whose sender could not be found out. */
  unauthenticated(arrival: Arrival, code: number): void;
}
