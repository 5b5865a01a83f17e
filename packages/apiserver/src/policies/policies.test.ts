import { hostClock } from '@kubets/core/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let harness: Harness;
const group = '/apis/admissionregistration.k8s.io/v1';
const maps = '/api/v1/namespaces/default/configmaps';
beforeAll(async () => {
  harness = await Harness.start();
});
afterEach(async () => {
  for (const resource of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
    await harness.call('DELETE', `${group}/${resource}`);
  await harness.call('DELETE', maps);
});
afterAll(() => harness.stop());

const constraints = {
  resourceRules: [
    { operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
  ],
};

/** Puts a policy in force. */
async function enforce(policy: object, binding: object = {}): Promise<void> {
  await harness.create(`${group}/validatingadmissionpolicies`, {
    metadata: { name: 'p' },
    spec: { matchConstraints: constraints, ...policy },
  });
  await harness.create(`${group}/validatingadmissionpolicybindings`, {
    metadata: { name: 'b' },
    spec: { policyName: 'p', validationActions: ['Deny'], ...binding },
  });
}

const post = (name: string, data: Record<string, string> = {}, options: object = {}) =>
  harness.call('POST', maps, { body: { metadata: { name }, data }, ...options });

const WHERE = `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: `;

describe('a policy', () => {
  it('refuses what does not satisfy it', async () => {
    await enforce({ validations: [{ expression: 'object.data.size() <= 1' }] });
    expect((await post('a', { x: '1' })).code).toBe(201);
    const refused = await post('b', { x: '1', y: '2' });
    expect(refused.code).toBe(422);
    expect(refused.json()).toMatchObject({
      reason: 'Invalid',
      message: `configmaps "b" is forbidden: ${WHERE}failed expression: object.data.size() <= 1`,
      details: {
        name: 'b',
        kind: 'configmaps',
        causes: [{ message: `${WHERE}failed expression: object.data.size() <= 1` }],
      },
    });
  });

  it('says why in words of its own', async () => {
    await enforce({
      variables: [{ name: 'count', expression: 'object.data.size()' }],
      validations: [
        {
          expression: 'variables.count <= 1',
          message: 'too much',
          messageExpression: '"too much: " + string(variables.count)',
          reason: 'Forbidden',
        },
      ],
    });
    const refused = await post('b', { x: '1', y: '2' });
    expect(refused.code).toBe(403);
    expect(refused.json().message).toBe(`configmaps "b" is forbidden: ${WHERE}too much: 2`);
  });

  it('may only warn', async () => {
    const binding = { validationActions: ['Warn', 'Audit'] };
    await enforce({ validations: [{ expression: 'false', message: 'no good' }] }, binding);
    const answer = await post('a');
    expect(answer.code).toBe(201);
    const text = `Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no good`;
    expect(answer.headers.warning).toEqual([`299 - "${text}"`]);
  });

  it('sees old object, request, namespace and the rights of the user', async () => {
    await enforce({
      matchConditions: [{ name: 'updates', expression: 'request.operation == "UPDATE"' }],
      validations: [
        { expression: 'oldObject.data.k == "1" && object.data.k == "2"' },
        { expression: 'namespaceObject.metadata.name == "default"' },
        { expression: 'request.userInfo.username == "admin"' },
        { expression: 'authorizer.group("").resource("pods").namespace("default").check("create").allowed()' },
        { expression: 'authorizer.requestResource.check("update").allowed()' },
        {
          expression:
            '!authorizer.serviceAccount("default", "default").group("").resource("pods").check("get").allowed()',
        },
      ],
    });
    expect((await post('a', { k: '1' })).code).toBe(201);
    const update = (k: string) => harness.call('PUT', `${maps}/a`, { body: { metadata: { name: 'a' }, data: { k } } });
    expect((await update('2')).text()).toContain('"k":"2"');
    expect((await update('3')).code).toBe(422);
  });

  it('asks what the user may do with what selectors let through', async () => {
    const rule = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['leases'] };
    const pods = 'authorizer.group("").resource("pods")';
    await enforce({
      matchConstraints: { resourceRules: [rule] },
      matchConditions: [{ name: 'nodes', expression: 'request.userInfo.username.startsWith("system:node:")' }],
      validations: [
        { expression: `${pods}.fieldSelector("spec.nodeName=" + object.metadata.name).check("list").allowed()` },
        { expression: `${pods}.fieldSelector("spec.nodeName=n1").labelSelector("a in (b)").check("watch").allowed()` },
        { expression: `!${pods}.labelSelector("spec.nodeName=n1").check("list").allowed()` },
        { expression: `!${pods}.fieldSelector("spec.nodeName=n1,unreadable").check("list").allowed()` },
      ],
    });
    const asNode = { 'impersonate-user': 'system:node:n1', 'impersonate-group': 'system:nodes' };
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const created = await harness.call('POST', leases, { headers: asNode, body: { metadata: { name: 'n1' } } });
    expect(created.json()).toMatchObject({ kind: 'Lease' });
  });

  it('that spends too much denies', async () => {
    const each = (body: string) => `object.data.all(x, ${body})`;
    const dear = each(each(each('x != "y"')));
    await enforce({ validations: Array.from({ length: 12 }, () => ({ expression: dear })) });
    const data = Object.fromEntries(Array.from({ length: 55 }, (_, index) => [`k${index}`, 'v']));
    const budget = 'validation failed due to running out of cost budget, no further validation rules will be run';
    expect((await post('a', data)).json().message).toContain(`denied request: ${budget}`);
    const more = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`k${index}`, 'v']));
    const limit = 'operation cancelled: actual cost limit exceeded';
    expect((await post('b', more)).json().message).toContain(`expression '${dear}' resulted in error: ${limit}`);
  });

  it('that cannot be evaluated denies, or not, as its failure policy says', async () => {
    await enforce({ validations: [{ expression: 'object.data.missing == "x"' }] });
    const refused = await post('a');
    expect(refused.code).toBe(422);
    expect(refused.json().message).toContain(`expression 'object.data.missing == "x"' resulted in error: no such key`);
    await harness.call('DELETE', `${group}/validatingadmissionpolicybindings`);
    await harness.call('DELETE', `${group}/validatingadmissionpolicies`);
    await enforce({ failurePolicy: 'Ignore', validations: [{ expression: 'object.data.missing == "x"' }] });
    expect((await post('a')).code).toBe(201);
  });

  it('is checked against the types of the kinds that it names', async () => {
    const rules = [{ operations: ['*'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }];
    await harness.create(`${group}/validatingadmissionpolicies`, {
      metadata: { name: 'types' },
      spec: {
        matchConstraints: { resourceRules: rules },
        variables: [{ name: 'replicas', expression: 'object.spec.replicas' }],
        validations: [
          { expression: "variables.replicas > '1'" },
          { expression: 'object.spec.maxReplicas > 10' },
          { expression: 'object.spec.template.spec.containers.all(c, c.image.startsWith("x"))' },
        ],
      },
    });
    let status: { observedGeneration?: number; typeChecking?: { expressionWarnings: object[] } } | undefined;
    while (!status?.observedGeneration) {
      status = (await harness.call('GET', `${group}/validatingadmissionpolicies/types`)).json().status;
      await hostClock.sleep(10);
    }
    expect(status.typeChecking?.expressionWarnings).toMatchObject([
      {
        fieldRef: 'spec.validations[0].expression',
        warning: expect.stringMatching(
          /^apps\/v1, Kind=Deployment: ERROR: <input>:1:20: found no matching overload for '_>_' applied to '\(int, string\)'/,
        ),
      },
      { fieldRef: 'spec.validations[1].expression', warning: expect.stringContaining("undefined field 'maxReplicas'") },
    ]);
  });

  it('is checked against the types of custom resources and of its parameters', async () => {
    await harness.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'crontabs.stable.example.com' },
      spec: {
        group: 'stable.example.com',
        names: { plural: 'crontabs', kind: 'CronTab' },
        scope: 'Namespaced',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', properties: { replicas: { type: 'integer' } } } },
              },
            },
          },
        ],
      },
    });
    const rules = [
      { operations: ['*'], apiGroups: ['stable.example.com'], apiVersions: ['v1'], resources: ['crontabs'] },
    ];
    await harness.create(`${group}/validatingadmissionpolicies`, {
      metadata: { name: 'custom' },
      spec: {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: { resourceRules: rules },
        validations: [
          { expression: 'object.spec.replicas > 1 && params.data.size() > 0 && object.metadata.labels.a == "b"' },
          { expression: "object.spec.replicas > '1'", messageExpression: "'got ' + object.spec.replicas" },
          { expression: 'params.nothing == 1' },
        ],
      },
    });
    let status: { observedGeneration?: number; typeChecking?: { expressionWarnings: object[] } } | undefined;
    while (!status?.observedGeneration) {
      status = (await harness.call('GET', `${group}/validatingadmissionpolicies/custom`)).json().status;
      await hostClock.sleep(10);
    }
    const kind = 'stable.example.com/v1, Kind=CronTab: ERROR: <input>:1:';
    expect(status.typeChecking?.expressionWarnings).toEqual([
      {
        fieldRef: 'spec.validations[1].expression',
        warning: `${kind}22: found no matching overload for '_>_' applied to '(int, string)'\n | object.spec.replicas > '1'\n | .....................^\n`,
      },
      {
        fieldRef: 'spec.validations[1].messageExpression',
        warning: expect.stringContaining("found no matching overload for '_+_' applied to '(string, int)'"),
      },
      { fieldRef: 'spec.validations[2].expression', warning: expect.stringContaining("undefined field 'nothing'") },
    ]);
  });

  it('is refused with expressions that do not fit', async () => {
    const validations = [
      { expression: '1 +' },
      { expression: '"text"' },
      { expression: 'true', messageExpression: 'authorizer.path("/").check("get").reason()', message: ' ' },
      { expression: 'request.nothing == ""', reason: 'Unauthorized' },
      { expression: 'namespaceObject.metadata.creationTimestamp < timestamp("2100-01-01T00:00:00Z")' },
    ];
    const spec = { matchConstraints: constraints, validations, auditAnnotations: [{ key: 'a', valueExpression: '1' }] };
    const answer = await harness.call('POST', `${group}/validatingadmissionpolicies`, {
      body: { metadata: { name: 'p' }, spec },
    });
    const causes = answer.json().details.causes.map(({ field, message }: { field: string; message: string }) => {
      return `${field}: ${message.split('\n')[0]}`;
    });
    expect(causes).toEqual([
      expect.stringMatching(/^spec.validations\[0\].expression: Invalid value: "1 \+": compilation failed: ERROR/),
      'spec.validations[1].expression: Invalid value: "\\"text\\"": must evaluate to bool but got string',
      expect.stringContaining('spec.validations[2].messageExpression: Invalid value'),
      'spec.validations[2].message: Invalid value: " ": must be non-empty if specified',
      expect.stringContaining("undefined field 'nothing'"),
      'spec.validations[3].reason: Unsupported value: "Unauthorized": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
    ]);
  });

  it('takes parameters from its binding', async () => {
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    const paramRef = { name: 'limits', namespace: 'kube-system', parameterNotFoundAction: 'Deny' };
    await enforce(
      { paramKind, validations: [{ expression: 'object.data.size() <= int(params.data.max)' }] },
      { paramRef },
    );
    expect((await post('a')).json().message).toContain(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    );
    const target = '/api/v1/namespaces/kube-system/configmaps';
    await harness.call('DELETE', `${group}/validatingadmissionpolicybindings`);
    await harness.create(target, { metadata: { name: 'limits' }, data: { max: '1' } });
    const spec = { policyName: 'p', validationActions: ['Deny'], paramRef };
    const matchResources = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } };
    await harness.create(`${group}/validatingadmissionpolicybindings`, {
      metadata: { name: 'b' },
      spec: { ...spec, matchResources },
    });
    expect((await post('a', { x: '1' })).code).toBe(201);
    expect((await post('b', { x: '1', y: '2' })).code).toBe(422);
    expect(
      (await harness.call('POST', target, { body: { metadata: { name: 'c' }, data: { x: '1', y: '2' } } })).code,
    ).toBe(201);
  });
});
