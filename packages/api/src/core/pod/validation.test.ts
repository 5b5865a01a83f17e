import { describe, expect, it } from 'vitest';
import type { Container } from '../container.ts';
import type { Pod, PodSpec } from '../pod.ts';
import { applyPodDefaults } from './defaults.ts';
import { ephemeralContainersStrategy, podStrategy, resizeStrategy } from './strategy.ts';

const container = (change: Partial<Container> = {}): Container => ({ name: 'web', image: 'nginx', ...change });

function pod(spec: Partial<PodSpec> = {}): Pod {
  const result: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { containers: [container()], ...structuredClone(spec) },
  };
  applyPodDefaults(result);
  return result;
}

const context = { subresource: '', nowMs: 0 };
const complaintsOf = (spec: Partial<PodSpec>) =>
  podStrategy.validate!(pod(spec), context).map(({ field, message }) => `${field}: ${message}`);

const probe = { httpGet: { port: 80 } };
const seconds = (values: object) => ({ ...probe, ...values });

describe('validatePod', () => {
  const cases: [string, Partial<PodSpec>, string[]][] = [
    ['a plain pod', {}, []],
    ['no containers', { containers: [] }, ['spec.containers: Required value']],
    ['no image', { containers: [{ name: 'web' }] }, ['spec.containers[0].image: Required value']],
    [
      'two containers of one name',
      { containers: [container(), container()] },
      ['spec.containers[1].name: Duplicate value: "web"'],
    ],
    [
      'an image with spaces',
      { containers: [container({ image: ' nginx' })] },
      ['spec.containers[0].image: Invalid value: " nginx": must not have leading or trailing whitespace'],
    ],
    [
      'more requested than allowed',
      { containers: [container({ resources: { requests: { cpu: '500m' }, limits: { cpu: '400m' } } })] },
      ['spec.containers[0].resources.requests: Invalid value: "500m": must be less than or equal to cpu limit of 400m'],
    ],
    [
      'an unknown resource',
      { containers: [container({ resources: { limits: { gpu: '1' } } })] },
      [
        'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
        'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
        'spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
        'spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers',
      ],
    ],
    [
      'half an extended resource',
      { containers: [container({ resources: { limits: { 'example.com/gpu': '500m' } } })] },
      [
        'spec.containers[0].resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
        'spec.containers[0].resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer',
      ],
    ],
    [
      'huge pages alone',
      { containers: [container({ resources: { limits: { 'hugepages-2Mi': '4Mi' } } })] },
      ['spec.containers[0].resources: Forbidden: HugePages require cpu or memory'],
    ],
    [
      'a mount without volume',
      { containers: [container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })] },
      ['spec.containers[0].volumeMounts[0].name: Not found: "data"'],
    ],
    [
      'two mounts at one path',
      {
        containers: [
          container({
            volumeMounts: [
              { name: 'a', mountPath: '/x' },
              { name: 'a', mountPath: '/x' },
            ],
          }),
        ],
        volumes: [{ name: 'a' }],
      },
      ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/x": must be unique'],
    ],
    [
      'a volume of two types',
      { volumes: [{ name: 'a', emptyDir: {}, hostPath: { path: '/x' } }] },
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'a value from two places',
      {
        containers: [
          container({ env: [{ name: 'A', value: 'b', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
        ],
      },
      ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
    ],
    [
      'an unknown field reference',
      { containers: [container({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.nope' } } }] })] },
      [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "status.nope": error converting fieldPath: field label not supported: status.nope',
      ],
    ],
    [
      'a liveness probe that must succeed twice',
      { containers: [container({ livenessProbe: seconds({ successThreshold: 2 }) })] },
      ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
    ],
    [
      'a probe that does nothing',
      { containers: [container({ readinessProbe: {} })] },
      ['spec.containers[0].readinessProbe: Required value: must specify a handler type'],
    ],
    [
      'a probe of an init container',
      { initContainers: [container({ name: 'init', readinessProbe: probe })] },
      [
        'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    ],
    [
      'a probe of a sidecar',
      { initContainers: [container({ name: 'side', restartPolicy: 'Always', readinessProbe: probe })] },
      [],
    ],
    [
      'an unknown restart policy',
      { restartPolicy: 'Sometimes' },
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      'a policy without its configuration',
      { dnsPolicy: 'None' },
      ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    ],
    [
      'a toleration of everything, by value',
      { tolerations: [{ operator: 'Equal' }] },
      [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      'a skew of nothing',
      { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] },
      ['spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero'],
    ],
    [
      'host ports that differ on the host network',
      { hostNetwork: true, containers: [container({ ports: [{ containerPort: 80, hostPort: 81, protocol: 'TCP' }] })] },
      [
        'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
      ],
    ],
    [
      'one host port for two containers',
      {
        containers: ['a', 'b'].map((name) =>
          container({ name, ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }),
        ),
        initContainers: ['c', 'd'].map((name) =>
          container({ name, ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }),
        ),
      },
      ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
    ],
    [
      'privileges denied and granted',
      { containers: [container({ securityContext: { privileged: true, allowPrivilegeEscalation: false } })] },
      [
        'spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      ],
    ],
    [
      'settings of the other operating system',
      { os: { name: 'windows' }, hostPID: true, containers: [container({ securityContext: { privileged: true } })] },
      [
        'spec.hostPID: Forbidden: cannot be set for a windows pod',
        'spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod',
      ],
    ],
    [
      'containers for debugging from the start',
      { ephemeralContainers: [{ name: 'debug', image: 'busybox' }] },
      ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
    ],
    [
      'gates on a pod that has a node',
      { nodeName: 'n1', schedulingGates: [{ name: 'wait' }] },
      ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    ],
  ];
  it.each(cases)('%s', (_, spec, complaints) => expect(complaintsOf(spec)).toEqual(complaints));
});

/** What an update through `strategy` complains of, after preparing it as the registry does. */
function update(strategy: typeof podStrategy, old: Pod, change: (draft: Pod) => void) {
  const draft = structuredClone(old);
  change(draft);
  strategy.prepareForUpdate!(draft, old, context);
  const errors = [...(strategy.validate?.(draft, context) ?? []), ...strategy.validateUpdate!(draft, old, context)];
  return { draft, complaints: errors.map(({ field, message }) => `${field}: ${message.split('\n')[0]}`) };
}

function stored(spec: Partial<PodSpec> = {}): Pod {
  const result = pod(spec);
  podStrategy.prepareForCreate!(result, context);
  result.metadata.resourceVersion = '1';
  return result;
}

describe('changes to a pod', () => {
  it('lets images change', () => {
    expect(update(podStrategy, stored(), ({ spec }) => (spec.containers[0]!.image = 'nginx:2')).complaints).toEqual([]);
  });

  it('lets tolerations be added, but not taken away', () => {
    const old = stored({ tolerations: [{ key: 'a', operator: 'Exists' }] });
    const added = update(podStrategy, old, ({ spec }) => spec.tolerations!.push({ key: 'b', operator: 'Exists' }));
    expect(added.complaints).toEqual([]);
    const removed = update(podStrategy, old, ({ spec }) => (spec.tolerations = []));
    expect(removed.complaints).toEqual([
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
  });

  it('refuses nearly everything else', () => {
    const { complaints } = update(podStrategy, stored(), ({ spec }) => (spec.hostname = 'other'));
    expect(complaints).toEqual([
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    ]);
  });

  it('lets a gated pod be placed more narrowly', () => {
    const old = stored({ schedulingGates: [{ name: 'wait' }], nodeSelector: { a: '1' } });
    const narrower = update(podStrategy, old, ({ spec }) => (spec.nodeSelector = { a: '1', b: '2' }));
    expect(narrower.complaints).toEqual([]);
    const wider = update(podStrategy, old, ({ spec }) => (spec.nodeSelector = {}));
    expect(wider.complaints).toEqual([
      'spec.nodeSelector: Invalid value: {}: only additions are allowed to spec.nodeSelector (no mutations or deletions)',
    ]);
    const regated = update(podStrategy, old, ({ spec }) => (spec.schedulingGates = [{ name: 'other' }]));
    expect(regated.complaints).toEqual([
      "spec.schedulingGates[0]: Forbidden: only deletion is allowed, but found new scheduling gate 'other'",
    ]);
  });

  it('adds containers for debugging through their own subresource only', () => {
    const { draft, complaints } = update(ephemeralContainersStrategy, stored(), ({ spec }) => {
      spec.hostname = 'ignored';
      spec.ephemeralContainers = [
        { name: 'debug', image: 'busybox', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' },
      ];
    });
    expect(complaints).toEqual([]);
    expect(draft.spec.hostname).toBeUndefined();
    expect(draft.spec.ephemeralContainers).toHaveLength(1);
  });

  it('resizes within the class of service', () => {
    const old = stored({ containers: [container({ resources: { requests: { cpu: '100m' } } })] });
    const bigger = update(
      resizeStrategy,
      old,
      ({ spec }) => (spec.containers[0]!.resources = { requests: { cpu: '1' } }),
    );
    expect(bigger.complaints).toEqual([]);
    expect(bigger.draft.spec.containers[0]!.resources).toEqual({ requests: { cpu: '1' } });
    const none = update(resizeStrategy, old, ({ spec }) => (spec.containers[0]!.resources = { requests: {} }));
    expect(none.complaints).toEqual([
      'spec: Invalid value: "BestEffort": Pod QOS Class may not change as a result of resizing',
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
    ]);
    const disk = update(
      resizeStrategy,
      old,
      ({ spec }) => (spec.containers[0]!.resources!.requests!['ephemeral-storage'] = '1Gi'),
    );
    expect(disk.complaints).toEqual(['spec: Forbidden: only cpu and memory resources are mutable']);
    const renamed = update(resizeStrategy, old, ({ spec }) => (spec.containers[0]!.name = 'other'));
    expect(renamed.complaints).toEqual([
      'spec.containers: Forbidden: containers may not be renamed or reordered on resize',
    ]);
  });
});
