import { type Job, jobKind, type Pod, podKind } from '@kubets/api';
import { keyOf, labelMatcher } from '@kubets/client';
import { hasReason, type KindDefinition } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { claim } from '../ownership/claim.ts';
import {
  controllerKey,
  controllerOf,
  indexByController,
  newControllerRef,
  orphansIn,
} from '../ownership/controller-ref.ts';
import { PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { slowStartBatch } from '../runner/slow-start.ts';
import { INDEX_KEY } from './indexes.ts';
import { isJobFinished, type JobPlan, type NewJobPod, planJob, TRACKING_FINALIZER } from './plan.ts';

const BUILT_IN_MANAGER = 'kubernetes.io/job-controller';
const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count';

/** Runs pods to completion. */
export function jobController(context: ControllerContext): Controller {
  const jobs = context.informers.informer(jobKind);
  const pods = context.informers.informer(podKind);
  const client = context.client.resource(jobKind);
  const recorder = context.recorder('job-controller');
  const podControl = new PodControl(context.client, recorder);
  const ownKind = jobKind as unknown as KindDefinition<never>;
  indexByController(pods);

  return {
    name: 'job',
    watches: [
      watch(jobs, ({ object }) => [keyOf(object)]),
      watch(pods, ({ object, old }) => {
        const keys = controllerKey(object, ownKind);
        if (old && controllerOf(old)?.uid !== controllerOf(object)?.uid) keys.push(...controllerKey(old, ownKind));
        return controllerOf(object) ? keys : [...keys, ...jobsMatching(object)];
      }),
    ],
    async reconcile(key): Promise<Requeue | undefined> {
      const job = jobs.store.get(key);
      if (!job) return releaseAll(key);
      if (job.spec.managedBy && job.spec.managedBy !== BUILT_IN_MANAGER) return undefined;
      const matches = labelMatcher(job.spec.selector);
      const own = await claim({ client: context.client, owner: job, ownerKind: jobKind, matches, informer: pods });
      if (job.metadata.deletionTimestamp) {
        await Promise.all(own.map(release));
        return undefined;
      }
      if (isJobFinished(job)) {
        await Promise.all(own.map(release));
        return undefined;
      }
      const plan = planJob(job, own, context.clock.now());
      await apply(job, plan);
      return plan.requeueAfterMs === undefined ? undefined : { afterMs: plan.requeueAfterMs };
    },
  };

  function jobsMatching(pod: Pod): string[] {
    return jobs.store
      .list(pod.metadata.namespace)
      .filter(({ spec }) => labelMatcher(spec.selector)(pod.metadata.labels))
      .map(keyOf);
  }

  /** The job is gone: its pods are held by nothing but the finalizer. */
  async function releaseAll(key: string): Promise<undefined> {
    const namespace = key.slice(0, key.indexOf('/'));
    const held = pods.store.list(namespace).filter((pod) => controllerKey(pod, ownKind).includes(key));
    const orphans = orphansIn(pods, namespace).filter(
      ({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === key.slice(namespace.length + 1),
    );
    await Promise.all([...held, ...orphans].map(release));
    return undefined;
  }

  /** Status first: what it counts must be on record before the pods may vanish. */
  async function apply(job: Job, plan: JobPlan): Promise<void> {
    const deletions = await Promise.allSettled(plan.deletes.map((pod) => podControl.delete(pod, job)));
    const template = newPod(job);
    const { error } = await slowStartBatch(plan.creates.length, (index) =>
      podControl.create(template(plan.creates[index]!), job),
    );
    if (!deepEqual(job.status ?? {}, plan.status)) await client.updateStatus({ ...job, status: plan.status });
    for (const { type, reason, message } of plan.events) recorder.event(job, type, reason, message);
    await Promise.all(plan.release.map(release));
    if (error !== undefined) throw error;
    for (const deletion of deletions) if (deletion.status === 'rejected') throw deletion.reason;
  }

  async function release(pod: Pod): Promise<void> {
    if (!pod.metadata.finalizers?.includes(TRACKING_FINALIZER)) return;
    const { namespace = '', name = '', uid } = pod.metadata;
    const patch = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] } };
    try {
      await context.client.resource(podKind).patch({ namespace, name }, 'strategic', patch);
    } catch (error) {
      if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
    }
  }

  function newPod(job: Job): (pod: NewJobPod) => Pod {
    const ownerReference = newControllerRef(job, ownKind);
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
