import type { Pod } from '@kubets/api';
import type { Informer } from '@kubets/client';

const NODE_INDEX = 'node';

/** Lets pods be found by the node that they are bound to. */
export function indexByNode(pods: Informer<Pod>): void {
  pods.addIndex(NODE_INDEX, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));
}

/** The pods that are bound to a node. */
export function podsOnNode(pods: Informer<Pod>, node: string): Pod[] {
  return pods.store.byIndex(NODE_INDEX, node);
}
