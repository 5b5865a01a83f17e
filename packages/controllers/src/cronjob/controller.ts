import { type CronJob, cronJobKind, type Job, jobKind } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { hasReason, messageOf } from '@kubets/core';
import { deepEqual } from '../equality.ts';
import { controlledBy, controllerKey, indexByController } from '../ownership/controller-ref.ts';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import { type Controller, type ControllerContext, type Requeue, watch } from '../runner/controller.ts';
import { type CronPlan, planCronJob, withActive } from './plan.ts';

/** Starts jobs on a schedule and clears away old ones. */
export function cronJobController(context: ControllerContext): Controller {
  const crons = context.informers.informer(cronJobKind);
  const jobs = context.informers.informer(jobKind);
  const client = context.client.resource(cronJobKind);
  const jobClient = context.client.resource(jobKind);
  const recorder = context.recorder('cronjob-controller');
  indexByController(jobs);

  return {
    name: 'cronjob',
    watches: [
      watch(crons, ({ type, object }) => (type === 'deleted' ? [] : [keyOf(object)])),
      watch(jobs, ({ object }) => controllerKey(object, cronJobKind)),
    ],
    async reconcile(key): Promise<Requeue | undefined> {
      const cron = crons.store.get(key);
      if (!cron) return undefined;
      const plan = planCronJob(cron, controlledBy(jobs, cron), context.clock.now());
      for (const { type, reason, message } of plan.events) recorder.event(cron, type, reason, message);
      await Promise.all(plan.replaces.map((job) => remove(cron, job)));
      const status = plan.create ? await start(cron, plan, plan.create) : plan.status;
      if (!deepEqual(cron.status ?? {}, status)) await client.updateStatus({ ...cron, status });
      await Promise.all(plan.expires.map((job) => remove(cron, job)));
      return plan.requeueAfterMs === undefined ? undefined : { afterMs: plan.requeueAfterMs };
    },
  };

  async function start(cron: CronJob, plan: CronPlan, job: Job): Promise<CronPlan['status']> {
    try {
      const created = await jobClient.create(job);
      recorder.event(cron, 'Normal', 'SuccessfulCreate', `Created job ${created.metadata.name}`);
      return withActive(plan.status, created);
    } catch (error) {
      if (hasReason(error, 'AlreadyExists') || isNamespaceTerminating(error)) return plan.status;
      recorder.event(cron, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
      throw error;
    }
  }

  async function remove(cron: CronJob, { metadata }: Job): Promise<void> {
    try {
      await jobClient.delete(metadata.namespace ?? '', metadata.name ?? '', { propagationPolicy: 'Background' });
      recorder.event(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`);
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
