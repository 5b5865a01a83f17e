import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';

/** One request as the audit trail sees it. */
export interface AuditEvent {
  readonly auditId: string;
  readonly info: RequestInfo;
  readonly user: User;
  /** Who impersonates `user`. */
  readonly impersonatedBy: User | undefined;
  readonly remoteAddress: string;
  readonly userAgent: string;
}

/** Where requests are recorded. Nothing waits for it. */
export interface AuditSink {
  received(event: AuditEvent): void;
  completed(event: AuditEvent, code: number): void;
}
