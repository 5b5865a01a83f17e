import { type Lease, leaseKind, type Node } from '@kubets/api';
import { type Client, formatMicroTime } from '@kubets/client';
import { type Clock, hasReason } from '@kubets/core';

const NAMESPACE = 'kube-node-lease';

export interface NodeLeaseOptions {
  readonly nodeName: string;
  readonly client: Client;
  readonly clock: Clock;
  readonly durationSeconds: number;
  /** The node's object, which owns the lease. */
  node(): Node | undefined;
}

/** The heartbeat of a node: its lease in kube-node-lease. */
export class NodeLease {
  readonly #options: NodeLeaseOptions;
  #latest: Lease | undefined;

  constructor(options: NodeLeaseOptions) {
    this.#options = options;
  }

  /** Renews the lease, or makes it. Throws what the API server answers. */
  async renew(): Promise<void> {
    const { client, nodeName } = this.#options;
    const leases = client.resource(leaseKind);
    const base = this.#latest ?? (await leases.get(NAMESPACE, nodeName).catch(ignoreNotFound));
    try {
      this.#latest = base ? await leases.update(this.#renewed(base)) : await leases.create(this.#renewed(undefined));
    } catch (error) {
      this.#latest = undefined;
      throw error;
    }
  }

  #renewed(base: Lease | undefined): Lease {
    const { nodeName, durationSeconds, clock } = this.#options;
    const node = this.#options.node();
    const owner = node?.metadata.uid && { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid };
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        ...base?.metadata,
        name: nodeName,
        namespace: NAMESPACE,
        ...(owner ? { ownerReferences: [owner] } : {}),
      },
      spec: {
        ...base?.spec,
        holderIdentity: nodeName,
        leaseDurationSeconds: durationSeconds,
        renewTime: formatMicroTime(clock.now()),
      },
    };
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (hasReason(error, 'NotFound')) return undefined;
  throw error;
}
