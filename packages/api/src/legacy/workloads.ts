import type { AnyMessage, KubeObject, Message } from '@kubets/core';
import { controllerRevisionKind } from '../apps/controller-revision.ts';
import { type DaemonSet, DaemonSetSpec, daemonSetKind } from '../apps/daemon-set.ts';
import { type Deployment, DeploymentSpec, deploymentKind } from '../apps/deployment.ts';
import { type ReplicaSet, ReplicaSetSpec, replicaSetKind } from '../apps/replica-set.ts';
import { type StatefulSet, StatefulSetSpec, statefulSetKind } from '../apps/stateful-set.ts';
import { cronJobKind } from '../batch/cron-job.ts';
import type { PodTemplateSpec } from '../core/pod.ts';
import type { LabelSelector } from '../meta/selector.ts';
import { olderVersion } from './older-version.ts';
import { lessDemanding } from './optional-fields.ts';

const MAX_INT32 = 2 ** 31 - 1;

interface Workload extends KubeObject {
  spec: { selector?: LabelSelector; template?: PodTemplateSpec };
}

/** A workload used to take its selector and its own labels from its template, if it had none. */
function takeLabelsFromTemplate({ metadata, spec }: Workload): void {
  const labels = spec.template?.metadata?.labels;
  if (!labels || Object.keys(labels).length === 0) return;
  if (!Object.keys(spec.selector ?? {}).length) spec.selector = { matchLabels: { ...labels } };
  if (!Object.keys(metadata.labels ?? {}).length) metadata.labels = { ...labels };
}

function applyExtensionsDeploymentDefaults(draft: Deployment): void {
  takeLabelsFromTemplate(draft);
  const { spec } = draft;
  spec.revisionHistoryLimit ??= MAX_INT32;
  spec.progressDeadlineSeconds ??= MAX_INT32;
  spec.strategy = { ...spec.strategy, type: spec.strategy?.type || 'RollingUpdate' };
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 1, ...spec.strategy.rollingUpdate };
  }
}

function applyAppsBeta1DeploymentDefaults(draft: Deployment): void {
  takeLabelsFromTemplate(draft);
  draft.spec.revisionHistoryLimit ??= 2;
}

/** Sets of pods used to wait until somebody deleted the old pods. */
function updateOnDelete(draft: DaemonSet | StatefulSet): void {
  takeLabelsFromTemplate(draft);
  draft.spec.updateStrategy = { ...draft.spec.updateStrategy, type: draft.spec.updateStrategy?.type || 'OnDelete' };
}

/** The message of a version in which the selector may be left out. */
function withOptionalSelector(kind: { kind: string; schema: AnyMessage }, group: string, spec: Message): AnyMessage {
  const named = (name: string) => `io.k8s.api.${group}.v1beta1.${name}`;
  const olderSpec = lessDemanding(spec, { name: named(`${kind.kind}Spec`), optional: ['selector'] });
  return lessDemanding(kind.schema, { name: named(kind.kind), of: { spec: olderSpec } });
}

export const legacyWorkloadKinds = [
  olderVersion<Deployment, Deployment>(deploymentKind, {
    group: 'extensions',
    version: 'v1beta1',
    schema: withOptionalSelector(deploymentKind, 'extensions', DeploymentSpec),
    applyDefaults: applyExtensionsDeploymentDefaults,
  }),
  olderVersion<DaemonSet, DaemonSet>(daemonSetKind, {
    group: 'extensions',
    version: 'v1beta1',
    schema: withOptionalSelector(daemonSetKind, 'extensions', DaemonSetSpec),
    applyDefaults: updateOnDelete,
  }),
  olderVersion<ReplicaSet, ReplicaSet>(replicaSetKind, {
    group: 'extensions',
    version: 'v1beta1',
    schema: withOptionalSelector(replicaSetKind, 'extensions', ReplicaSetSpec),
    applyDefaults: takeLabelsFromTemplate,
  }),
  olderVersion<Deployment, Deployment>(deploymentKind, {
    version: 'v1beta1',
    schema: withOptionalSelector(deploymentKind, 'apps', DeploymentSpec),
    applyDefaults: applyAppsBeta1DeploymentDefaults,
  }),
  olderVersion<StatefulSet, StatefulSet>(statefulSetKind, {
    version: 'v1beta1',
    schema: withOptionalSelector(statefulSetKind, 'apps', StatefulSetSpec),
    applyDefaults: updateOnDelete,
  }),
  olderVersion(controllerRevisionKind, { version: 'v1beta1' }),
  olderVersion(deploymentKind, { version: 'v1beta2' }),
  olderVersion(statefulSetKind, { version: 'v1beta2' }),
  olderVersion(daemonSetKind, { version: 'v1beta2' }),
  olderVersion(replicaSetKind, { version: 'v1beta2' }),
  olderVersion(controllerRevisionKind, { version: 'v1beta2' }),
  olderVersion(cronJobKind, { version: 'v1beta1' }),
  olderVersion(cronJobKind, { version: 'v2alpha1' }),
] as const;
