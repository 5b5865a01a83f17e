/** The smallest useful object of each kind, and a status it may get; for tests of what every kind must be able to do. */
export interface Sample {
  readonly apiVersion: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly name?: string;
  /** A merge patch of the status, as somebody other than the kind's controller would send it. */
  readonly status?: Readonly<Record<string, unknown>>;
  /** Its status subresource takes no metadata. */
  readonly isStatusOnly?: boolean;
}

const labels = { app: 'x' };
const selector = { matchLabels: labels };
const podSpec = { containers: [{ name: 'c', image: 'busybox' }] };
const template = { metadata: { labels }, spec: podSpec };
const jobTemplate = { spec: { template: { spec: { ...podSpec, restartPolicy: 'Never' } } } };
const quantity = { cpu: '1', memory: '500Mi' };
const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test' };
const timedCondition = { ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' };
const subjects = [{ kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' }];
const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
const webhook = {
  name: 'a.example.com',
  clientConfig: { url: 'https://127.0.0.1:1/x' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const deviceRequests = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c.example.com' } }] } };

export const samples: readonly Sample[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', body: { data: { a: 'b' } } },
  { apiVersion: 'v1', kind: 'Secret', body: { stringData: { a: 'b' } } },
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    body: { subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ port: 80 }] }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Event',
    body: {
      involvedObject: { namespace: 'default' },
      reason: 'Test',
      message: 'This is a test',
      type: 'Normal',
      source: { component: 'x' },
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
    },
  },
  { apiVersion: 'v1', kind: 'LimitRange', body: { spec: { limits: [{ type: 'Pod', max: quantity }] } } },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    body: { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp/x' } } },
    status: { message: 'StatusPatched', reason: 'E2E' },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    body: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    status: { conditions: [condition] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    body: { spec: podSpec },
    status: { conditions: [condition], message: 'Patched by e2e test' },
  },
  { apiVersion: 'v1', kind: 'PodTemplate', body: { template } },
  {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    body: { spec: { replicas: 1, selector: labels, template } },
    status: { replicas: 0, conditions: [condition] },
  },
  { apiVersion: 'v1', kind: 'ResourceQuota', body: { spec: { hard: quantity } }, status: { hard: { cpu: '2' } } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    body: { spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: labels } },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', body: {} },
  { apiVersion: 'v1', kind: 'Node', body: {}, status: { conditions: [{ type: 'Ready', status: 'True' }] } },
  { apiVersion: 'v1', kind: 'Namespace', body: {}, status: { conditions: [condition] } },
  { apiVersion: 'apps/v1', kind: 'ControllerRevision', body: { revision: 1, data: { a: 1 } } },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    body: { spec: { selector, template } },
    status: { conditions: [condition] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    body: { spec: { selector, template } },
    status: { conditions: [condition] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    body: { spec: { selector, template } },
    status: { conditions: [condition] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    body: { spec: { selector, template, serviceName: 's' } },
    status: { conditions: [condition] },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    body: { spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } } },
    status: { conditions: [condition] },
  },
  {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    body: { spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } } },
    status: { currentReplicas: 1 },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    body: { spec: { schedule: '* */1 * * ?', jobTemplate } },
    status: { lastScheduleTime: '2026-01-01T00:00:00Z' },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    body: { spec: { ...jobTemplate.spec, suspend: true } },
    status: { conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    body: { spec: { holderIdentity: 'h', leaseDurationSeconds: 30 } },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    body: { addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4'] }], ports: [] },
  },
  {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    body: {
      eventTime: '2026-01-01T00:00:00.000000Z',
      note: 'This is a test',
      reason: 'Test',
      action: 'Do',
      type: 'Normal',
      reportingController: 'test-controller',
      reportingInstance: 'test-node',
      regarding: { namespace: 'default' },
    },
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    isStatusOnly: true,
    body: {
      spec: {
        matchingPrecedence: 10000,
        priorityLevelConfiguration: { name: 'global-default' },
        distinguisherMethod: { type: 'ByUser' },
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'example-e2e-non-existent-user' } }],
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
          },
        ],
      },
    },
    status: {
      conditions: [
        {
          type: 'PatchStatusFailed',
          status: 'False',
          reason: 'Patched',
          message: 'by e2e',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    isStatusOnly: true,
    body: { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } } },
    status: {
      conditions: [
        {
          type: 'PatchStatusFailed',
          status: 'False',
          reason: 'Patched',
          message: 'by e2e',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    body: { spec: { controller: 'example.com/controller' } },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    body: { spec: { defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } } } },
    status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
  },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', body: { spec: { podSelector: {}, ingress: [{}] } } },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    name: '192.168.77.1',
    body: { spec: { parentRef: { resource: 'services', name: 'x', namespace: 'default' } } },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    body: { spec: { cidrs: ['10.196.196.0/24'] } },
    status: { conditions: [timedCondition] },
  },
  { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', body: { handler: 'example-handler' } },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    body: { spec: { selector, minAvailable: 1 } },
    status: {
      disruptedPods: { pod: '2026-01-01T00:00:00Z' },
      disruptionsAllowed: 1,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
    },
  },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', body: { rules } },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', body: { rules } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    body: { subjects, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' } },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    body: { subjects, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' } },
  },
  { apiVersion: 'resource.k8s.io/v1', kind: 'DeviceClass', body: { spec: {} } },
  { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', body: { spec: deviceRequests } },
  { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaimTemplate', body: { spec: { spec: deviceRequests } } },
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceSlice',
    body: {
      spec: {
        driver: 'd.example.com',
        nodeName: 'n',
        pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
        devices: [{ name: 'd' }],
      },
    },
  },
  { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', body: { value: 1 } },
  { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', body: { spec: { attachRequired: false } } },
  { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', body: { spec: { drivers: [] } } },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    body: { storageClassName: 'c', nodeTopology: { matchLabels: { a: 'b' } }, capacity: '1Gi' },
  },
  { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', body: { provisioner: 'e2e-fake-provisioner' } },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    isStatusOnly: true,
    body: { spec: { attacher: 'e2e-test.io', nodeName: 'n', source: { persistentVolumeName: 'pv' } } },
    status: { attached: true },
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttributesClass',
    body: { driverName: 'e2e-fake-csi', parameters: { a: 'b' } },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    body: { webhooks: [webhook] },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    body: { webhooks: [webhook] },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    isStatusOnly: true,
    body: {
      spec: {
        matchConstraints: {
          namespaceSelector: { matchLabels: labels },
          resourceRules: [
            { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] },
          ],
        },
        validations: [{ expression: 'object.spec.replicas <= 100' }],
      },
    },
    status: { conditions: [timedCondition] },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    body: { spec: { policyName: 'p', validationActions: ['Deny'] } },
  },
];
