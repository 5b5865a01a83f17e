import type { KubeObject } from '@kubets/core';
import type { ClusterLayout } from '../cluster/layout.ts';

const NAMESPACE = 'kube-system';
const LABELS = { 'k8s-app': 'kube-dns' };
const ROLE_LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const DNS_PORTS = [
  { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
  { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
];
const HEALTH_PORT = 8181;

const object = (apiVersion: string, kind: string, name: string, rest: object, namespace?: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace ? { namespace, labels: LABELS } : { labels: ROLE_LABELS }) },
  ...rest,
});

function podSpec(layout: ClusterLayout, image: string): object {
  const flags = ['--cluster-domain', layout.clusterDomain, '--health-port', String(HEALTH_PORT)];
  return {
    serviceAccountName: 'coredns',
    priorityClassName: 'system-cluster-critical',
    dnsPolicy: 'Default',
    tolerations: [
      { key: 'CriticalAddonsOnly', operator: 'Exists' },
      { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
    ],
    containers: [
      {
        name: 'dns',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', '--max-semi-space-size=1', '/kubets/dns.mjs', ...flags],
        ports: [
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
          { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
          { name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' },
        ],
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '192Mi' } },
        readinessProbe: { httpGet: { path: '/ready', port: HEALTH_PORT }, periodSeconds: 2, failureThreshold: 3 },
        livenessProbe: {
          httpGet: { path: '/health', port: HEALTH_PORT },
          initialDelaySeconds: 30,
          periodSeconds: 10,
          failureThreshold: 5,
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
        },
      },
    ],
  };
}

/** The cluster's DNS: its rights, its Deployment from the system image, and the Service at the address that pods are told. */
export function dnsObjects(layout: ClusterLayout, systemImage: string): KubeObject[] {
  const rules = [
    { apiGroups: [''], resources: ['services', 'namespaces'], verbs: ['list', 'watch'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  ];
  return [
    object('v1', 'ServiceAccount', 'coredns', {}, NAMESPACE),
    object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'system:coredns', { rules }),
    object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'system:coredns', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace: NAMESPACE }],
    }),
    object(
      'v1',
      'Service',
      'kube-dns',
      { spec: { clusterIP: layout.dnsAddress, selector: LABELS, ports: DNS_PORTS } },
      NAMESPACE,
    ),
    object(
      'apps/v1',
      'Deployment',
      'coredns',
      {
        spec: {
          replicas: 1,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
          selector: { matchLabels: LABELS },
          template: { metadata: { labels: LABELS }, spec: podSpec(layout, systemImage) },
        },
      },
      NAMESPACE,
    ),
  ];
}
