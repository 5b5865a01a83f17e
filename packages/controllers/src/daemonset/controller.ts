import {
  controllerRevisionKind,
  type DaemonSet,
  daemonSetKind,
  type Node,
  nodeKind,
  type Pod,
  podKind,
} from '@kubets/api';
import { isEmptySelector, keyOf, labelMatcher } from '@kubets/client';
import { hasReason, type KindDefinition } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { hashOf, pruneHistory, REVISION_HASH_LABEL, syncHistory } from '../history/revisions.ts';
import { claim } from '../ownership/claim.ts';
import { controllerKey, controllerOf, indexByController, newControllerRef } from '../ownership/controller-ref.ts';
import { isNamespaceTerminating, PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { slowStartBatch } from '../runner/slow-start.ts';
import { daemonTolerations, planDaemonSet } from './plan.ts';

const MAX_CHANGES = 250;
/** A pod that keeps failing on a node is made again only after a while. */
const FAILED_INITIAL_MS = 1_000;
const FAILED_MAX_MS = 15 * 60_000;

/** Runs one pod on every node that a daemon set is for. */
export function daemonSetController(context: ControllerContext): Controller {
  const { clock, client } = context;
  const daemonSets = context.informers.informer(daemonSetKind);
  const pods = context.informers.informer(podKind);
  const nodes = context.informers.informer(nodeKind);
  const revisions = context.informers.informer(controllerRevisionKind);
  const recorder = context.recorder('daemonset-controller');
  const podControl = new PodControl(client, recorder);
  const ownKind = daemonSetKind as unknown as KindDefinition<never>;
  const failures = new Map<string, { count: number; untilMs: number }>();
  indexByController(pods);
  indexByController(revisions);

  return {
    name: 'daemonset',
    concurrency: 2,
    watches: [
      watch(daemonSets, ({ object }) => [keyOf(object)]),
      watch(pods, ({ object, old }) => {
        const keys = controllerKey(object, ownKind);
        if (old && controllerOf(old)?.uid !== controllerOf(object)?.uid) keys.push(...controllerKey(old, ownKind));
        return controllerOf(object) ? keys : [...keys, ...matching(object)];
      }),
      watch(revisions, ({ object }) => controllerKey(object, ownKind)),
      watch(nodes, ({ type, object, old }) => {
        const same = type === 'updated' && old && !placementChanged(old, object);
        return same ? [] : daemonSets.store.list().map(keyOf);
      }),
    ],
    async reconcile(key): Promise<Requeue | undefined> {
      const daemonSet = daemonSets.store.get(key);
      if (!daemonSet?.spec) return undefined;
      const { spec } = daemonSet;
      if (isEmptySelector(spec.selector)) {
        const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
        recorder.event(daemonSet, 'Warning', 'SelectingAll', message);
        return undefined;
      }
      const matches = labelMatcher(spec.selector);
      const collisionCount = daemonSet.status?.collisionCount ?? 0;
      const options = {
        client,
        informer: revisions,
        owner: daemonSet,
        ownerKind: daemonSetKind,
        matches,
        collisionCount,
      };
      const history = daemonSet.metadata.deletionTimestamp ? undefined : await syncHistory(options);
      const own = await claim({ client, owner: daemonSet, ownerKind: daemonSetKind, matches, informer: pods });
      const updateHash = history ? hashOf(history.update) : '';
      const state = { daemonSet, nodes: nodes.store.list(), pods: own, updateHash };
      const plan = planDaemonSet(state, clock.now());
      const waitMs = await apply(daemonSet, plan, updateHash);
      const collisions = history?.collisionCount ? { collisionCount: history.collisionCount } : {};
      const { conditions } = daemonSet.status ?? {};
      const status = { ...plan.status, ...collisions, ...(conditions ? { conditions } : {}) };
      if (!deepEqual(daemonSet.status, status)) await writeStatus({ ...daemonSet, status });
      if (history) {
        const live = new Set(
          own.map((pod) => `${daemonSet.metadata.name}-${pod.metadata.labels?.[REVISION_HASH_LABEL]}`),
        );
        await pruneHistory(options, history, live);
      }
      const waits = [waitMs, plan.requeueAfterMs].filter((ms) => ms !== undefined);
      return waits.length > 0 ? { afterMs: Math.min(...waits) } : undefined;
    },
  };

  function matching(pod: Pod): string[] {
    return daemonSets.store
      .list(pod.metadata.namespace)
      .filter(({ spec }) => labelMatcher(spec?.selector)(pod.metadata.labels))
      .map(keyOf);
  }

  async function apply(
    daemonSet: DaemonSet,
    plan: { creates: readonly string[]; deletes: readonly Pod[]; ended: readonly Pod[] },
    hash: string,
  ): Promise<number | undefined> {
    let waitMs: number | undefined;
    const postpone = (ms: number) => {
      waitMs = Math.min(waitMs ?? ms, ms);
    };
    const ended = new Set(plan.ended);
    const deletes = plan.deletes.filter((pod) => !ended.has(pod) || mayDeleteEnded(daemonSet, pod, postpone));
    const { error } = await slowStartBatch(Math.min(MAX_CHANGES, plan.creates.length), (index) =>
      podControl.create(newPod(daemonSet, plan.creates[index]!, hash), daemonSet),
    );
    await Promise.all(deletes.slice(0, MAX_CHANGES).map((pod) => podControl.delete(pod, daemonSet)));
    if (error !== undefined && !isNamespaceTerminating(error)) throw error;
    return waitMs;
  }

  function mayDeleteEnded(daemonSet: DaemonSet, pod: Pod, postpone: (ms: number) => void): boolean {
    const node = pod.spec.nodeName ?? '';
    const failed = pod.status?.phase === 'Failed';
    const key = `${daemonSet.metadata.uid}/${daemonSet.metadata.generation}/${node}`;
    const record = failures.get(key) ?? { count: 0, untilMs: 0 };
    const nowMs = clock.monotonicMs();
    if (failed && nowMs < record.untilMs) {
      postpone(record.untilMs - nowMs);
      return false;
    }
    if (failed) {
      const delayMs = Math.min(FAILED_MAX_MS, FAILED_INITIAL_MS * 2 ** record.count);
      failures.set(key, { count: record.count + 1, untilMs: nowMs + delayMs });
    }
    const [word, reason, type] = failed
      ? ['failed', 'FailedDaemonPod', 'Warning' as const]
      : ['succeeded', 'SucceededDaemonPod', 'Normal' as const];
    const message = `Found ${word} daemon pod ${keyOf(pod)} on node ${node}, will try to ${failed ? 'kill' : 'delete'} it`;
    recorder.event(daemonSet, type, reason, message);
    return true;
  }

  async function writeStatus(daemonSet: DaemonSet): Promise<void> {
    try {
      await client.resource(daemonSetKind).updateStatus(daemonSet);
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  function newPod(daemonSet: DaemonSet, node: string, hash: string): Pod {
    const template = daemonSet.spec?.template ?? {};
    const pod = podFromTemplate({ owner: daemonSet, ownerReference: newControllerRef(daemonSet, ownKind), template });
    const generation = daemonSet.metadata.annotations?.['deprecated.daemonset.template.generation'];
    const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
    const { affinity } = pod.spec;
    const nodeAffinity = {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    };
    return {
      ...pod,
      metadata: {
        ...pod.metadata,
        labels: {
          ...pod.metadata.labels,
          [REVISION_HASH_LABEL]: hash,
          ...(generation ? { 'pod-template-generation': generation } : {}),
        },
      },
      spec: { ...pod.spec, affinity: { ...affinity, nodeAffinity }, tolerations: daemonTolerations(template) },
    };
  }
}

function placementChanged(old: Node, node: Node): boolean {
  return !deepEqual(old.metadata.labels, node.metadata.labels) || !deepEqual(old.spec, node.spec);
}
