import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';

/** A place in the server for one request. */
export interface FlowTicket {
  readonly flowSchemaUid: string;
  readonly priorityLevelUid: string;
  /** Gives the place up; more than once is harmless. */
  release(): void;
}

/** Decides when a request is served. */
export interface FlowControl {
  /** The ticket, at once or after waiting in a queue. Throws 429 when the queue is full or the wait too long. */
  enter(info: RequestInfo, user: User): FlowTicket | Promise<FlowTicket>;
}
