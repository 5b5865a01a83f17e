import type { JsonObject } from '@kubets/core';
import { describe, expect, it } from 'vitest';
import { create, update } from './write.ts';

/** What the reference server says of objects that are wrong in more than one way, or in an unusual one. */
const pod = (spec: JsonObject): JsonObject => ({
  spec: { containers: [{ name: 'c', image: 'busybox:1' }], ...spec },
});
const container = (fields: JsonObject, spec: JsonObject = {}): JsonObject =>
  pod({ containers: [{ name: 'c', image: 'busybox:1', ...fields }], ...spec });
const volumeOfPod = (source: JsonObject): JsonObject => pod({ volumes: [{ name: 'v', ...source }] });
const volume = (spec: JsonObject): JsonObject => ({
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...spec },
});
const service = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  metadata: { name: 'x', namespace: 'default', ...metadata },
  spec: { ports: [{ port: 80 }], ...spec },
});
const limits = (item: JsonObject): JsonObject => ({ spec: { limits: [item] } });
const dockerSecret = (text: string): JsonObject => ({
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': Buffer.from(text).toString('base64') },
});
const secret = '.dockerconfigjson';

type Case = [what: string, kind: string, object: JsonObject, complaints: string[]];

const PODS: Case[] = [
  [
    'a volume with which something is wrong cannot be mounted',
    'Pod',
    container(
      { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      { volumes: [{ name: 'v', configMap: { name: '' } }] },
    ),
    ['spec.volumes[0].configMap.name: Required value', 'spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ],
  [
    'mounts without names are not found either',
    'Pod',
    container({ volumeMounts: [{ name: '', mountPath: '/v' }], volumeDevices: [{ name: '', devicePath: '' }] }),
    [
      'spec.containers[0].volumeMounts[0].name: Required value',
      'spec.containers[0].volumeMounts[0].name: Not found: ""',
      'spec.containers[0].volumeMounts[0].name: Invalid value: "": must not already exist in volumeDevices',
      'spec.containers[0].volumeDevices[0].name: Required value',
      'spec.containers[0].volumeDevices[0].name: Not found: ""',
      'spec.containers[0].volumeDevices[0].devicePath: Required value',
      'spec.containers[0].volumeDevices[0].name: Invalid value: "": must not already exist in volumeMounts',
    ],
  ],
  [
    'options of mounts are told by their list',
    'Pod',
    container(
      { volumeMounts: [{ name: 'v', mountPath: '/v', subPath: '../a', mountPropagation: 'Odd' }] },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    ),
    [
      'spec.containers[0].volumeMounts.subPath: Invalid value: "../a": must not contain \'..\'',
      'spec.containers[0].volumeMounts.mountPropagation: Unsupported value: "Odd": supported values: "Bidirectional", "HostToContainer", "None"',
    ],
  ],
  [
    'devices below nothing',
    'Pod',
    container(
      { volumeDevices: [{ name: 'v', devicePath: '/dev/../x' }] },
      { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
    ),
    ['spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/dev/../x": can not contain backsteps (\'..\')'],
  ],
  [
    'values have their documented order',
    'Pod',
    container({ terminationMessagePolicy: 'Odd' }, { dnsPolicy: 'Odd', restartPolicy: 'Odd' }),
    [
      'spec.containers[0].terminationMessagePolicy: Unsupported value: "Odd": supported values: "File", "FallbackToLogsOnError"',
      'spec.restartPolicy: Unsupported value: "Odd": supported values: "Always", "OnFailure", "Never"',
      'spec.dnsPolicy: Unsupported value: "Odd": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ],
  ],
  [
    'preferred nodes may have any values, spread topologies any keys',
    'Pod',
    pod({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: 'k', operator: 'In', values: ['bad value!'] }] } },
          ],
        },
      },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'bad key!', whenUnsatisfiable: 'DoNotSchedule' }],
    }),
    [],
  ],
  [
    'of two constraints that say the same the first is blamed',
    'Pod',
    pod({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
        { maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
      ],
    }),
    ['spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"'],
  ],
  [
    'tokens need an account',
    'Pod',
    volumeOfPod({ projected: { sources: [{ serviceAccountToken: { path: '../t' } }] } }),
    [
      'spec.volumes[0].projected.path: Invalid value: "../t": must not contain \'..\'',
      'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
  ],
  [
    'a path may have any key',
    'Pod',
    volumeOfPod({ secret: { secretName: 's', items: [{ key: 'a b', path: 'p' }] } }),
    [],
  ],
  [
    'users of Windows',
    'Pod',
    pod({ securityContext: { windowsOptions: { gmsaCredentialSpecName: 'A', runAsUserName: 'a\\b\\c' } } }),
    [
      "spec.securityContext.windowsOptions.gmsaCredentialSpecName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash',
    ],
  ],
  [
    'a profile that is not used',
    'Pod',
    pod({ securityContext: { seccompProfile: { type: 'RuntimeDefault', localhostProfile: 'a' } } }),
    [
      'spec.securityContext.seccompProfile.localhostProfile: Invalid value: {"Type":"RuntimeDefault","LocalhostProfile":"a"}: can only be set when seccomp type is Localhost',
    ],
  ],
];

