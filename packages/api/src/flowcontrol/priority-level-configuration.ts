import {
  type Column,
  defineKind,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  type Infer,
  int32,
  invalid,
  list,
  message,
  notSupported,
  required,
  string,
  time,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepStatus, statusSubresource } from '../status-rules.ts';

export const ExemptPriorityLevelConfiguration = message(
  'io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration',
  'Share of a level whose requests never wait.',
  {
    nominalConcurrencyShares: field(
      1,
      int32,
      "Share of the server's concurrency that the level has; 0 by default.",
    ).pointer(),
    lendablePercent: field(2, int32, 'Percentage of that share which other levels may borrow; 0 by default.').pointer(),
  },
);
export interface ExemptPriorityLevelConfiguration extends Infer<typeof ExemptPriorityLevelConfiguration> {}

export const QueuingConfiguration = message(
  'io.k8s.api.flowcontrol.v1.QueuingConfiguration',
  'Queues in which requests wait.',
  {
    queues: field(1, int32, 'Number of queues; 64 by default.').default(0),
    handSize: field(
      2,
      int32,
      'Number of queues that a flow is dealt, of which it uses the shortest; 8 by default.',
    ).default(0),
    queueLengthLimit: field(3, int32, 'Requests that may wait in one queue; 50 by default.').default(0),
  },
);
export interface QueuingConfiguration extends Infer<typeof QueuingConfiguration> {}

export const LimitResponse = message(
  'io.k8s.api.flowcontrol.v1.LimitResponse',
  'What happens to requests that cannot be served at once.',
  {
    type: field(1, string, 'Queue lets them wait; Reject answers 429.').required().default(''),
    queuing: field(2, QueuingConfiguration, 'The queues; only with type Queue.'),
  },
  { unions: [{ discriminator: 'type', fields: { queuing: 'Queuing' } }] },
);
export interface LimitResponse extends Infer<typeof LimitResponse> {}

export const LimitedPriorityLevelConfiguration = message(
  'io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration',
  'Share of a level whose requests may have to wait.',
  {
    nominalConcurrencyShares: field(
      1,
      int32,
      "Share of the server's concurrency that the level has; 30 by default.",
    ).pointer(),
    limitResponse: field(2, LimitResponse, 'What happens to requests that cannot be served at once.').default({}),
    lendablePercent: field(3, int32, 'Percentage of that share which other levels may borrow; 0 by default.').pointer(),
    borrowingLimitPercent: field(
      4,
      int32,
      'Most that the level may borrow, as a percentage of its share; no limit without it.',
    ).pointer(),
  },
);
export interface LimitedPriorityLevelConfiguration extends Infer<typeof LimitedPriorityLevelConfiguration> {}

export const PriorityLevelConfigurationCondition = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition',
  'One observation about the state of a priority level.',
  {
    type: field(1, string, 'Which observation it is.'),
    status: field(2, string, 'True, False or Unknown.'),
    lastTransitionTime: field(3, time, 'When the status last changed.'),
    reason: field(4, string, 'One word for why, in CamelCase.'),
    message: field(5, string, 'Why, in words for people.'),
  },
);
export interface PriorityLevelConfigurationCondition extends Infer<typeof PriorityLevelConfigurationCondition> {}

export const PriorityLevelConfigurationSpec = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec',
  'How much of the server a priority level gets.',
  {
    type: field(1, string, 'Exempt requests never wait; Limited ones may.').required().default(''),
    limited: field(2, LimitedPriorityLevelConfiguration, 'Limits; only with type Limited.'),
    exempt: field(3, ExemptPriorityLevelConfiguration, 'Share; only with type Exempt.'),
  },
  { unions: [{ discriminator: 'type', fields: { exempt: 'Exempt', limited: 'Limited' } }] },
);
export interface PriorityLevelConfigurationSpec extends Infer<typeof PriorityLevelConfigurationSpec> {}

export const PriorityLevelConfigurationStatus = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus',
  'What was last observed of a priority level.',
  {
    conditions: field(1, list(PriorityLevelConfigurationCondition), 'Latest observations about the level.')
      .mapOf('type')
      .mergeBy('type'),
  },
);
export interface PriorityLevelConfigurationStatus extends Infer<typeof PriorityLevelConfigurationStatus> {}

export const PriorityLevelConfiguration = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  "A share of the API server's concurrency.",
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, PriorityLevelConfigurationSpec, 'How much the level gets.').always().default({}),
    status: field(3, PriorityLevelConfigurationStatus, 'What was last observed; written by the server.').default({}),
  },
);
export interface PriorityLevelConfiguration extends Infer<typeof PriorityLevelConfiguration> {}

const DEFAULT_SHARES = 30;
const DEFAULT_QUEUES = 64;
const DEFAULT_HAND_SIZE = 8;
const DEFAULT_QUEUE_LENGTH = 50;
const MAX_QUEUES = 10_000_000;
const EXEMPT = 'exempt';

function applyPriorityLevelDefaults({ spec }: PriorityLevelConfiguration): void {
  if (spec.exempt) {
    spec.exempt.nominalConcurrencyShares ??= 0;
    spec.exempt.lendablePercent ??= 0;
  }
  if (!spec.limited) return;
  spec.limited.nominalConcurrencyShares ??= DEFAULT_SHARES;
  spec.limited.lendablePercent ??= 0;
  const queuing = spec.limited.limitResponse?.queuing;
  if (!queuing) return;
  queuing.queues ||= DEFAULT_QUEUES;
  queuing.handSize ||= DEFAULT_HAND_SIZE;
  queuing.queueLengthLimit ||= DEFAULT_QUEUE_LENGTH;
}

