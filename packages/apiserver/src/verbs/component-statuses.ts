import type { ComponentStatus } from '@kubets/api';
import { notFound } from '@kubets/core';
import { answerTransient } from '../registry/outcome.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';

const COMPONENTS = ['controller-manager', 'scheduler', 'etcd-0'];

/** GET of component statuses, which are computed: the parts of the control plane live and die with this process. */
export async function componentStatuses(
  _server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<VerbResult> {
  if (request.verb === 'get') {
    if (!COMPONENTS.includes(request.name)) throw notFound(resource.name, request.name);
    return answerTransient(statusOf(request.name));
  }
  const items = COMPONENTS.map((name) => {
    const object = statusOf(name);
    const encoded = () => new TextEncoder().encode(JSON.stringify(object));
    return { key: name, revision: 0, object, encoded };
  });
  return { type: 'list', code: 200, warnings: [], kind: resource.kind, metadata: {}, items };
}

function statusOf(name: string): ComponentStatus {
  return {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name },
    conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
  } as ComponentStatus;
}
