import {
  type ControllerRevision,
  controllerRevisionKind,
  type DaemonSet,
  daemonSetKind,
  isEmptySelector,
  labelMatcher,
  type Node,
  nodeKind,
  type Pod,
  podKind,
} from '@kubets/api';
import { type Client, type EventRecorder, type Informer, keyOf } from '@kubets/client';
import type { Clock } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { type History, POD_REVISION_LABEL, pruneHistory, syncHistory } from '../history/revisions.ts';
import { claim } from '../ownership/claim.ts';
import {
  controllerKey,
  controllerKeys,
  controllerOf,
  indexByController,
  newControllerRef,
} from '../ownership/controller-ref.ts';
import { keysSelecting } from '../ownership/selecting.ts';
import { isNamespaceTerminating, PodControl, podFromTemplate } from '../pods/pod-control.ts';
import {
  type Change,
  type Controller,
  type ControllerContext,
  type Requeue,
  type Watch,
  watch,
} from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';
import { slowStartBatch } from '../runner/slow-start.ts';
import { type DaemonPlan, daemonTolerations, planDaemonSet } from './plan.ts';

const MAX_CHANGES = 250;
/** A pod that keeps failing on a node is made again only after a while. */
const FAILED_INITIAL_MS = 1_000;
const FAILED_MAX_MS = 15 * 60_000;

/** Runs one pod on every node that a daemon set is for. */
export class DaemonSetController implements Controller {
  readonly name = 'daemonset';
  readonly concurrency = 2;
  readonly watches: readonly Watch[];
  readonly #clock: Clock;
  readonly #client: Client;
  readonly #daemonSets: Informer<DaemonSet>;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #recorder: EventRecorder;
  readonly #podControl: PodControl;
  readonly #failures = new Map<string, { count: number; untilMs: number }>();

