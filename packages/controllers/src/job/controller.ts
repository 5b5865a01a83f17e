import { type Job, jobKind, labelMatcher, type Pod, podKind } from '@kubets/api';
import { type EventRecorder, type Informer, keyOf, type ResourceClient } from '@kubets/client';
import { deepEqual } from '../equality.ts';
import { claim } from '../ownership/claim.ts';
import {
  controllerKey,
  controllerKeys,
  controllerOf,
  indexByController,
  newControllerRef,
  orphansIn,
} from '../ownership/controller-ref.ts';
import { keysSelecting } from '../ownership/selecting.ts';
import { PodControl, podFromTemplate } from '../pods/pod-control.ts';
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
import { INDEX_KEY } from './indexes.ts';
import { isJobFinished, type JobPlan, type NewJobPod, planJob, TRACKING_FINALIZER } from './plan.ts';

const BUILT_IN_MANAGER = 'kubernetes.io/job-controller';
const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count';

/** Runs pods to completion. */
export class JobController implements Controller {
  readonly name = 'job';
  readonly watches: readonly Watch[];
  readonly #context: ControllerContext;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  readonly #client: ResourceClient<Job>;
  readonly #recorder: EventRecorder;
  readonly #podControl: PodControl;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#jobs = context.informers.informer(jobKind);
    this.#pods = context.informers.informer(podKind);
    this.#client = context.client.resource(jobKind);
    this.#recorder = context.recorder('job-controller');
    this.#podControl = new PodControl(context.client, this.#recorder);
    indexByController(this.#pods);
    this.watches = [
      watch(this.#jobs, ({ object }) => [keyOf(object)]),
      watch(this.#pods, (change) => this.#podKeys(change)),
    ];
  }

  async reconcile(key: string): Promise<Requeue | undefined> {
    const job = this.#jobs.store.get(key);
    if (!job) return this.#releaseAll(key);
    if (job.spec.managedBy && job.spec.managedBy !== BUILT_IN_MANAGER) return undefined;
    const matches = labelMatcher(job.spec.selector);
    const own = await claim({
      client: this.#context.client,
      owner: job,
      ownerKind: jobKind,
      matches,
      informer: this.#pods,
      finalizer: TRACKING_FINALIZER,
    });
    if (job.metadata.deletionTimestamp || isJobFinished(job)) {
      await Promise.all(own.map((pod) => this.#release(pod)));
      return undefined;
    }
    const plan = planJob(job, own, this.#context.clock.now());
    await this.#apply(job, plan);
    return plan.requeueAfterMs === undefined ? undefined : { afterMs: plan.requeueAfterMs };
  }

  #podKeys(change: Change<Pod>): string[] {
    const keys = controllerKeys(change, jobKind);
    const { object } = change;
    if (controllerOf(object)) return keys;
    const lost = this.#isLost(object) ? [`${object.metadata.namespace}/`] : [];
    return [...keys, ...keysSelecting(this.#jobs, object), ...lost];
  }

  /** Nobody's, and of a kind that no job would adopt: nothing but the finalizer holds such a pod. */
  #isLost(pod: Pod): boolean {
    const isHeld = pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
    return isHeld && !controllerOf(pod) && keysSelecting(this.#jobs, pod).length === 0;
  }

  /** The job is gone, or there never was one of this key: what it leaves is held by nothing but the finalizer. */
  async #releaseAll(key: string): Promise<undefined> {
    const namespace = key.slice(0, key.indexOf('/'));
    const held = this.#pods.store.list(namespace).filter((pod) => controllerKey(pod, jobKind).includes(key));
    const orphans = orphansIn(this.#pods, namespace).filter((pod) => this.#isLost(pod));
    await Promise.all([...held, ...orphans].map((pod) => this.#release(pod)));
    return undefined;
  }

  /** Status first: what it counts must be on record before the pods may vanish. */
  async #apply(job: Job, plan: JobPlan): Promise<void> {
    const deletions = await Promise.allSettled(plan.deletes.map((pod) => this.#podControl.delete(pod, job)));
    const template = this.#newPod(job);
    const { error } = await slowStartBatch(plan.creates.length, (index) =>
      this.#podControl.create(template(plan.creates[index]!), job),
    );
    if (!deepEqual(job.status ?? {}, plan.status)) await this.#client.updateStatus({ ...job, status: plan.status });
    for (const { type, reason, message } of plan.events) this.#recorder.event(job, type, reason, message);
    await Promise.all(plan.release.map((pod) => this.#release(pod)));
    if (error !== undefined) throw error;
    for (const deletion of deletions) if (deletion.status === 'rejected') throw deletion.reason;
  }

  async #release(pod: Pod): Promise<void> {
    if (!pod.metadata.finalizers?.includes(TRACKING_FINALIZER)) return;
    const { namespace = '', name = '', uid } = pod.metadata;
    const patch = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] } };
    await ignoring(
      this.#context.client.resource(podKind).patch({ namespace, name }, 'strategic', patch),
      'NotFound',
      'Conflict',
    );
  }

  #newPod(job: Job): (pod: NewJobPod) => Pod {
    const ownerReference = newControllerRef(job, jobKind);
    const base = podFromTemplate({ owner: job, ownerReference, template: job.spec.template });
    const finalizers = [...(base.metadata.finalizers ?? []), TRACKING_FINALIZER];
    return ({ index, indexFailures }) => {
      const plain = { ...base, metadata: { ...base.metadata, finalizers } };
      return index === undefined ? plain : withIndex(job, plain, { index, indexFailures });
    };
  }
}

/** Tells the pod, its containers and its name which part of the work it is. */
function withIndex(
  job: Job,
  pod: Pod,
  { index, indexFailures }: { index: number; indexFailures: number | undefined },
): Pod {
  const failures: Record<string, string> =
    indexFailures === undefined ? {} : { [INDEX_FAILURES]: String(indexFailures) };
  const annotations = { ...pod.metadata.annotations, [INDEX_KEY]: String(index), ...failures };
  const fieldPath = `metadata.labels['${INDEX_KEY}']`;
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath } } };
  const withVariable = <C extends { env?: { name: string }[] }>(container: C): C =>
    container.env?.some(({ name }) => name === variable.name)
      ? container
      : { ...container, env: [...(container.env ?? []), variable] };
  const { initContainers } = pod.spec;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generateName: `${job.metadata.name}-${index}-`,
      labels: { ...pod.metadata.labels, [INDEX_KEY]: String(index) },
      annotations,
    },
    spec: {
      ...pod.spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: pod.spec.containers.map(withVariable),
      ...(initContainers ? { initContainers: initContainers.map(withVariable) } : {}),
    },
  };
}
