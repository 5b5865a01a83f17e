import { sameJson } from '@kubets/core';
import type { AdmissionRequest } from '../admission/admission.ts';
import type { AuthenticatedRequest } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { noSuchResource } from '../verbs/dispatch.ts';
import { asObject, type ConnectOptions } from './options.ts';

/**
 * Shows a connection to the admission plugins before it is made; `request.body` are its options. Returns those to go on with:
 * the very ones unless a plugin has changed them. Refusals are thrown as `StatusError`.
 */
export async function admitConnect(server: ServerContext, request: AuthenticatedRequest): Promise<ConnectOptions> {
  const resource = server.registry.find(request.resource);
  if (!resource) throw noSuchResource();
  const given = request.body as ConnectOptions;
  const options = structuredClone(given);
  const admission: AdmissionRequest = {
    operation: 'CONNECT',
    request,
    resource,
    namespace: request.namespace,
    name: request.name,
    subresource: request.subresource,
    object: asObject(options),
    old: undefined,
    dryRun: false,
    warn: (text) => void request.warnings?.add(text),
  };
  await server.admission.mutate(admission);
  await server.admission.validate(admission);
  return sameJson(options, given) ? given : options;
}
