import { jobKind } from '@kubets/api';
import { keyOf, parseTime } from '@kubets/client';
import { isJobFinished } from '../job/plan.ts';
import { type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { ignoring } from '../runner/ignoring.ts';

/** Deletes finished jobs when their time to live is over. */
export function ttlAfterFinishedController(context: ControllerContext): Controller {
  const jobs = context.informers.informer(jobKind);

  return {
    name: 'ttl-after-finished',
    watches: [watch(jobs, ({ object }) => (object.spec.ttlSecondsAfterFinished !== undefined ? [keyOf(object)] : []))],
    async reconcile(key): Promise<Requeue | undefined> {
      const job = jobs.store.get(key);
      const ttlSeconds = job?.spec.ttlSecondsAfterFinished;
      if (!job || ttlSeconds === undefined || !isJobFinished(job) || job.metadata.deletionTimestamp) return undefined;
      const finished = job.status?.conditions?.find(
        ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
      );
      const waitMs = parseTime(finished?.lastTransitionTime) + ttlSeconds * 1000 - context.clock.now();
      if (waitMs > 0) return { afterMs: waitMs };
      const { namespace = '', name = '', uid } = job.metadata;
      const options = { propagationPolicy: 'Foreground' as const, ...(uid ? { preconditions: { uid } } : {}) };
      await ignoring(context.client.resource(jobKind).delete(namespace, name, options), 'NotFound');
      return undefined;
    },
  };
}
