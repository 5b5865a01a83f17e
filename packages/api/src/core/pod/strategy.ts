import type { WriteStrategy } from '@kubets/core';
import type { LabelSelectorRequirement } from '../../meta/selector.ts';
import { keepProperty, keepStatus, statusStrategy } from '../../status-rules.ts';
import type { PodAffinityTerm } from '../placement.ts';
import type { Pod, PodSpec, PodStatus } from '../pod.ts';
import { applyPodDefaults } from './defaults.ts';
import { qosClassOf } from './qos.ts';
import { resizedSpec, validatePodResize } from './resize.ts';
import { validateEphemeralContainersUpdate, validatePodStatusUpdate, validatePodUpdate } from './update-validation.ts';
import { validatePod } from './validation.ts';
import { podWarnings } from './warnings.ts';

/** How pods are written through their own URL. */
export const podStrategy: WriteStrategy<Pod> = {
  hasGeneration: true,
  applyDefaults: applyPodDefaults,
  prepareForCreate(draft) {
    draft.status = { phase: 'Pending', qosClass: qosClassOf(draft.spec) };
    if (draft.spec.schedulingGates?.length) reportSchedulingGates(draft.status);
    fixMatchedLabels(draft);
  },
  validate: validatePod,
  prepareForUpdate: keepStatus,
  validateUpdate: validatePodUpdate,
  warnings: podWarnings,
  deletionGraceSeconds,
};

export const podStatusStrategy: WriteStrategy<Pod> = statusStrategy<Pod>({
  prepareForUpdate(draft, old) {
    keepProperty(draft.metadata, old.metadata, 'ownerReferences');
    keepProperty(draft.metadata, old.metadata, 'deletionTimestamp');
    const status = { ...draft.status };
    if (old.status?.qosClass) status.qosClass = old.status.qosClass;
    if (!status.observedGeneration) keepProperty(status, old.status ?? {}, 'observedGeneration');
    draft.status = status;
  },
  validateUpdate: validatePodStatusUpdate,
});

/** Through /ephemeralcontainers only the debugging containers change. */
export const ephemeralContainersStrategy: WriteStrategy<Pod> = {
  hasGeneration: true,
  applyDefaults: applyPodDefaults,
  prepareForUpdate(draft, old) {
    const { ephemeralContainers } = draft.spec;
    keepAllBut(draft, old, { ...old.spec, ...(ephemeralContainers ? { ephemeralContainers } : {}) });
    if (!ephemeralContainers) delete draft.spec.ephemeralContainers;
  },
  validate: validatePod,
  validateUpdate: validateEphemeralContainersUpdate,
};

/** Through /resize only the resources of containers change. */
export const resizeStrategy: WriteStrategy<Pod> = {
  hasGeneration: true,
  applyDefaults: applyPodDefaults,
  prepareForUpdate(draft, old) {
    keepAllBut(draft, old, resizedSpec(draft.spec, old.spec));
  },
  validate: validatePod,
  validateUpdate: validatePodResize,
};

/** The stored pod with another spec, under the names and the resourceVersion of the request. */
function keepAllBut(draft: Pod, old: Pod, spec: PodSpec): void {
  const { resourceVersion, managedFields } = draft.metadata;
  draft.metadata = { ...old.metadata };
  if (resourceVersion === undefined) delete draft.metadata.resourceVersion;
  else draft.metadata.resourceVersion = resourceVersion;
  if (managedFields) draft.metadata.managedFields = managedFields;
  draft.spec = spec;
  keepStatus(draft, old);
}

function reportSchedulingGates(status: PodStatus): void {
  if (status.conditions?.some(({ type }) => type === 'PodScheduled')) return;
  status.conditions = [
    ...(status.conditions ?? []),
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    },
  ];
}

/** Turns `matchLabelKeys` and `mismatchLabelKeys` into requirements on the values that this pod has. */
function fixMatchedLabels({ metadata, spec }: Pod): void {
  const labels = metadata.labels ?? {};
  for (const term of podAffinityTerms(spec)) {
    addRequirements(term, 'In', term.matchLabelKeys, labels);
    addRequirements(term, 'NotIn', term.mismatchLabelKeys, labels);
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    addRequirements(constraint, 'In', constraint.matchLabelKeys, labels);
  }
}

function podAffinityTerms({ affinity }: PodSpec): PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((group) => [
    ...(group?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
    ...(group?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
  ]);
}

function addRequirements(
  term: Pick<PodAffinityTerm, 'labelSelector'>,
  operator: 'In' | 'NotIn',
  keys: readonly string[] | undefined,
  labels: Readonly<Record<string, string>>,
): void {
  if (!term.labelSelector || !keys) return;
  const added: LabelSelectorRequirement[] = keys.flatMap((key) =>
    labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }],
  );
  if (added.length === 0) return;
  const matchExpressions = [...(term.labelSelector.matchExpressions ?? []), ...added];
  term.labelSelector = { ...term.labelSelector, matchExpressions };
}

/** Pods that run nowhere go at once; the others have the time that they, or the client, ask for. */
function deletionGraceSeconds({ spec, status }: Pod, requestedSeconds?: number): number {
  if (!spec.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
  const seconds = requestedSeconds ?? spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}

/** Values of a pod that field selectors can name. */
export const podSelectableFields: Readonly<Record<string, (pod: Pod) => string>> = {
  'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
  'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
  'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
  'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
  'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork ?? false),
  'status.phase': ({ status }) => status?.phase ?? '',
  'status.podIP': ({ status }) => status?.podIPs?.[0]?.ip ?? '',
  'status.podIPs': ({ status }) => (status?.podIPs ?? []).map(({ ip }) => ip).join(','),
  'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
};