  constructor(context: ControllerContext) {
    this.#clock = context.clock;
    this.#client = context.client;
    this.#daemonSets = context.informers.informer(daemonSetKind);
    this.#pods = context.informers.informer(podKind);
    this.#nodes = context.informers.informer(nodeKind);
    this.#revisions = context.informers.informer(controllerRevisionKind);
    this.#recorder = context.recorder('daemonset-controller');
    this.#podControl = new PodControl(this.#client, this.#recorder);
    indexByController(this.#pods);
    indexByController(this.#revisions);
    this.watches = [
      watch(this.#daemonSets, ({ object }) => [keyOf(object)]),
      watch(this.#pods, (change) => this.#podKeys(change)),
      watch(this.#revisions, ({ object }) => controllerKey(object, daemonSetKind)),
      watch(this.#nodes, ({ type, object, old }) => {
        const same = type === 'updated' && old && !placementChanged(old, object);
        return same ? [] : this.#daemonSets.store.list().map(keyOf);
      }),
    ];
  }

  async reconcile(key: string): Promise<Requeue | undefined> {
    const daemonSet = this.#daemonSets.store.get(key);
    if (!daemonSet?.spec) return undefined;
    if (!isEmptySelector(daemonSet.spec.selector)) return this.#sync(daemonSet);
    const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
    this.#recorder.event(daemonSet, 'Warning', 'SelectingAll', message);
    return undefined;
  }

  async #sync(daemonSet: DaemonSet): Promise<Requeue | undefined> {
    const ownership = {
      client: this.#client,
      owner: daemonSet,
      ownerKind: daemonSetKind,
      matches: labelMatcher(daemonSet.spec?.selector),
    };
    const collisionCount = daemonSet.status?.collisionCount ?? 0;
    const options = { ...ownership, informer: this.#revisions, collisionCount, hashLabel: POD_REVISION_LABEL } as const;
    const history = daemonSet.metadata.deletionTimestamp ? undefined : await syncHistory(options);
    const own = await claim({ ...ownership, informer: this.#pods });
    const updateHash = history?.update.metadata.labels?.[POD_REVISION_LABEL] ?? '';
    const state = { daemonSet, nodes: this.#nodes.store.list(), pods: own, updateHash };
    const plan = planDaemonSet(state, this.#clock.now());
    const waitMs = await this.#apply(daemonSet, plan, updateHash);
    await this.#writeStatus(daemonSet, plan, history);
    const inUse = own.map(({ metadata }) => `${daemonSet.metadata.name}-${metadata.labels?.[POD_REVISION_LABEL]}`);
    if (history) await pruneHistory(options, history, new Set(inUse));
    const waits = [waitMs, plan.requeueAfterMs].filter((ms) => ms !== undefined);
    return waits.length > 0 ? { afterMs: Math.min(...waits) } : undefined;
  }

  #podKeys(change: Change<Pod>): string[] {
    const keys = controllerKeys(change, daemonSetKind);
    return controllerOf(change.object) ? keys : [...keys, ...keysSelecting(this.#daemonSets, change.object)];
  }

  async #apply(daemonSet: DaemonSet, plan: DaemonPlan, hash: string): Promise<number | undefined> {
    let waitMs: number | undefined;
    const postpone = (ms: number) => {
      waitMs = Math.min(waitMs ?? ms, ms);
    };
    const ended = new Set(plan.ended);
    const deletes = plan.deletes.filter((pod) => !ended.has(pod) || this.#mayDeleteEnded(daemonSet, pod, postpone));
    const { error } = await slowStartBatch(Math.min(MAX_CHANGES, plan.creates.length), (index) =>
      this.#podControl.create(newPod(daemonSet, plan.creates[index]!, hash), daemonSet),
    );
    await Promise.all(deletes.slice(0, MAX_CHANGES).map((pod) => this.#podControl.delete(pod, daemonSet)));
    if (error !== undefined && !isNamespaceTerminating(error)) throw error;
    return waitMs;
  }

  #mayDeleteEnded(daemonSet: DaemonSet, pod: Pod, postpone: (ms: number) => void): boolean {
    const node = pod.spec.nodeName ?? '';
    const failed = pod.status?.phase === 'Failed';
    const key = `${daemonSet.metadata.uid}/${daemonSet.metadata.generation}/${node}`;
    const record = this.#failures.get(key) ?? { count: 0, untilMs: 0 };
    const nowMs = this.#clock.monotonicMs();
    if (failed && nowMs < record.untilMs) {
      postpone(record.untilMs - nowMs);
      return false;
    }
    if (failed) {
      const delayMs = Math.min(FAILED_MAX_MS, FAILED_INITIAL_MS * 2 ** record.count);
      this.#failures.set(key, { count: record.count + 1, untilMs: nowMs + delayMs });
    }
    const [word, reason, type] = failed
      ? ['failed', 'FailedDaemonPod', 'Warning' as const]
      : ['succeeded', 'SucceededDaemonPod', 'Normal' as const];
    const message = `Found ${word} daemon pod ${keyOf(pod)} on node ${node}, will try to ${failed ? 'kill' : 'delete'} it`;
    this.#recorder.event(daemonSet, type, reason, message);
    return true;
  }

  async #writeStatus(daemonSet: DaemonSet, plan: DaemonPlan, history: History | undefined): Promise<void> {
    const collisions = history?.collisionCount ? { collisionCount: history.collisionCount } : {};
    const { conditions } = daemonSet.status ?? {};
    const status = { ...plan.status, ...collisions, ...(conditions ? { conditions } : {}) };
    if (deepEqual(daemonSet.status, status)) return;
    await ignoring(this.#client.resource(daemonSetKind).updateStatus({ ...daemonSet, status }), 'NotFound');
  }
}

function placementChanged(old: Node, node: Node): boolean {
  return !deepEqual(old.metadata.labels, node.metadata.labels) || !deepEqual(old.spec, node.spec);
}

/** The pod that runs on one node, and may run on no other. */
function newPod(daemonSet: DaemonSet, node: string, hash: string): Pod {
  const template = daemonSet.spec?.template ?? {};
  const pod = podFromTemplate({
    owner: daemonSet,
    ownerReference: newControllerRef(daemonSet, daemonSetKind),
    template,
  });
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
        [POD_REVISION_LABEL]: hash,
        ...(generation ? { 'pod-template-generation': generation } : {}),
      },
    },
    spec: { ...pod.spec, affinity: { ...affinity, nodeAffinity }, tolerations: daemonTolerations(template) },
  };
}
