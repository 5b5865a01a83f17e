import type { Namespace } from '@kubets/api';
import { forbidden, notFound, StatusError } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
const NAMESPACES = { group: '', resource: 'namespaces' };
/** Reviews are answered whatever becomes of the namespace. */
const REVIEW_GROUP = 'authorization.k8s.io';

/** Nothing is created in namespaces that are missing or about to end, and some namespaces never end. */
export function namespaceLifecycle(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: (operation) => operation !== 'CONNECT',
    async mutate(admission) {
      const { operation, resource, namespace, name } = admission;
      const isNamespace = resource.name.group === '' && resource.name.resource === 'namespaces';
      if (isNamespace) {
        if (operation === 'DELETE' && IMMORTAL.has(name)) {
          throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
        }
        return;
      }
      if (!namespace || operation === 'DELETE' || resource.name.group === REVIEW_GROUP) return;
      const found = await lookup.get<Namespace>(NAMESPACES, namespace);
      if (!found) throw notFound(NAMESPACES, namespace);
      if (operation === 'CREATE' && found.status?.phase === 'Terminating') throw terminating(admission);
    },
  };
}

function terminating(admission: AdmissionRequest): StatusError {
  const { namespace } = admission;
  const plain = refused(
    admission,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  const { code, reason, message, details } = plain;
  return new StatusError({ code, reason, message, details: { ...details, causes: [cause] } });
}
