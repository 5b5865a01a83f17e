import type { KindDefinition } from '@kubets/core';
import type { HttpExchange } from '../pipeline/http.ts';
import type { QueryValues } from '../pipeline/query.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { User } from '../request.ts';

/** An authorized request for a subresource that streams: log, exec, attach, portforward, proxy. */
export interface ConnectRequest {
  readonly info: RequestInfo;
  readonly query: QueryValues;
  readonly kind: KindDefinition;
  readonly user: User;
  readonly exchange: HttpExchange;
}

/** Answers streaming subresources by passing them on to where the pod runs. Refusals are thrown as `StatusError`. */
export interface Connector {
  connect(request: ConnectRequest): Promise<void>;
}
