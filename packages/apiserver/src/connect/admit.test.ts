import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import { type AdmissionPlugin, type AdmissionRequest, refused } from '../admission/admission.ts';
import type { Connector, ConnectRequest } from './connector.ts';

let harness: Harness;
const seen: AdmissionRequest[] = [];
const connected: ConnectRequest[] = [];
let plugin: Pick<AdmissionPlugin, 'mutate' | 'validate'> = {};
const policies = '/apis/admissionregistration.k8s.io/v1';

beforeAll(async () => {
  const connector: Connector = {
    async connect(request) {
      connected.push(request);
      request.exchange.respond(200, request.headers, 'connected');
    },
  };
  const watching: AdmissionPlugin = {
    name: 'Watching',
    handles: (operation) => operation === 'CONNECT',
    mutate: (admission) => {
      seen.push({ ...admission, object: structuredClone(admission.object) });
      return plugin.mutate?.(admission) as Promise<void>;
    },
    validate: (admission) => plugin.validate?.(admission),
  };
  harness = await Harness.start({ connector }, { admission: [watching] });
});
beforeEach(() => {
  seen.length = 0;
  connected.length = 0;
  plugin = {};
});
afterAll(() => harness.stop());

const pod = '/api/v1/namespaces/default/pods/web';

it.each([
  [
    `${pod}/exec?command=ls&command=-l&stdin=true&tty=1&container=c`,
    'POST',
    'exec',
    {
      kind: 'PodExecOptions',
      apiVersion: 'v1',
      stdin: true,
      tty: true,
      container: 'c',
      command: ['ls', '-l'],
    },
  ],
  [
    `${pod}/attach?stdout=true&stderr=false`,
    'GET',
    'attach',
    { kind: 'PodAttachOptions', apiVersion: 'v1', stdout: true },
  ],
  [
    `${pod}/portforward?ports=80,81&ports=82`,
    'POST',
    'portforward',
    {
      kind: 'PodPortForwardOptions',
      apiVersion: 'v1',
      ports: [80, 81, 82],
    },
  ],
  [`${pod}/proxy/a/b/`, 'GET', 'proxy', { kind: 'PodProxyOptions', apiVersion: 'v1', path: '/a/b/' }],
  [
    '/api/v1/namespaces/default/services/s:http/proxy',
    'DELETE',
    'proxy',
    { kind: 'ServiceProxyOptions', apiVersion: 'v1' },
  ],
  ['/api/v1/nodes/n/proxy/stats', 'GET', 'proxy', { kind: 'NodeProxyOptions', apiVersion: 'v1', path: '/stats' }],
])('%s reaches admission', async (target, method, subresource, object) => {
  expect((await harness.call(method, target)).code).toBe(200);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ operation: 'CONNECT', subresource, object, old: undefined, dryRun: false });
});

it('does not show logs to admission', async () => {
  expect((await harness.call('GET', `${pod}/log`)).code).toBe(200);
  expect(seen).toEqual([]);
});

it('is refused as a plugin says, before any connection', async () => {
  plugin = {
    validate: (admission) => {
      admission.warn('one more word');
      throw refused(admission, 'no');
    },
  };
  const answer = await harness.call('POST', `${pod}/exec?command=ls`);
  expect(answer.json()).toMatchObject({ code: 403, message: 'pods "web" is forbidden: no' });
  expect(answer.headers.warning).toEqual(['299 - "one more word"']);
  expect(connected).toEqual([]);
});

it('goes on with the options that a plugin has changed', async () => {
  plugin = { mutate: ({ object }) => void Object.assign(object!, { container: 'other', tty: false }) };
  await harness.call('POST', `${pod}/exec?command=ls&tty=true&stdin=true`);
  expect(Object.fromEntries(connected[0]!.query)).toEqual({
    stdin: ['true'],
    container: ['other'],
    command: ['ls'],
  });
});

it('is changed by policies too', async () => {
  await harness.create(`${policies}/mutatingadmissionpolicies`, {
    metadata: { name: 'main' },
    spec: {
      matchConstraints: {
        resourceRules: [{ operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/attach'] }],
      },
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: { expression: '[JSONPatch{op: "add", path: "/container", value: "main"}]' },
        },
      ],
    },
  });
  await harness.create(`${policies}/mutatingadmissionpolicybindings`, {
    metadata: { name: 'main' },
    spec: { policyName: 'main' },
  });
  await harness.call('POST', `${pod}/attach?stdout=true`);
  expect(Object.fromEntries(connected[0]!.query)).toEqual({ stdout: ['true'], container: ['main'] });
});

it('meets policies, with the options as object', async () => {
  await harness.create(`${policies}/validatingadmissionpolicies`, {
    metadata: { name: 'no-shells' },
    spec: {
      matchConstraints: {
        resourceRules: [{ operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/exec'] }],
      },
      validations: [
        {
          expression: `object.kind == 'PodExecOptions' && request.kind.kind == 'PodExecOptions' && object.command[0] != 'sh'`,
          message: 'no shells',
        },
      ],
    },
  });
  await harness.create(`${policies}/validatingadmissionpolicybindings`, {
    metadata: { name: 'no-shells' },
    spec: { policyName: 'no-shells', validationActions: ['Deny'] },
  });
  const shell = await harness.call('POST', `${pod}/exec?command=sh`);
  expect(shell.json().message).toContain('no shells');
  expect((await harness.call('POST', `${pod}/exec?command=ls`)).code).toBe(200);
});
