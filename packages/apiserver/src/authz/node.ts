import {
  type PersistentVolume,
  type Pod,
  persistentVolumeKind,
  podKind,
  type VolumeAttachment,
  volumeAttachmentKind,
} from '@kubets/api';
import {
  type Clock,
  type Disposable,
  DisposableStore,
  type KindDefinition,
  type KubeObject,
  type Logger,
} from '@kubets/core';
import { bootstrapClusterRoles } from '../bootstrap/rbac.ts';
import type { RequestHandler } from '../pipeline/backend.ts';
import { Mirror } from '../pipeline/mirror.ts';
import type { User } from '../request.ts';
import { ALLOWED, type Attributes, type Authorizer, type Decision, NO_OPINION, type UserRules } from './authorizer.ts';
import { type CompiledRule, compileRule, ruleAllows } from './rules.ts';
import { selectsOnly } from './selectors.ts';

const NODES_GROUP = 'system:nodes';
const NODE_PREFIX = 'system:node:';
const LEASE_NAMESPACE = 'kube-node-lease';

type PodVolume = NonNullable<Pod['spec']['volumes']>[number];

function isNode({ name, groups }: User): boolean {
  return name.startsWith(NODE_PREFIX) && groups.includes(NODES_GROUP);
}

function refuse(reason: string): Decision {
  return { allowed: undefined, reason };
}

function sourcesOf(volume: PodVolume) {
  return volume.projected?.sources ?? [];
}

function envSources(pod: Pod) {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  return [...containers, ...initContainers, ...ephemeralContainers];
}

function usesSecret(pod: Pod, name: string): boolean {
  const { volumes = [], imagePullSecrets = [] } = pod.spec;
  return (
    imagePullSecrets.some((ref) => ref.name === name) ||
    volumes.some(
      (volume) =>
        volume.secret?.secretName === name ||
        volume.csi?.nodePublishSecretRef?.name === name ||
        sourcesOf(volume).some((source) => source.secret?.name === name),
    ) ||
    envSources(pod).some(
      ({ env = [], envFrom = [] }) =>
        env.some((entry) => entry.valueFrom?.secretKeyRef?.name === name) ||
        envFrom.some((entry) => entry.secretRef?.name === name),
    )
  );
}

function usesConfigMap(pod: Pod, name: string): boolean {
  return (
    (pod.spec.volumes ?? []).some(
      (volume) =>
        volume.configMap?.name === name || sourcesOf(volume).some((source) => source.configMap?.name === name),
    ) ||
    envSources(pod).some(
      ({ env = [], envFrom = [] }) =>
        env.some((entry) => entry.valueFrom?.configMapKeyRef?.name === name) ||
        envFrom.some((entry) => entry.configMapRef?.name === name),
    )
  );
}

function usesClaim(pod: Pod, name: string): boolean {
  return (pod.spec.volumes ?? []).some(
    (volume) =>
      volume.persistentVolumeClaim?.claimName === name ||
      (volume.ephemeral !== undefined && `${pod.metadata.name}-${volume.name}` === name),
  );
}

function usesServiceAccount(pod: Pod, name: string): boolean {
  return (pod.spec.serviceAccountName || 'default') === name;
}

function usesResourceClaim(pod: Pod, name: string): boolean {
  const own = pod.spec.resourceClaims?.some((claim) => claim.resourceClaimName === name);
  return own || Boolean(pod.status?.resourceClaimStatuses?.some((status) => status.resourceClaimName === name));
}

/**
 * Lets each node's kubelet do what nodes do, and read only what the pods on that node use. Kubelets are the users
 * `system:node:<name>` of the group `system:nodes`.
 */
export class NodeAuthorizer implements Authorizer, Disposable {
  readonly #owned = new DisposableStore();
  readonly #pods: Mirror<Pod>;
  readonly #volumes: Mirror<PersistentVolume>;
  readonly #attachments: Mirror<VolumeAttachment>;
  readonly #podsByNode = new Map<string, Map<string, Pod>>();
  readonly #rules: readonly CompiledRule[];
  readonly synced: Promise<unknown>;

