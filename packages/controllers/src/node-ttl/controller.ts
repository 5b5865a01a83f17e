import { nodeKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { type Controller, type ControllerContext, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';

const ANNOTATION = 'node.alpha.kubernetes.io/ttl';
/** Sizes overlap, so that a cluster at a border does not go to and fro. */
const STEPS = [
  { minNodes: 0, maxNodes: 100, ttlSeconds: 0 },
  { minNodes: 90, maxNodes: 500, ttlSeconds: 15 },
  { minNodes: 450, maxNodes: 1000, ttlSeconds: 30 },
  { minNodes: 900, maxNodes: 2000, ttlSeconds: 60 },
  { minNodes: 1800, maxNodes: Number.POSITIVE_INFINITY, ttlSeconds: 300 },
] as const;

/** The step for a number of nodes, coming from the step `from`. */
export function ttlStep(from: number, nodes: number): number {
  let step = from;
  while (nodes > STEPS[step]!.maxNodes) step++;
  while (nodes < STEPS[step]!.minNodes) step--;
  return step;
}

/** Tells each node how long it may keep secrets and config maps before it looks again: the longer the larger the cluster. */
export function nodeTtlController(context: ControllerContext): Controller {
  const nodes = context.informers.informer(nodeKind);
  const client = context.client.resource(nodeKind);
  let step = 0;

  return {
    name: 'ttl',
    watches: [
      watch(nodes, ({ type, object }) => {
        const before = step;
        step = ttlStep(step, nodes.store.list().length);
        if (step !== before) return nodes.store.list().map(keyOf);
        return type === 'deleted' ? [] : [keyOf(object)];
      }),
    ],
    async reconcile(key) {
      const node = nodes.store.get(key);
      const wanted = String(STEPS[step]!.ttlSeconds);
      if (!node || node.metadata.annotations?.[ANNOTATION] === wanted) return;
      await ignoring(
        client.patch({ namespace: '', name: key }, 'merge', {
          metadata: { annotations: { [ANNOTATION]: wanted } },
        }),
        'NotFound',
      );
    },
  };
}
