import {
  type FieldError,
  FieldPath,
  invalid,
  isDns1123Label,
  required,
  sameJson,
  validateImmutable,
  validateLabelSelector,
} from '@kubets/core';
import { validateTemplateLabels } from '../apps/pod-template.ts';
import type { PodTemplateSpec } from '../core/pod.ts';
import { validateNonNegativeFields } from '../field-rules.ts';
import { selectorMatches } from '../label-selector.ts';
import type { Job } from './job.ts';
import { validateJobSpec } from './job-spec-validation.ts';
import type { JobSpec } from './shared.ts';

const specPath = new FieldPath('spec');

export function validateJob(job: Job): FieldError[] {
  const { spec } = job;
  const selectorPath = specPath.child('selector');
  const errors = [...validateGeneratedSelector(job), ...validateJobSpec(spec, specPath)];
  if (spec.selector) {
    errors.push(...validateLabelSelector(spec.selector, selectorPath));
  } else errors.push(required(selectorPath));
  errors.push(...validateTemplateLabels(spec.template, spec.selector, specPath.child('template')));
  return [...errors, ...validateHostNames(job)];
}

/** Indexed pods have their index in their host name, so the job's name must leave room for it. */
function validateHostNames({ metadata, spec }: Job): FieldError[] {
  if (spec.completionMode !== 'Indexed' || !spec.completions || spec.completions < 1) return [];
  const longest = `${metadata.name}-${spec.completions - 1}`;
  const problems = isDns1123Label(longest);
  if (problems.length === 0) return [];
  const detail = `will not able to create pod with invalid DNS label: ${longest}`;
  return [invalid(new FieldPath('metadata').child('name'), metadata.name, detail)];
}

/** Unless the selector is the user's own business, it must be the one that the API server makes from the job's uid. */
function validateGeneratedSelector({ metadata, spec }: Job): FieldError[] {
  if (spec.manualSelector || !spec.selector) return [];
  const { uid = '', name = '' } = metadata;
  const errors = uid ? [] : [required(new FieldPath('metadata').child('uid'))];
  const expected = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const labels = spec.template.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(expected)) {
    const labelsPath = specPath.child('template', 'metadata', 'labels');
    if (labels[key] === undefined) errors.push(required(labelsPath.key(key), `must be '${value}'`));
    else if (labels[key] !== value) errors.push(invalid(labelsPath.key(key), labels[key], `must be '${value}'`));
  }
  if (!selectorMatches(spec.selector, expected)) {
    errors.push(invalid(specPath.child('selector'), spec.selector, '`selector` not auto-generated'));
  }
  return errors;
}

const IMMUTABLE_FIELDS = [
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const;

export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  return [
    ...validateCompletionsUpdate(job.spec, old.spec),
    ...validateImmutable(job.spec.selector, old.spec.selector, specPath.child('selector')),
    ...validateImmutable(comparableTemplate(job, old), old.spec.template, specPath.child('template')),
    ...IMMUTABLE_FIELDS.flatMap((name) => validateImmutable(job.spec[name], old.spec[name], specPath.child(name))),
  ];
}

/** An indexed job may grow and shrink as long as it runs all its indexes at once, before and after. */
function validateCompletionsUpdate(spec: JobSpec, old: JobSpec): FieldError[] {
  const path = specPath.child('completions');
  if (spec.completionMode !== 'Indexed' || spec.completions === undefined || old.completions === undefined) {
    return validateImmutable(spec.completions, old.completions, path);
  }
  if (spec.completions === old.completions) return [];
  const isElastic = spec.completions === spec.parallelism && old.completions === old.parallelism;
  if (isElastic) return [];
  return [invalid(path, spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

/** A suspended job that has no pods may still be told where and how large they will be: those parts are taken from `old`. */
function comparableTemplate(job: Job, old: Job): PodTemplateSpec {
  const { template } = job.spec;
  if (!old.spec.suspend || old.status?.startTime || (old.status?.active ?? 0) > 0) return template;
  if (!template.spec || !old.spec.template.spec) return template;
  const oldSpec = old.spec.template.spec;
  const { affinity, nodeSelector, tolerations, schedulingGates } = oldSpec;
  const withOldResources = <C extends { name: string }>(containers: readonly C[], oldOnes: readonly C[] = []) =>
    containers.map((container) => {
      const before = oldOnes.find(({ name }) => name === container.name) as { resources?: object } | undefined;
      return before ? { ...container, resources: before.resources } : container;
    });
  return {
    ...template,
    metadata: { ...template.metadata, ...pickLabels(old.spec.template) },
    spec: {
      ...template.spec,
      ...{ affinity, nodeSelector, tolerations, schedulingGates },
      containers: withOldResources(template.spec.containers, oldSpec.containers),
      ...(template.spec.initContainers
        ? { initContainers: withOldResources(template.spec.initContainers, oldSpec.initContainers) }
        : {}),
    },
  } as PodTemplateSpec;
}

function pickLabels(template: PodTemplateSpec): Pick<NonNullable<PodTemplateSpec['metadata']>, never> {
  return { labels: template.metadata?.labels, annotations: template.metadata?.annotations };
}

export function validateJobStatus({ status }: Job, old: Job): FieldError[] {
  const path = new FieldPath('status');
  const errors = validateNonNegativeFields(status, path, ['active', 'succeeded', 'failed', 'ready', 'terminating']);
  for (const list of ['succeeded', 'failed'] as const) {
    const uids = status?.uncountedTerminatedPods?.[list] ?? [];
    const listPath = path.child('uncountedTerminatedPods', list);
    uids.forEach((uid, index) => {
      if (uid === '') errors.push(invalid(listPath.index(index), uid, 'must not be empty'));
    });
  }
  if (old.status?.completionTime && !sameJson(status?.completionTime, old.status.completionTime)) {
    errors.push(...validateImmutable(status?.completionTime, old.status.completionTime, path.child('completionTime')));
  }
  return [...errors, ...validateFinishedConditions({ status } as Job)];
}

/** A job that is over is either complete or failed. */
function validateFinishedConditions({ status }: Job): FieldError[] {
  const isTrue = (type: string) => status?.conditions?.some((item) => item.type === type && item.status === 'True');
  const path = new FieldPath('status').child('conditions');
  if (isTrue('Complete') && isTrue('Failed')) {
    return [invalid(path, status?.conditions, 'cannot set Complete=True and Failed=true conditions')];
  }
  if ((isTrue('Complete') || isTrue('Failed')) && (status?.active ?? 0) > 0) {
    return [invalid(new FieldPath('status').child('active'), status?.active, 'active>0 is invalid for finished job')];
  }
  return [];
}
