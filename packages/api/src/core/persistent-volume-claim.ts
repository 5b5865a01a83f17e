import {
  defineKind,
  field,
  type Infer,
  list,
  map,
  message,
  quantity,
  string,
  time,
  type WriteStrategy,
} from '@kubets/core';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { LabelSelector } from '../meta/selector.ts';
import { keepStatus, statusStrategy } from '../status-rules.ts';
import { applyClaimSpecDefaults } from './claim-defaults.ts';
import { persistentVolumeClaimColumns } from './persistent-volume-claim-columns.ts';
import {
  claimWarnings,
  validateClaim,
  validateClaimStatusUpdate,
  validateClaimUpdate,
} from './persistent-volume-claim-validation.ts';
import { TypedLocalObjectReference, TypedObjectReference } from './reference.ts';
import { roundUpResources } from './resource-list.ts';

export const ModifyVolumeStatus = message('io.k8s.api.core.v1.ModifyVolumeStatus', '', {
  targetVolumeAttributesClassName: field(1, string, ''),
  status: field(2, string, '').required().default('').oneOf('InProgress', 'Infeasible', 'Pending'),
});
export interface ModifyVolumeStatus extends Infer<typeof ModifyVolumeStatus> {}

export const PersistentVolumeClaimCondition = message('io.k8s.api.core.v1.PersistentVolumeClaimCondition', '', {
  type: field(1, string, '').required().default(''),
  status: field(2, string, '').required().default(''),
  lastProbeTime: field(3, time, ''),
  lastTransitionTime: field(4, time, ''),
  reason: field(5, string, ''),
  message: field(6, string, ''),
});
export interface PersistentVolumeClaimCondition extends Infer<typeof PersistentVolumeClaimCondition> {}

export const VolumeResourceRequirements = message('io.k8s.api.core.v1.VolumeResourceRequirements', '', {
  limits: field(1, map(quantity), ''),
  requests: field(2, map(quantity), ''),
});
export interface VolumeResourceRequirements extends Infer<typeof VolumeResourceRequirements> {}

export const PersistentVolumeClaimSpec = message('io.k8s.api.core.v1.PersistentVolumeClaimSpec', '', {
  accessModes: field(1, list(string), '')
    .oneOf('ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod')
    .atomic(),
  resources: field(2, VolumeResourceRequirements, '').default({}),
  volumeName: field(3, string, ''),
  selector: field(4, LabelSelector, ''),
  storageClassName: field(5, string, ''),
  volumeMode: field(6, string, '').oneOf('Block', 'Filesystem'),
  dataSource: field(7, TypedLocalObjectReference, ''),
  dataSourceRef: field(8, TypedObjectReference, ''),
  volumeAttributesClassName: field(9, string, ''),
});
export interface PersistentVolumeClaimSpec extends Infer<typeof PersistentVolumeClaimSpec> {}

export const PersistentVolumeClaimStatus = message('io.k8s.api.core.v1.PersistentVolumeClaimStatus', '', {
  phase: field(1, string, '').oneOf('Bound', 'Lost', 'Pending'),
  accessModes: field(2, list(string), '')
    .oneOf('ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod')
    .atomic(),
  capacity: field(3, map(quantity), ''),
  conditions: field(4, list(PersistentVolumeClaimCondition), '').mapOf('type').mergeBy('type'),
  allocatedResources: field(5, map(quantity), ''),
  allocatedResourceStatuses: field(7, map(string), '')
    .oneOf(
      'ControllerResizeInProgress',
      'ControllerResizeInfeasible',
      'NodeResizeInProgress',
      'NodeResizeInfeasible',
      'NodeResizePending',
    )
    .granularMap(),
  currentVolumeAttributesClassName: field(8, string, ''),
  modifyVolumeStatus: field(9, ModifyVolumeStatus, ''),
});
export interface PersistentVolumeClaimStatus extends Infer<typeof PersistentVolumeClaimStatus> {}

export const PersistentVolumeClaim = message('io.k8s.api.core.v1.PersistentVolumeClaim', '', {
  apiVersion: field(0, string, '').always(),
  kind: field(0, string, '').always(),
  metadata: field(1, ObjectMetaSchema, '').always().default({}),
  spec: field(2, PersistentVolumeClaimSpec, '').always().default({}),
  status: field(3, PersistentVolumeClaimStatus, '').default({}),
});
export interface PersistentVolumeClaim extends Infer<typeof PersistentVolumeClaim> {}

/** The older `dataSource` and the newer `dataSourceRef` say the same, unless the source is in another namespace. */
function alignDataSources({ spec }: PersistentVolumeClaim): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) {
    spec.dataSourceRef = { ...dataSource };
  } else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...local } = dataSourceRef;
    spec.dataSource = local;
  }
}

const persistentVolumeClaimStrategy: WriteStrategy<PersistentVolumeClaim> = {
  applyDefaults({ spec, status }) {
    if (status) status.phase ||= 'Pending';
    applyClaimSpecDefaults(spec);
    roundUpResources(status?.capacity);
    roundUpResources(status?.allocatedResources);
  },
  prepareForCreate(draft) {
    draft.status = { phase: 'Pending' };
    alignDataSources(draft);
  },
  validate: validateClaim,
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    alignDataSources(draft);
  },
  validateUpdate: validateClaimUpdate,
  warnings: claimWarnings,
};

export const persistentVolumeClaimKind = defineKind<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  returnsDeletedObject: true,
  resource: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  schema: PersistentVolumeClaim,
  strategy: persistentVolumeClaimStrategy,
  subresources: [
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'PersistentVolumeClaim',
      form: 'object',
      strategy: statusStrategy<PersistentVolumeClaim>({ validateUpdate: validateClaimStatusUpdate }),
    },
  ],
  columns: persistentVolumeClaimColumns,
  storageVersionHash: 'QWTyNDq0dC4=',
});