const VOLUMES: Case[] = [
  [
    'two sources',
    'PersistentVolume',
    volume({ cephfs: { monitors: ['m'] }, nfs: { server: 's', path: '/p' } }),
    ['spec.cephFS: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'no size, no modes',
    'PersistentVolume',
    { spec: { nfs: { server: 's', path: 'p' } } },
    [
      'spec.accessModes: Required value',
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: null: supported values: "storage"',
      'spec.nfs.path: Invalid value: "p": must be an absolute path',
    ],
  ],
  [
    'a negative size',
    'PersistentVolume',
    volume({ capacity: { storage: '-5' }, local: { path: '/a' } }),
    [
      'spec.capacity[storage]: Invalid value: -5: must be a valid resource quantity',
      'spec.capacity[storage]: Invalid value: "-5": must be greater than zero',
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ],
  ],
  [
    'a blob under the address of a managed disk',
    'PersistentVolume',
    volume({ azureDisk: { diskName: 'd', diskURI: '/subscriptions/x' } }),
    [
      'spec.azureDisk.diskURI: Unsupported value: "/subscriptions/x": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
    ],
  ],
  [
    'a secret of nowhere',
    'PersistentVolume',
    volume({ cinder: { volumeID: 'v', secretRef: {} } }),
    ['spec.cinder.secretRef.name: Required value', 'spec.cinder.secretRef.namespace: Required value'],
  ],
  [
    'partitions',
    'PersistentVolume',
    volume({ gcePersistentDisk: { pdName: '', partition: 256 } }),
    [
      'spec.persistentDisk.pdName: Required value',
      'spec.persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive',
    ],
  ],
  [
    'initiators',
    'PersistentVolume',
    volume({ iscsi: { targetPortal: 't', iqn: 'x', lun: 300, initiatorName: 'iqn.x' } }),
    [
      'spec.iscsi.iqn: Invalid value: "x": must be valid format',
      'spec.iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive',
      'spec.iscsi.initiatorname: Invalid value: "iqn.x": must be valid format',
    ],
  ],
  [
    'options under a reserved name',
    'Pod',
    volumeOfPod({ flexVolume: { driver: 'a/b', options: { 'x.k8s.io/y': 'z' } } }),
    [
      'spec.volumes[0].flexVolume.options[x.k8s.io/y]: Invalid value: "x.k8s.io/y": kubernetes.io and k8s.io namespaces are reserved',
    ],
  ],
];

const OTHERS: Case[] = [
  [
    'the order of bounds',
    'LimitRange',
    limits({
      type: 'Container',
      min: { cpu: '2' },
      max: { cpu: '1' },
      default: { cpu: '3' },
      defaultRequest: { cpu: '1' },
    }),
    [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
      'spec.limits[0].default[cpu]: Invalid value: "1": default value 3 is greater than max value 1',
    ],
  ],
  [
    'an odd type is told once',
    'LimitRange',
    limits({ type: '' }),
    [
      'spec.limits[0].type: Invalid value: "": name part must be non-empty',
      "spec.limits[0].type: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
  [
    'scopes that do not exist',
    'ResourceQuota',
    { spec: { scopeSelector: { matchExpressions: [{ scopeName: 'Odd', operator: 'Exists' }] } } },
    ['spec.scopeSelector.matchExpressions.scopeName: Invalid value: "Odd": unsupported scope'],
  ],
  [
    'credentials that are no JSON',
    'Secret',
    dockerSecret('i'),
    [
      `data[${secret}]: Invalid value: "<secret contents redacted>": invalid character 'i' looking for beginning of value`,
    ],
  ],
  [
    'credentials that are empty',
    'Secret',
    dockerSecret(''),
    [`data[${secret}]: Invalid value: "<secret contents redacted>": unexpected end of JSON input`],
  ],
  [
    'credentials that are a list',
    'Secret',
    dockerSecret('[]'),
    [
      `data[${secret}]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}`,
    ],
  ],
  [
    'an endpoint that is nowhere',
    'Endpoints',
    { subsets: [{ addresses: [{ ip: 'x' }] }] },
    [
      'subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address',
    ],
  ],
  [
    'a node that has less than nothing',
    'Node',
    { status: { capacity: { cpu: '-5', 'example.com/a': '1500m' } }, spec: { taints: [{ key: 'a', effect: 'Odd' }] } },
    [
      'metadata.taints[0].effect: Unsupported value: "Odd": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'status.capacity.cpu: Invalid value: "-5": must be greater than or equal to 0',
      'status.capacity.example.com/a: Invalid value: "1500m": must be an integer',
      'status.allocatable.cpu: Invalid value: "-5": must be greater than or equal to 0',
      'status.allocatable.example.com/a: Invalid value: "1500m": must be an integer',
    ],
  ],
  [
    'labels of a template are told by the template',
    'PodTemplate',
    { template: { metadata: { labels: { 'bad key!': 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
    [
      "template.labels: Invalid value: \"bad key!\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
  [
    'addresses that contradict each other',
    'Service',
    service({ clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.8'], ipFamilies: ['IPv5'] }),
    [
      'spec.clusterIPs: Invalid value: ["10.96.0.8"]: first value must match `clusterIP`',
      'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
    ],
  ],
  [
    'ranges by annotation',
    'Service',
    service({}, { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8' } }),
    [
      "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
  ],
];

describe('complaints', () => {
  it.each([...PODS, ...VOLUMES, ...OTHERS])('%s', (_what, kind, object, complaints) => {
    expect(create(kind, object).complaints).toEqual(complaints);
  });
});

it('the types of conditions are names', () => {
  const stored = create('Pod', pod({})).object;
  const status = { conditions: [{ type: 'Ready' }, { type: 'example.com/x' }, { type: 'bad type!' }] };
  expect(update('Pod', stored, { status }, 'status').complaints).toEqual([
    "metadata.conditions[2].Type: Invalid value: \"bad type!\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  ]);
});

it('a pod has one address of a family', () => {
  const stored = create('Pod', pod({})).object;
  const status = { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }] };
  expect(update('Pod', stored, { status }, 'status').complaints).toEqual([
    'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family',
    'status.podIPs[1]: Duplicate value: {"IP":"10.0.0.1"}',
  ]);
});

it('the policy for images with too long a name is that of unknown ones', () => {
  const spec = create('Pod', container({ image: 'a'.repeat(300) })).object.spec as JsonObject;
  expect((spec.containers as JsonObject[])[0]?.imagePullPolicy).toBe('IfNotPresent');
});
