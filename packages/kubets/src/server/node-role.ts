import { type Node, nodeKind } from '@kubets/api';
import type { Client, InformerFactory } from '@kubets/client';
import { type Disposable, type Logger, messageOf } from '@kubets/core';

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/** Marks the node that the control plane is on as its node; a kubelet may not say such a thing of itself. */
export function markControlPlaneNode(options: {
  client: Client;
  informers: InformerFactory;
  nodeName: string;
  logger: Logger;
}): Disposable {
  const { client, informers, nodeName, logger } = options;
  const mark = ({ metadata }: Node) => {
    if (metadata.name !== nodeName || metadata.labels?.[CONTROL_PLANE] !== undefined) return;
    client
      .resource(nodeKind)
      .patch({ namespace: '', name: nodeName }, 'merge', { metadata: { labels: { [CONTROL_PLANE]: '' } } })
      .catch((error: unknown) => logger.log('warn', 'the node was not marked', { error: messageOf(error) }));
  };
  return informers.informer(nodeKind).addHandler({ added: mark });
}
