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
import { keepStatus, statusSubresource } from '../status-rules.ts';
import { ACCESS_MODES } from './access-mode.ts';
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

export const ModifyVolumeStatus = message(
  'io.k8s.api.core.v1.ModifyVolumeStatus',
  "A change of a volume's attributes that is under way.",
  {
    targetVolumeAttributesClassName: field(1, string, 'Class of attributes that is being changed to.'),
    status: field(2, string, 'How far it is: Pending, InProgress or Infeasible.')
      .required()
      .default('')
      .oneOf('InProgress', 'Infeasible', 'Pending'),
  },
);
export interface ModifyVolumeStatus extends Infer<typeof ModifyVolumeStatus> {}

export const PersistentVolumeClaimCondition = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimCondition',
  "One aspect of a claim's state.",
  {
    type: field(1, string, 'Aspect, such as Resizing or FileSystemResizePending.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    lastProbeTime: field(3, time, 'When the condition was last looked at.'),
    lastTransitionTime: field(4, time, 'When the status last changed.'),
    reason: field(5, string, 'One CamelCase word that says why.'),
    message: field(6, string, 'The details, in words for people.'),
  },
);
export interface PersistentVolumeClaimCondition extends Infer<typeof PersistentVolumeClaimCondition> {}

export const VolumeResourceRequirements = message(
  'io.k8s.api.core.v1.VolumeResourceRequirements',
  'How large a volume must be.',
  {
    limits: field(1, map(quantity), 'Most that the volume may have, under the name storage.'),
    requests: field(2, map(quantity), 'Least that the volume must have, under the name storage.'),
  },
);
export interface VolumeResourceRequirements extends Infer<typeof VolumeResourceRequirements> {}

export const PersistentVolumeClaimSpec = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimSpec',
  'What storage a claim asks for.',
  {
    accessModes: field(1, list(string), 'Ways in which the volume must be mountable.')
      .oneOf(...ACCESS_MODES)
      .atomic(),
    resources: field(
      2,
      VolumeResourceRequirements,
      'Size that the volume must have; a bound claim can ask for more.',
    ).default({}),
    volumeName: field(3, string, 'Volume that the claim is bound to, or shall be.'),
    selector: field(4, LabelSelector, 'Labels that the volume must have.'),
    storageClassName: field(
      5,
      string,
      'Storage class that provides the volume; empty for none, absent for the default one.',
    ).pointer(),
    volumeMode: field(6, string, 'Filesystem to mount the volume, Block to have it as a device.')
      .pointer()
      .oneOf('Block', 'Filesystem'),
    dataSource: field(
      7,
      TypedLocalObjectReference,
      'Claim or snapshot in the same namespace that the volume is filled from.',
    ),
    dataSourceRef: field(
      8,
      TypedObjectReference,
      'Object that the volume is filled from, of any kind and in any namespace.',
    ),
    volumeAttributesClassName: field(
      9,
      string,
      'Class of attributes that the volume shall have; it can be changed.',
    ).pointer(),
  },
);
export interface PersistentVolumeClaimSpec extends Infer<typeof PersistentVolumeClaimSpec> {}

export const PersistentVolumeClaimStatus = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimStatus',
  'How a claim is.',
  {
    phase: field(1, string, 'Pending, Bound, or Lost if the bound volume is gone.').oneOf('Bound', 'Lost', 'Pending'),
    accessModes: field(2, list(string), 'Ways in which the bound volume can be mounted.')
      .oneOf(...ACCESS_MODES)
      .atomic(),
    capacity: field(3, map(quantity), 'Size of the bound volume.'),
    conditions: field(4, list(PersistentVolumeClaimCondition), "Aspects of the claim's state.")
      .mapOf('type')
      .mergeBy('type'),
    allocatedResources: field(5, map(quantity), 'Size that the volume is being given, while it grows.'),
    allocatedResourceStatuses: field(7, map(string), 'How the growth of the volume is going, by resource.')
      .oneOf(
        'ControllerResizeInProgress',
        'ControllerResizeInfeasible',
        'NodeResizeInProgress',
        'NodeResizeInfeasible',
        'NodeResizePending',
      )
      .granularMap(),
    currentVolumeAttributesClassName: field(8, string, 'Class of attributes that the volume has at present.').pointer(),
    modifyVolumeStatus: field(9, ModifyVolumeStatus, "A change of the volume's attributes that is under way."),
  },
);
export interface PersistentVolumeClaimStatus extends Infer<typeof PersistentVolumeClaimStatus> {}

export const PersistentVolumeClaim = message(
  'io.k8s.api.core.v1.PersistentVolumeClaim',
  'A request for storage, which pods refer to by name.',
  {
    apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
    kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
    metadata: field(
      1,
      ObjectMetaSchema,
      'Standard metadata: name, namespace, labels, annotations, owners and the like.',
    )
      .always()
      .default({}),
    spec: field(2, PersistentVolumeClaimSpec, 'The storage that is asked for.').always().default({}),
    status: field(
      3,
      PersistentVolumeClaimStatus,
      'What has been observed; written by the system, read by users.',
    ).default({}),
  },
);
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
    statusSubresource<PersistentVolumeClaim>('PersistentVolumeClaim', { validateUpdate: validateClaimStatusUpdate }),
  ],
  columns: persistentVolumeClaimColumns,
  storageVersionHash: 'QWTyNDq0dC4=',
});
