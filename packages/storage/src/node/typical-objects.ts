/**
 * What objects in a cluster usually look like, in the form in which they are stored. Records are compressed against this
 * text: what a record has in common with it costs next to nothing. It is written into every new data directory, so it may
 * change without making older ones unreadable. What is most frequent stands last, where it is found fastest.
 */

const TIME = '2026-01-01T00:00:00Z';
const UID = 'b007f447-9df3-4a99-b067-028c6a761bf4';

function managed(manager: string, fields: object, subresource?: string): object {
  const entry = {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: TIME,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
  };
  return subresource ? { ...entry, subresource } : entry;
}

const configMap = {
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: {
    name: 'kube-root-ca.crt',
    namespace: 'default',
    uid: UID,
    creationTimestamp: TIME,
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '' },
    managedFields: [managed('kubectl-client-side-apply', { 'f:data': { '.': {}, 'f:key': {} } })],
  },
  data: { 'ca.crt': '-----BEGIN CERTIFICATE-----\n' },
};

const lease = {
  kind: 'Lease',
  apiVersion: 'coordination.k8s.io/v1',
  metadata: { name: 'node', namespace: 'kube-node-lease', uid: UID, creationTimestamp: TIME },
  spec: { holderIdentity: 'node', leaseDurationSeconds: 40, renewTime: '2026-01-01T00:00:00.000000Z' },
};

const event = {
  kind: 'Event',
  apiVersion: 'v1',
  metadata: {
    name: 'web-f77c8bb45-xzxmm.18ea099701a4648c',
    namespace: 'default',
    uid: UID,
    creationTimestamp: TIME,
    managedFields: [
      managed('kubelet', {
        'f:count': {},
        'f:firstTimestamp': {},
        'f:involvedObject': {},
        'f:lastTimestamp': {},
        'f:message': {},
        'f:reason': {},
        'f:reportingComponent': {},
        'f:reportingInstance': {},
        'f:source': { 'f:component': {} },
        'f:type': {},
      }),
    ],
  },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace: 'default', uid: UID, resourceVersion: '1' },
  reason: 'Scheduled',
  message: 'Successfully assigned default/web to node',
  source: { component: 'default-scheduler' },
  firstTimestamp: TIME,
  lastTimestamp: TIME,
  count: 1,
  type: 'Normal',
  reportingComponent: 'kubelet',
  reportingInstance: '',
};

const replicaSet = {
  kind: 'ReplicaSet',
  apiVersion: 'apps/v1',
  metadata: {
    name: 'web-f77c8bb45',
    namespace: 'default',
    uid: UID,
    generation: 1,
    creationTimestamp: TIME,
    labels: { app: 'web', 'pod-template-hash': 'f77c8bb45' },
    annotations: { 'deployment.kubernetes.io/desired-replicas': '1', 'deployment.kubernetes.io/revision': '1' },
  },
  spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } } } },
  status: { replicas: 1, fullyLabeledReplicas: 1, observedGeneration: 1, readyReplicas: 1, availableReplicas: 1 },
};

const VOLUME = 'kube-api-access-tx2gp';

const podFields = {
  'f:metadata': {
    'f:generateName': {},
    'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} },
    'f:ownerReferences': { '.': {}, [`k:{"uid":"${UID}"}`]: {} },
  },
  'f:spec': {
    'f:containers': {
      'k:{"name":"main"}': {
        '.': {},
        'f:env': { '.': {}, 'k:{"name":"NAME"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
        'f:image': {},
        'f:imagePullPolicy': {},
        'f:name': {},
        'f:ports': {
          '.': {},
          'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
        },
        'f:resources': { '.': {}, 'f:requests': { '.': {}, 'f:cpu': {}, 'f:memory': {} } },
        'f:terminationMessagePath': {},
        'f:terminationMessagePolicy': {},
      },
    },
    'f:dnsPolicy': {},
    'f:enableServiceLinks': {},
    'f:restartPolicy': {},
    'f:schedulerName': {},
    'f:securityContext': {},
    'f:terminationGracePeriodSeconds': {},
  },
};

const statusFields = {
  'f:status': {
    'f:conditions': {
      'k:{"type":"ContainersReady"}': { '.': {}, 'f:lastProbeTime': {}, 'f:lastTransitionTime': {}, 'f:status': {} },
    },
    'f:containerStatuses': {},
    'f:hostIP': {},
    'f:phase': {},
    'f:podIP': {},
    'f:podIPs': { '.': {}, 'k:{"ip":"10.0.0.1"}': { '.': {}, 'f:ip': {} } },
    'f:startTime': {},
  },
};

const podSpec = {
  containers: [
    {
      name: 'main',
      image: 'registry.example.com/image:latest',
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      env: [{ name: 'NAME', value: 'value' }],
      resources: { limits: { memory: '128Mi' }, requests: { cpu: '100m', memory: '64Mi' } },
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      volumeMounts: [{ name: VOLUME, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
    },
  ],
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
  schedulerName: 'default-scheduler',
  enableServiceLinks: true,
  serviceAccountName: 'default',
  serviceAccount: 'default',
  volumes: [
    {
      name: VOLUME,
      projected: {
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
        defaultMode: 420,
      },
    },
  ],
  priority: 0,
  preemptionPolicy: 'PreemptLowerPriority',
  tolerations: [
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ],
  nodeName: 'node',
};

const condition = (type: string) => ({
  type,
  observedGeneration: 1,
  status: 'True',
  lastProbeTime: null,
  lastTransitionTime: TIME,
});

const podStatus = {
  phase: 'Running',
  qosClass: 'Burstable',
  conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
  hostIP: '10.0.0.1',
  hostIPs: [{ ip: '10.0.0.1' }],
  podIP: '10.42.0.1',
  podIPs: [{ ip: '10.42.0.1' }],
  startTime: TIME,
  containerStatuses: [
    {
      name: 'main',
      state: { running: { startedAt: TIME } },
      lastState: {},
      ready: true,
      restartCount: 0,
      image: 'registry.example.com/image:latest',
      imageID: 'registry.example.com/image@sha256:',
      containerID: 'containerd://',
      started: true,
      allocatedResources: { cpu: '100m', memory: '64Mi' },
    },
  ],
};

const pod = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: 'web-f77c8bb45-xzxmm',
    generateName: 'web-f77c8bb45-',
    namespace: 'default',
    uid: UID,
    generation: 1,
    creationTimestamp: TIME,
    labels: { app: 'web', 'pod-template-hash': 'f77c8bb45' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web-f77c8bb45',
        uid: UID,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    managedFields: [managed('kube-controller-manager', podFields), managed('kubelet', statusFields, 'status')],
  },
  spec: podSpec,
  status: podStatus,
};

export const typicalObjects: string = [configMap, lease, replicaSet, event, pod].map((o) => JSON.stringify(o)).join('');
