import type { FlowSchema, PriorityLevelConfiguration } from '@kubets/api';

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
type Rules = NonNullable<NonNullable<FlowSchema['spec']>['rules']>;
type FlowSubject = Rules[number]['subjects'][number];

const group = (name: string): FlowSubject => ({ kind: 'Group', group: { name } });
const user = (name: string): FlowSubject => ({ kind: 'User', user: { name } });
const accountsOf = (namespace: string): FlowSubject => ({
  kind: 'ServiceAccount',
  serviceAccount: { name: '*', namespace },
});
const EVERYONE = [group('system:unauthenticated'), group('system:authenticated')];

const everything = (subjects: FlowSubject[]): Rules => [
  {
    subjects,
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  },
];

function flowSchema(
  name: string,
  options: { level: string; precedence: number; by?: 'ByUser' | 'ByNamespace'; rules: Rules },
): FlowSchema {
  const { level, precedence, by, rules } = options;
  return {
    apiVersion: API_VERSION,
    kind: 'FlowSchema',
    metadata: { name, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence: precedence,
      ...(by ? { distinguisherMethod: { type: by } } : {}),
      rules,
    },
  };
}

/** Which requests belong to which priority level; the lowest precedence that matches counts. */
export const bootstrapFlowSchemas: readonly FlowSchema[] = [
  flowSchema('exempt', { level: 'exempt', precedence: 1, rules: everything([group('system:masters')]) }),
  flowSchema('probes', {
    level: 'exempt',
    precedence: 2,
    rules: [
      {
        subjects: EVERYONE,
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
      },
    ],
  }),
  flowSchema('system-leader-election', {
    level: 'leader-election',
    precedence: 100,
    by: 'ByUser',
    rules: [
      {
        subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler'), accountsOf('kube-system')],
        resourceRules: [
          {
            verbs: ['get', 'create', 'update'],
            apiGroups: ['coordination.k8s.io'],
            resources: ['leases'],
            namespaces: ['*'],
          },
        ],
      },
    ],
  }),
  flowSchema('system-node-high', {
    level: 'node-high',
    precedence: 400,
    by: 'ByUser',
    rules: [
      {
        subjects: [group('system:nodes')],
        resourceRules: [
          {
            verbs: ['*'],
            apiGroups: [''],
            resources: ['nodes', 'nodes/status'],
            clusterScope: true,
            namespaces: ['*'],
          },
          { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
        ],
      },
    ],
  }),
  flowSchema('system-nodes', {
    level: 'system',
    precedence: 500,
    by: 'ByUser',
    rules: everything([group('system:nodes')]),
  }),
  flowSchema('kube-controller-manager', {
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    rules: everything([user('system:kube-controller-manager')]),
  }),
  flowSchema('kube-scheduler', {
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    rules: everything([user('system:kube-scheduler')]),
  }),
  flowSchema('kube-system-service-accounts', {
    level: 'workload-high',
    precedence: 900,
    by: 'ByNamespace',
    rules: everything([accountsOf('kube-system')]),
  }),
  flowSchema('service-accounts', {
    level: 'workload-low',
    precedence: 9000,
    by: 'ByUser',
    rules: everything([group('system:serviceaccounts')]),
  }),
  flowSchema('global-default', {
    level: 'global-default',
    precedence: 9900,
    by: 'ByUser',
    rules: everything(EVERYONE),
  }),
  flowSchema('catch-all', { level: 'catch-all', precedence: 10000, by: 'ByUser', rules: everything(EVERYONE) }),
];

interface LevelShape {
  readonly shares: number;
  readonly lendablePercent: number;
  readonly queuing?: { readonly queues: number; readonly handSize: number };
}

/** Requests that one queue holds at most, in every built-in level. */
const QUEUE_LENGTH_LIMIT = 50;

function priorityLevel(name: string, { shares, lendablePercent, queuing }: LevelShape): PriorityLevelConfiguration {
  const limitResponse = queuing
    ? { type: 'Queue', queuing: { ...queuing, queueLengthLimit: QUEUE_LENGTH_LIMIT } }
    : { type: 'Reject' };
  return {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: { name, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: shares, lendablePercent, limitResponse } },
  };
}

/** The priority levels of a fresh cluster, with their shares of the server's concurrency. */
export const bootstrapPriorityLevels: readonly PriorityLevelConfiguration[] = [
  {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'exempt', annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } },
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  priorityLevel('node-high', { shares: 40, lendablePercent: 25, queuing: { queues: 64, handSize: 6 } }),
  priorityLevel('system', { shares: 30, lendablePercent: 33, queuing: { queues: 64, handSize: 6 } }),
  priorityLevel('leader-election', { shares: 10, lendablePercent: 0, queuing: { queues: 16, handSize: 4 } }),
  priorityLevel('workload-high', { shares: 40, lendablePercent: 50, queuing: { queues: 128, handSize: 6 } }),
  priorityLevel('workload-low', { shares: 100, lendablePercent: 90, queuing: { queues: 128, handSize: 6 } }),
  priorityLevel('global-default', { shares: 20, lendablePercent: 50, queuing: { queues: 128, handSize: 6 } }),
  priorityLevel('catch-all', { shares: 5, lendablePercent: 0 }),
];
