/** Machine-readable reasons of a failed request, as the API's `Status.reason` names them. */
export type StatusReason =
  | ''
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'StoreReadError'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable'
  | (string & {});

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The API's `Status` object (meta/v1). */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never> | { resourceVersion?: string; continue?: string };
  status?: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason;
  details?: StatusDetails;
  code?: number;
}

/** A failed request: the one error type that crosses package borders; `toStatus()` is its form on the wire. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: StatusReason;
  readonly details: StatusDetails | undefined;
  /** A fresh `continue` token that some 410 answers carry in `metadata.continue`. */
  readonly continueToken: string | undefined;

  constructor(options: {
    code: number;
    reason: StatusReason;
    message: string;
    details?: StatusDetails;
    continueToken?: string;
    cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.reason = options.reason;
    this.details = options.details;
    this.continueToken = options.continueToken;
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken ? { continue: this.continueToken } : {},
      status: 'Failure',
      message: this.message,
      ...(this.reason ? { reason: this.reason } : {}),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }

  /** The error that a received failure `Status` stands for. */
  static fromStatus(status: Partial<Status>, fallbackCode = 500): StatusError {
    const details = status.details;
    return new StatusError({
      code: status.code ?? fallbackCode,
      reason: status.reason ?? '',
      message: status.message ?? `the server responded with the status code ${fallbackCode}`,
      ...(details ? { details } : {}),
    });
  }
}

/** Which resource an error speaks of. */
export interface ResourceName {
  group: string;
  resource: string;
}

const qualified = ({ group, resource }: ResourceName) => (group ? `${resource}.${group}` : resource);
const detailsOf = ({ group, resource }: ResourceName, name: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(group ? { group } : {}),
  kind: resource,
});

export function notFound(resource: ResourceName, name: string): StatusError {
  const message = `${qualified(resource)} "${name}" not found`;
  return new StatusError({ code: 404, reason: 'NotFound', message, details: detailsOf(resource, name) });
}

export function alreadyExists(resource: ResourceName, name: string): StatusError {
  const message = `${qualified(resource)} "${name}" already exists`;
  return new StatusError({ code: 409, reason: 'AlreadyExists', message, details: detailsOf(resource, name) });
}

export function conflict(resource: ResourceName, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: detailsOf(resource, name) });
}

/** A conflict with the message that clients know as "read again, then retry". */
export function modifiedConflict(resource: ResourceName, name: string): StatusError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(resource, name, why);
}

export function forbidden(resource: ResourceName, name: string, why: string): StatusError {
  const subject = resource.resource
    ? `${qualified(resource)}${name ? ` "${name}"` : ''} is forbidden: `
    : 'forbidden: ';
  const details = detailsOf(resource, name);
  return new StatusError({ code: 403, reason: 'Forbidden', message: `${subject}${why}`, details });
}

export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

export function unauthorized(message = 'Unauthorized'): StatusError {
  return new StatusError({ code: 401, reason: 'Unauthorized', message });
}

export function methodNotSupported(resource: ResourceName, verb: string): StatusError {
  const message = `${verb} is not supported on resources of kind "${qualified(resource)}"`;
  return new StatusError({ code: 405, reason: 'MethodNotAllowed', message, details: detailsOf(resource, '') });
}

/** The revision asked for has been compacted away: list again. `continueToken` lets a paged list go on inconsistently. */
export function expired(message: string, continueToken?: string): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message, ...(continueToken ? { continueToken } : {}) });
}

/** What anything that was thrown says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function internalError(cause: unknown): StatusError {
  const text = messageOf(cause);
  const details = { causes: [{ message: text }] };
  return new StatusError({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${text}`,
    details,
    cause,
  });
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError({ code: 429, reason: 'TooManyRequests', message, details: { retryAfterSeconds } });
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError({ code: 503, reason: 'ServiceUnavailable', message });
}

export function timeout(message: string, retryAfterSeconds = 0): StatusError {
  const details = retryAfterSeconds ? { retryAfterSeconds } : {};
  return new StatusError({ code: 504, reason: 'Timeout', message: `Timeout: ${message}`, details });
}

/** True when `error` is a `StatusError` with that reason. */
export function hasReason(error: unknown, reason: StatusReason): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}
