import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, TestCluster } from '../src/cluster.ts';
import { CLUSTER_NAME } from '../src/global-setup.ts';

const NS = 'policies';
let cluster: TestCluster;
const k = (args: string | readonly string[], options = {}) => {
  const words = typeof args === 'string' ? args.split(' ') : args;
  return cluster.kubectl(['-n', NS, ...words], options);
};

const POLICIES = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: { name: greeting.e2e.example.com }
spec:
  reinvocationPolicy: IfNeeded
  matchConstraints:
    namespaceSelector: { matchLabels: { policies: "on" } }
    resourceRules: [{ operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods] }]
  variables:
    - { name: greeting, expression: '"hello " + object.metadata.name' }
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: >
          Object{
            metadata: Object.metadata{labels: {"greeted": "yes"}},
            spec: Object.spec{
              containers: object.spec.containers.map(c, Object.spec.containers{
                name: c.name,
                env: [Object.spec.containers.env{name: "GREETING", value: variables.greeting}]
              })
            }
          }
    - patchType: JSONPatch
      jsonPatch:
        expression: >
          [JSONPatch{op: "add", path: "/metadata/annotations", value: {}},
           JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("example.com/by"), value: "policy"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: { name: greeting.e2e.example.com }
spec: { policyName: greeting.e2e.example.com }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: greeted.e2e.example.com }
spec:
  matchConstraints:
    namespaceSelector: { matchLabels: { policies: "on" } }
    resourceRules: [{ operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods] }]
  validations:
    - expression: object.metadata.labels.greeted == "yes"
    - expression: object.spec.containers.all(c, c.name != "rude")
      messageExpression: '"no " + object.spec.containers[0].name + " containers"'
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: greeted.e2e.example.com }
spec: { policyName: greeted.e2e.example.com, validationActions: [Deny] }
`;

const pod = (name: string, container = 'main') => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  terminationGracePeriodSeconds: 0
  containers: [{ name: ${container}, image: busybox, command: [sh, -c, 'echo $GREETING; sleep 3600'] }]
`;

beforeAll(async () => {
  cluster = await TestCluster.up(CLUSTER_NAME);
  await cluster.kubectl(`create namespace ${NS}`);
  await cluster.kubectl(`label namespace ${NS} policies=on`);
  await cluster.kubectl('apply -f -', { input: POLICIES });
});
afterAll(async () => {
  await cluster.kubectl('delete -f -', { input: POLICIES });
  await cluster.kubectl(`delete namespace ${NS} --wait=false`);
});

describe('policies', () => {
  it('change pods before others judge them, and the container sees it', async () => {
    await k('create -f -', { input: pod('world') });
    await k('wait --for=condition=Ready pod/world --timeout=60s');
    expect(await eventually(async () => (await k('logs world')) || undefined)).toBe('hello world\n');
    const annotation = 'jsonpath={.metadata.annotations.example\\.com/by}';
    expect(await k(['get', 'pod', 'world', '-o', annotation])).toBe('policy');
  });

  it('change what a dry run shows', async () => {
    const shown = await k('create -f - --dry-run=server -o jsonpath={.spec.containers[0].env}', { input: pod('dry') });
    expect(JSON.parse(shown)).toEqual([{ name: 'GREETING', value: 'hello dry' }]);
  });

  it('refuse in their own words', async () => {
    const { code, stderr } = await cluster.tryKubectl(['-n', NS, 'create', '-f', '-'], { input: pod('x', 'rude') });
    expect(code).toBe(1);
    expect(stderr).toContain(
      `ValidatingAdmissionPolicy 'greeted.e2e.example.com' with binding 'greeted.e2e.example.com' denied request: no rude containers`,
    );
  });

  it('are refused with expressions that do not compile', async () => {
    const wrong = POLICIES.split('---')[0]!.replace('Object.spec.containers.env{name', 'Nothing{name');
    const { code, stderr } = await cluster.tryKubectl(['apply', '-f', '-'], { input: wrong });
    expect(code).toBe(1);
    expect(stderr).toContain("undeclared reference to 'Nothing' (in container '')");
  });
});
