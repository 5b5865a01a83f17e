import { hasReason, notFound } from '@kubets/core';
import { loopbackUser } from '../system-users.ts';
import { create } from '../verbs/create.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';
import type { Lookup } from './lookup.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };

function isElsewhere({ resource, namespace }: AdmissionRequest): boolean {
  return !namespace || (resource.name.group === '' && resource.name.resource === 'namespaces');
}

/** Makes the namespace of whatever is created, if it is missing. */
export function namespaceAutoProvision(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'NamespaceAutoProvision',
    handles: (operation) => operation === 'CREATE',
    async mutate(admission) {
      const { namespace, dryRun } = admission;
      if (isElsewhere(admission) || dryRun || (await lookup.get(NAMESPACES, namespace))) return;
      const { server } = lookup;
      const request = {
        verb: 'create' as const,
        resource: { ...NAMESPACES, version: 'v1' },
        namespace: '',
        name: '',
        subresource: '',
        user: loopbackUser,
        options: {},
        body: { kind: 'Namespace', apiVersion: 'v1', metadata: { name: namespace } },
      };
      try {
        await create(server, request, server.registry.get('', 'namespaces'));
      } catch (error) {
        // Somebody else was faster.
        if (!hasReason(error, 'AlreadyExists')) throw error;
      }
    },
  };
}

/** Nothing happens in namespaces that do not exist. */
export function namespaceExists(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    handles: (operation) => operation !== 'CONNECT',
    async validate(admission) {
      const { namespace } = admission;
      if (isElsewhere(admission) || (await lookup.get(NAMESPACES, namespace))) return;
      throw notFound(NAMESPACES, namespace);
    },
  };
}