function validatePriorityLevel({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  const path = new FieldPath('spec');
  const errors: FieldError[] = [];
  if ((metadata.name === EXEMPT) !== (spec.type === 'Exempt')) {
    errors.push(invalid(path.child('type'), spec.type, "type must be 'Exempt' if and only if name is 'exempt'"));
  }
  switch (spec.type) {
    case 'Exempt':
      if (spec.limited) errors.push(fieldForbidden(path.child('limited'), 'must be nil if the type is not Limited'));
      return [...errors, ...validateShares(spec.exempt, path.child('exempt'))];
    case 'Limited':
      if (spec.exempt) errors.push(fieldForbidden(path.child('exempt'), 'must be nil if the type is Limited'));
      if (!spec.limited) return [...errors, required(path.child('limited'), 'must not be empty when type is Limited')];
      return [...errors, ...validateLimited(spec.limited, path.child('limited'))];
    default:
      return [...errors, notSupported(path.child('type'), spec.type, ['Exempt', 'Limited'])];
  }
}

function validateShares(level: ExemptPriorityLevelConfiguration | undefined, path: FieldPath): FieldError[] {
  const { nominalConcurrencyShares: shares = 0, lendablePercent: lendable = 0 } = level ?? {};
  const errors: FieldError[] = [];
  if (shares < 0) {
    errors.push(invalid(path.child('nominalConcurrencyShares'), shares, 'must be a non-negative integer'));
  }
  if (lendable < 0 || lendable > 100) {
    errors.push(invalid(path.child('lendablePercent'), lendable, 'must be between 0 and 100, inclusive'));
  }
  return errors;
}

function validateLimited(level: LimitedPriorityLevelConfiguration, path: FieldPath): FieldError[] {
  const errors = validateShares(level, path);
  const { borrowingLimitPercent: borrowing } = level;
  if (borrowing !== undefined && borrowing < 0) {
    const detail = 'if specified, must be a non-negative integer';
    errors.push(invalid(path.child('borrowingLimitPercent'), borrowing, detail));
  }
  const responsePath = path.child('limitResponse');
  const { type = '', queuing } = level.limitResponse ?? {};
  if (type === 'Reject') {
    const detail = 'must be nil if limited.limitResponse.type is not Limited';
    return queuing ? [...errors, fieldForbidden(responsePath.child('queuing'), detail)] : errors;
  }
  if (type !== 'Queue') return [...errors, notSupported(responsePath.child('type'), type, ['Queue', 'Reject'])];
  if (queuing) return [...errors, ...validateQueuing(queuing, responsePath.child('queuing'))];
  const detail = 'must not be empty if limited.limitResponse.type is Limited';
  return [...errors, required(responsePath.child('queuing'), detail)];
}

function validateQueuing(queuing: QueuingConfiguration, path: FieldPath): FieldError[] {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing;
  const errors: FieldError[] = [];
  if (queueLengthLimit <= 0) errors.push(invalid(path.child('queueLengthLimit'), queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalid(path.child('queues'), queues, 'must be positive'));
  else if (queues > MAX_QUEUES) {
    errors.push(invalid(path.child('queues'), queues, `must not be greater than ${MAX_QUEUES}`));
  }
  if (handSize <= 0) errors.push(invalid(path.child('handSize'), handSize, 'must be positive'));
  else if (handSize > queues) {
    errors.push(invalid(path.child('handSize'), handSize, `should not be greater than queues (${queues})`));
  }
  return errors;
}

const queuingColumn = (name: string, field: keyof QueuingConfiguration, description: string) => ({
  name,
  type: 'string' as const,
  description,
  cell: ({ spec }: PriorityLevelConfiguration) => spec.limited?.limitResponse?.queuing?.[field] ?? '<none>',
});

const priorityLevelConfigurationColumns: Column<PriorityLevelConfiguration>[] = [
  nameColumn,
  {
    name: 'Type',
    type: 'string',
    description: 'Whether requests of the level are limited or exempt.',
    cell: ({ spec }) => spec.type,
  },
  {
    name: 'NominalConcurrencyShares',
    type: 'string',
    description: "The level's share of the server's concurrency.",
    cell: ({ spec }) => (spec.limited ?? spec.exempt)?.nominalConcurrencyShares ?? '<none>',
  },
  queuingColumn('Queues', 'queues', 'Number of queues that requests wait in.'),
  queuingColumn('HandSize', 'handSize', 'Number of queues that a flow is dealt.'),
  queuingColumn('QueueLengthLimit', 'queueLengthLimit', 'Requests that may wait in one queue.'),
  ageColumn,
];

export const priorityLevelConfigurationKind = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  resource: 'prioritylevelconfigurations',
  namespaced: false,
  schema: PriorityLevelConfiguration,
  subresources: [statusSubresource<PriorityLevelConfiguration>('PriorityLevelConfiguration', { metadata: 'fixed' })],
  strategy: {
    applyDefaults: applyPriorityLevelDefaults,
    prepareForCreate: (draft) => clearStatus(draft, PriorityLevelConfigurationStatus),
    prepareForUpdate: keepStatus,
    validate: validatePriorityLevel,
    hasGeneration: true,
  },
  columns: priorityLevelConfigurationColumns,
  storageVersionHash: 'Kir5PVfvNeI=',
});
