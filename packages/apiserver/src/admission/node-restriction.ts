import type { Node, Pod } from '@kubets/api';
import { sameJson } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';

const NODE_USER_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const LEASE_NAMESPACE = 'kube-node-lease';
/** Labels below these domains that a kubelet may set on its node. */
const ALLOWED_LABEL_PREFIXES = ['kubelet.kubernetes.io/', 'node.kubernetes.io/'];
const ALLOWED_LABELS = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);

/** A kubelet changes its own node, its own pods and its own lease, and no others. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  handles: (operation) => operation !== 'CONNECT',
  validate(admission) {
    const { user } = admission.request;
    if (!user.groups.includes(NODES_GROUP) || !user.name.startsWith(NODE_USER_PREFIX)) return;
    const nodeName = user.name.slice(NODE_USER_PREFIX.length);
    const { group, resource } = admission.resource.name;
    if (group === '' && resource === 'pods') checkPod(admission, nodeName);
    else if (group === '' && resource === 'nodes') checkNode(admission, nodeName);
    else if (group === 'coordination.k8s.io' && resource === 'leases') checkLease(admission, nodeName);
    else if (group === 'storage.k8s.io' && resource === 'csinodes') checkOwnName(admission, nodeName, 'CSINode');
  },
};

function checkPod(admission: AdmissionRequest, nodeName: string): void {
  const { operation, subresource, object, old } = admission;
  if (operation === 'CREATE') {
    const pod = object as Pod;
    if (pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined) {
      throw refused(
        admission,
        'pod does not have "kubernetes.io/config.mirror" annotation, node ' +
          `${JSON.stringify(nodeName)} can only create mirror pods`,
      );
    }
    if (pod.spec.nodeName !== nodeName) {
      throw refused(
        admission,
        `node ${JSON.stringify(nodeName)} can only create pods with spec.nodeName set to itself`,
      );
    }
    return;
  }
  const owner = (old as Pod | undefined)?.spec.nodeName;
  if (operation === 'UPDATE' && subresource !== 'status') {
    throw refused(
      admission,
      `unexpected operation UPDATE, node ${JSON.stringify(nodeName)} can only update pod status`,
    );
  }
  if (owner === nodeName) return;
  const what = operation === 'DELETE' ? 'delete pods' : 'update pod status for pods';
  throw refused(admission, `node ${JSON.stringify(nodeName)} can only ${what} with spec.nodeName set to itself`);
}

function checkNode(admission: AdmissionRequest, nodeName: string): void {
  const { operation, object, old, name } = admission;
  const isOwn = (name || object?.metadata.name) === nodeName;
  if (!isOwn)
    throw refused(admission, `node ${JSON.stringify(nodeName)} is not allowed to modify node ${JSON.stringify(name)}`);
  if (operation === 'CREATE') {
    const restricted = restrictedLabels((object as Node).metadata.labels ?? {}, {});
    if (restricted.length > 0) throw labelRefusal(admission, nodeName, restricted);
  }
  if (operation !== 'UPDATE') return;
  const [node, before] = [object as Node, old as Node];
  if (!sameJson(node.spec?.taints, before.spec?.taints)) {
    throw refused(admission, `node ${JSON.stringify(nodeName)} is not allowed to modify taints`);
  }
  if (!sameJson(node.spec?.configSource, before.spec?.configSource)) {
    throw refused(
      admission,
      `node ${JSON.stringify(nodeName)} is not allowed to update configSource to a new non-nil configSource`,
    );
  }
  if (!sameJson(node.metadata.ownerReferences, before.metadata.ownerReferences)) {
    throw refused(admission, `node ${JSON.stringify(nodeName)} is not allowed to modify ownerReferences`);
  }
  const restricted = restrictedLabels(node.metadata.labels ?? {}, before.metadata.labels ?? {});
  if (restricted.length > 0) throw labelRefusal(admission, nodeName, restricted);
}

function labelRefusal(admission: AdmissionRequest, nodeName: string, labels: readonly string[]): Error {
  return refused(admission, `node ${JSON.stringify(nodeName)} is not allowed to modify labels: ${labels.join(', ')}`);
}

/** Changed labels of the system's domains that a kubelet may not set. */
function restrictedLabels(labels: Readonly<Record<string, string>>, old: Readonly<Record<string, string>>): string[] {
  const changed = Object.keys({ ...labels, ...old }).filter((key) => labels[key] !== old[key]);
  return changed.filter((key) => isSystemLabel(key) && !isAllowedLabel(key)).sort();
}

function isSystemLabel(key: string): boolean {
  const slash = key.indexOf('/');
  const domain = slash < 0 ? '' : key.slice(0, slash);
  return ['kubernetes.io', 'k8s.io'].some((system) => domain === system || domain.endsWith(`.${system}`));
}

function isAllowedLabel(key: string): boolean {
  const domain = key.slice(0, key.indexOf('/') + 1);
  return (
    ALLOWED_LABELS.has(key) ||
    ALLOWED_LABEL_PREFIXES.some(
      (prefix) => domain === prefix || (domain.endsWith(`.${prefix}`) && domain !== 'node-restriction.kubernetes.io/'),
    )
  );
}

function checkLease(admission: AdmissionRequest, nodeName: string): void {
  if (admission.namespace !== LEASE_NAMESPACE) {
    throw refused(admission, `can only access leases in the "${LEASE_NAMESPACE}" system namespace`);
  }
  checkOwnName(admission, nodeName, 'lease');
}

function checkOwnName(admission: AdmissionRequest, nodeName: string, what: string): void {
  const name = admission.name || admission.object?.metadata.name;
  if (name !== nodeName) throw refused(admission, `can only access ${what} with the same name as the requesting node`);
}
