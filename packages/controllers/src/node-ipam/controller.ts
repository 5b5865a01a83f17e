import { nodeKind } from '@kubets/api';
import { formatCidr, parseCidr } from '@kubets/core';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';

export interface ClusterCidr {
  /** Network of all pods, such as 10.244.0.0/16. */
  readonly cidr: string;
  /** Size of one node's part. */
  readonly nodeMaskSize: number;
}

/** The `index`-th part of a network; undefined when it is used up. */
export function nodeCidr({ cidr, nodeMaskSize }: ClusterCidr, index: number): string | undefined {
  const network = parseCidr(cidr);
  if (!network) throw new Error(`not a network: ${cidr}`);
  const parts = 2 ** Math.min(30, nodeMaskSize - network.prefixLength);
  if (index >= parts) return undefined;
  const bits = network.address.bytes.length * 8;
  let value = network.address.bytes.reduce((total, byte) => (total << 8n) | BigInt(byte), 0n);
  value += BigInt(index) << BigInt(bits - nodeMaskSize);
  const bytes = network.address.bytes.map((_, byte) => Number((value >> BigInt(bits - 8 * (byte + 1))) & 255n));
  return formatCidr({ address: { family: network.address.family, bytes }, prefixLength: nodeMaskSize });
}

/** Gives every node its part of the pods' networks. */
export function nodeIpamController(context: ControllerContext, cidrs: readonly ClusterCidr[]): Controller {
  const nodes = context.informers.informer(nodeKind);
  const recorder = context.recorder('cidrAllocator');

  return {
    name: 'node-ipam',
    // One node after the other: two at once could take the same part.
    concurrency: 1,
    watches: [watch(nodes, ({ type, object }) => (type === 'deleted' ? [] : [object.metadata.name ?? '']))],
    async reconcile(name) {
      const node = nodes.store.get(name);
      if (!node || node.spec?.podCIDR || node.metadata.deletionTimestamp) return;
      const taken = new Set(
        nodes.store.list().flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])),
      );
      const podCIDRs = cidrs.flatMap((cluster) => firstFree(cluster, taken) ?? []);
      if (podCIDRs.length < cidrs.length) {
        const subject = { ...node, metadata: { name, uid: name } };
        recorder.event(subject, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
        throw new Error(`no network is left for node ${name}`);
      }
      const patch = { metadata: { uid: node.metadata.uid }, spec: { podCIDR: podCIDRs[0], podCIDRs } };
      await context.client.resource(nodeKind).patch({ namespace: '', name }, 'strategic', patch);
    },
  };

  function firstFree(cluster: ClusterCidr, taken: ReadonlySet<string>): string | undefined {
    for (let index = 0; ; index++) {
      const candidate = nodeCidr(cluster, index);
      if (candidate === undefined || !taken.has(candidate)) return candidate;
    }
  }
}
