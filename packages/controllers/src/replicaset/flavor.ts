import {
  type LabelMatcher,
  labelMatcher,
  matchesLabels,
  type PodTemplateSpec,
  type ReplicaSet,
  type ReplicaSetStatus,
  type ReplicationController,
  replicaSetKind,
  replicationControllerKind,
} from '@kubets/api';
import type { KindDefinition, KubeObject } from '@kubets/core';

/** Both kinds that keep a number of pods running, seen through one shape. */
export interface ReplicaFlavor<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly component: string;
  readonly kind: KindDefinition<T>;
  replicas(object: T): number;
  minReadySeconds(object: T): number;
  template(object: T): PodTemplateSpec;
  matches(object: T): LabelMatcher;
  status(object: T): ReplicaSetStatus;
  withStatus(object: T, status: ReplicaSetStatus): T;
  /** Whether the status of this kind tells the number of terminating pods. */
  readonly countsTerminating: boolean;
}

export const replicaSetFlavor: ReplicaFlavor<ReplicaSet> = {
  name: 'replicaset',
  component: 'replicaset-controller',
  kind: replicaSetKind,
  replicas: ({ spec }) => spec?.replicas ?? 1,
  minReadySeconds: ({ spec }) => spec?.minReadySeconds ?? 0,
  template: ({ spec }) => spec?.template ?? {},
  matches: ({ spec }) => labelMatcher(spec?.selector),
  status: ({ status }) => status ?? { replicas: 0 },
  withStatus: (object, status) => ({ ...object, status }),
  countsTerminating: true,
};

export const replicationControllerFlavor: ReplicaFlavor<ReplicationController> = {
  name: 'replicationcontroller',
  component: 'replication-controller',
  kind: replicationControllerKind,
  replicas: ({ spec }) => spec?.replicas ?? 1,
  minReadySeconds: ({ spec }) => spec?.minReadySeconds ?? 0,
  template: ({ spec }) => spec?.template ?? {},
  matches: ({ spec }) => {
    const selector = spec?.selector ?? {};
    return Object.keys(selector).length > 0 ? (labels) => matchesLabels(selector, labels) : () => false;
  },
  status: ({ status }) => status ?? { replicas: 0 },
  withStatus: (object, status) => ({ ...object, status }),
  countsTerminating: false,
};