  constructor(options: { handler: RequestHandler; clock: Clock; logger: Logger }) {
    const nothing = { onReplace: () => {}, onSet: () => {}, onDelete: () => {} };
    const mirror = <T extends KubeObject>(kind: KindDefinition<T>) =>
      this.#owned.add(new Mirror<T>({ ...options, kind, listener: nothing }));
    this.#volumes = mirror(persistentVolumeKind);
    this.#attachments = mirror(volumeAttachmentKind);
    this.#pods = this.#owned.add(
      new Mirror<Pod>({
        ...options,
        kind: podKind,
        listener: {
          onReplace: (pods) => {
            this.#podsByNode.clear();
            for (const pod of pods) this.#place(pod);
          },
          onSet: (pod, old) => {
            if (old && old.spec.nodeName !== pod.spec.nodeName) this.#remove(old);
            this.#place(pod);
          },
          onDelete: (pod) => this.#remove(pod),
        },
      }),
    );
    const role = bootstrapClusterRoles.find(({ metadata }) => metadata.name === 'system:node');
    this.#rules = (role?.rules ?? []).map(compileRule);
    this.synced = Promise.all([this.#pods.synced, this.#volumes.synced, this.#attachments.synced]);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** What nodes may do depends on their pods. */
  rulesFor(user: User): UserRules {
    if (!isNode(user)) return { rules: [], isIncomplete: false, problems: [] };
    return { rules: [], isIncomplete: true, problems: ['node authorizer does not support user rule resolution'] };
  }

  authorize(attributes: Attributes): Decision {
    const { user } = attributes;
    if (!isNode(user)) return NO_OPINION;
    const node = user.name.slice(NODE_PREFIX.length);
    if (attributes.isResource) {
      const decision = this.#special(node, attributes);
      if (decision) return decision;
    }
    return this.#rules.some((rule) => ruleAllows(rule, attributes)) ? ALLOWED : NO_OPINION;
  }

  /** The rules for what belongs to one node; undefined where the general rules of nodes apply. */
  #special(node: string, attributes: Attributes): Decision | undefined {
    const { group, resource, namespace, name } = attributes;
    switch (`${group}/${resource}`) {
      case '/secrets':
        return this.#readReferenced(
          node,
          attributes,
          (pod) => pod.metadata.namespace === namespace && usesSecret(pod, name),
        );
      case '/configmaps':
        return this.#readReferenced(
          node,
          attributes,
          (pod) => pod.metadata.namespace === namespace && usesConfigMap(pod, name),
        );
      case '/persistentvolumeclaims':
        return this.#getReferenced(
          node,
          attributes,
          (pod) => pod.metadata.namespace === namespace && usesClaim(pod, name),
          ['get', 'update', 'patch'],
        );
      case 'resource.k8s.io/resourceclaims':
        return this.#getReferenced(
          node,
          attributes,
          (pod) => pod.metadata.namespace === namespace && usesResourceClaim(pod, name),
        );
      case '/persistentvolumes':
        return this.#getReferenced(node, attributes, (pod) => this.#usesVolume(pod, name));
      case '/serviceaccounts':
        return this.#serviceAccount(node, attributes);
      case 'storage.k8s.io/volumeattachments':
        return this.#attachment(node, attributes);
      case '/nodes':
        return ownNode(node, attributes);
      case '/pods':
        return this.#ownPods(node, attributes);
      case 'coordination.k8s.io/leases':
        return ownLease(node, attributes);
      case 'storage.k8s.io/csinodes':
        return ownCsiNode(node, attributes);
      case 'resource.k8s.io/resourceslices':
        return ownSlices(node, attributes);
      default:
        return undefined;
    }
  }

  #readReferenced(node: string, attributes: Attributes, uses: (pod: Pod) => boolean): Decision {
    const { verb, subresource, name } = attributes;
    if (!['get', 'list', 'watch'].includes(verb) || subresource !== '')
      return refuse('can only read resources of this type');
    if (name === '') return refuse(`No Object name found`);
    return this.#related(node, uses);
  }

  #getReferenced(node: string, attributes: Attributes, uses: (pod: Pod) => boolean, verbs = ['get']): Decision {
    const { verb, subresource, name } = attributes;
    if (!verbs.includes(verb)) return refuse('can only get individual resources of this type');
    if (verb !== 'get' && subresource !== 'status')
      return refuse('can only update the status of resources of this type');
    if (name === '') return refuse('No Object name found');
    return this.#related(node, uses);
  }

  #related(node: string, uses: (pod: Pod) => boolean): Decision {
    for (const pod of this.#podsByNode.get(node)?.values() ?? []) if (uses(pod)) return ALLOWED;
    return refuse(`no relationship found between node '${node}' and this object`);
  }

  #serviceAccount(node: string, { verb, subresource, name, namespace }: Attributes): Decision {
    const uses = (pod: Pod) => pod.metadata.namespace === namespace && usesServiceAccount(pod, name);
    if (subresource === 'token') {
      if (verb !== 'create') return refuse('can only create tokens for individual service accounts');
      return this.#related(node, uses);
    }
    if (verb !== 'get' || subresource !== '') return refuse('can only get individual resources of this type');
    return this.#related(node, uses);
  }

  #attachment(node: string, { verb, name }: Attributes): Decision {
    if (verb !== 'get') return refuse('can only get individual resources of this type');
    if (this.#attachments.get('', name)?.spec.nodeName === node) return ALLOWED;
    return refuse(`no relationship found between node '${node}' and this object`);
  }

  #ownPods(node: string, { verb, name, namespace, subresource, fieldSelector }: Attributes): Decision | undefined {
    if (verb === 'list' || verb === 'watch') {
      if (selectsOnly(fieldSelector, 'spec.nodeName', node)) return ALLOWED;
      return name === ''
        ? refuse('can only list/watch pods with spec.nodeName field selector')
        : this.#ownPod(node, namespace, name);
    }
    if (verb === 'get' && subresource === '') return this.#ownPod(node, namespace, name);
    return undefined;
  }

  #ownPod(node: string, namespace: string, name: string): Decision {
    if (this.#podsByNode.get(node)?.has(`${namespace}/${name}`)) return ALLOWED;
    return refuse(`no relationship found between node '${node}' and this object`);
  }

  #usesVolume(pod: Pod, name: string): boolean {
    const claim = this.#volumes.get('', name)?.spec?.claimRef;
    return claim?.namespace === pod.metadata.namespace && usesClaim(pod, claim?.name ?? '');
  }

  #place(pod: Pod): void {
    const { nodeName } = pod.spec;
    if (!nodeName) return;
    let pods = this.#podsByNode.get(nodeName);
    if (!pods) {
      pods = new Map();
      this.#podsByNode.set(nodeName, pods);
    }
    pods.set(keyOf(pod), pod);
  }

  #remove(pod: Pod): void {
    const { nodeName } = pod.spec;
    const pods = nodeName ? this.#podsByNode.get(nodeName) : undefined;
    if (!pods) return;
    pods.delete(keyOf(pod));
    if (pods.size === 0) this.#podsByNode.delete(nodeName!);
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Kubelets read and write their own node only; that they write only their own is checked again at admission. */
function ownNode(node: string, { verb, name, fieldSelector = '' }: Attributes): Decision | undefined {
  if (verb === 'get' || verb === 'list' || verb === 'watch') {
    if (name === node || fieldSelector === `metadata.name=${node}`) return ALLOWED;
    return refuse(`node '${node}' cannot read '${name}', only its own Node object`);
  }
  return undefined;
}

function ownLease(node: string, { verb, namespace, name, subresource }: Attributes): Decision {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb) || subresource !== '')
    return refuse('can only get, create, update, patch, or delete a node lease');
  if (namespace !== LEASE_NAMESPACE)
    return refuse(`can only access leases in the "${LEASE_NAMESPACE}" system namespace`);
  if (verb !== 'create' && name !== node)
    return refuse('can only access node lease with the same name as the requesting node');
  return ALLOWED;
}

function ownCsiNode(node: string, { verb, name, subresource }: Attributes): Decision {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb) || subresource !== '')
    return refuse('can only get, create, update, patch, or delete a CSINode');
  if (verb !== 'create' && name !== node)
    return refuse('can only access CSINode with the same name as the requesting node');
  return ALLOWED;
}

/** Slices are told apart by their node, which the field selector has to name for anything but single slices. */
function ownSlices(node: string, { verb, fieldSelector }: Attributes): Decision {
  if (verb === 'create' || verb === 'get' || verb === 'update' || verb === 'patch' || verb === 'delete') return ALLOWED;
  if (selectsOnly(fieldSelector, 'spec.nodeName', node)) return ALLOWED;
  return refuse('can only list/watch/deletecollection resourceslices with nodeName field selector');
}
