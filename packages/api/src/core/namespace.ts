import {
  defineKind,
  dnsLabelName,
  field,
  type Infer,
  list,
  message,
  string,
  time,
  type WriteStrategy,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { keepProperty, keepStatus, statusSubresource } from '../status-rules.ts';
import { validateNamespace, validateNamespaceFinalizers, validateNamespaceStatus } from './namespace-validation.ts';

export const NamespaceCondition = message(
  'io.k8s.api.core.v1.NamespaceCondition',
  "One aspect of a namespace's state while it is being deleted.",
  {
    type: field(1, string, 'Aspect, such as NamespaceDeletionContentFailure.').required().default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    lastTransitionTime: field(4, time, 'When the status last changed.'),
    reason: field(5, string, 'One CamelCase word that says why.'),
    message: field(6, string, 'The details, in words for people.'),
  },
);
export interface NamespaceCondition extends Infer<typeof NamespaceCondition> {}

export const NamespaceSpec = message('io.k8s.api.core.v1.NamespaceSpec', 'What a namespace asks for.', {
  finalizers: field(1, list(string), 'Names of those who must empty the namespace before it can be removed.').atomic(),
});
export interface NamespaceSpec extends Infer<typeof NamespaceSpec> {}

export const NamespaceStatus = message('io.k8s.api.core.v1.NamespaceStatus', 'Where a namespace is in its life.', {
  phase: field(1, string, 'Active, or Terminating while everything in it is being deleted.').oneOf(
    'Active',
    'Terminating',
  ),
  conditions: field(2, list(NamespaceCondition), 'What stands in the way of its deletion.')
    .mapOf('type')
    .mergeBy('type'),
});
export interface NamespaceStatus extends Infer<typeof NamespaceStatus> {}

export const Namespace = message('io.k8s.api.core.v1.Namespace', 'A scope for names; most objects live in one.', {
  apiVersion: field(0, string, 'Group and version of the schema that this object is written in.').always(),
  kind: field(0, string, 'Kind of this object, in CamelCase; it cannot change.').always(),
  metadata: field(1, ObjectMetaSchema, 'Standard metadata: name, namespace, labels, annotations, owners and the like.')
    .always()
    .default({}),
  spec: field(2, NamespaceSpec, 'How the namespace behaves.').always().default({}),
  status: field(3, NamespaceStatus, 'What has been observed; written by the system, read by users.').default({}),
});
export interface Namespace extends Infer<typeof Namespace> {}

/** The finalizer that holds a namespace until everything in it is gone. */
export const NAMESPACE_FINALIZER = 'kubernetes';

/** The label by which selectors can name a namespace. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

const namespaceStrategy: WriteStrategy<Namespace> = {
  applyDefaults({ metadata, status }) {
    if (metadata.name) metadata.labels = { ...metadata.labels, [NAMESPACE_NAME_LABEL]: metadata.name };
    if (status) status.phase ||= 'Active';
  },
  prepareForCreate(draft) {
    draft.status = { phase: 'Active' };
    const finalizers = draft.spec.finalizers ?? [];
    if (!finalizers.includes(NAMESPACE_FINALIZER)) draft.spec.finalizers = [...finalizers, NAMESPACE_FINALIZER];
  },
  validate: validateNamespace,
  prepareForUpdate(draft, old) {
    keepProperty(draft.spec, old.spec, 'finalizers');
    keepStatus(draft, old);
  },
};

const namespaceFinalizeStrategy: WriteStrategy<Namespace> = {
  prepareForUpdate: keepStatus,
  validate: validateNamespaceFinalizers,
};

export const namespaceKind = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  resource: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  schema: Namespace,
  validateName: dnsLabelName,
  strategy: namespaceStrategy,
  subresources: [
    {
      name: 'finalize',
      verbs: ['update'],
      kind: 'Namespace',
      form: 'object',
      strategy: namespaceFinalizeStrategy,
    },
    statusSubresource<Namespace>('Namespace', { validateUpdate: validateNamespaceStatus }),
  ],
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Phase of the namespace: Active or Terminating.',
      cell: ({ status }) => status?.phase ?? '',
    },
    ageColumn,
  ],
  selectableFields: {
    'status.phase': ({ status }) => status?.phase ?? '',
    name: ({ metadata }) => metadata.name ?? '',
  },
  storageVersionHash: 'Q3oi5N2YM8M=',
});
