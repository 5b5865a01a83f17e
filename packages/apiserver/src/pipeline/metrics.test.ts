import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let harness: Harness;
const maps = '/api/v1/namespaces/default/configmaps';
const admissions = '/apis/admissionregistration.k8s.io/v1';
const policyRule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };

beforeAll(async () => {
  harness = await Harness.start({}, { runtimeConfig: { 'legacy/all': true } });
  await harness.create(`${admissions}/validatingadmissionpolicies`, {
    metadata: { name: 'p' },
    spec: {
      matchConstraints: { resourceRules: [policyRule] },
      validations: [{ expression: "object.metadata.name != 'wrong'" }],
    },
  });
  await harness.create(`${admissions}/validatingadmissionpolicybindings`, {
    metadata: { name: 'b' },
    spec: { policyName: 'p', validationActions: ['Deny'] },
  });
});
afterAll(() => harness.stop());

/** Values by name and labels. */
async function scrape(): Promise<Map<string, number>> {
  const text = (await harness.call('GET', '/metrics')).text();
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

const resource = (more: string) =>
  `component="apiserver",dry_run="",group="",resource="configmaps",scope="namespace",subresource="",${more},version="v1"`;

describe('metrics', () => {
  it.each([
    ['apiserver_admission_controller_admission_duration_seconds', 'histogram', 'STABLE'],
    ['apiserver_admission_step_admission_duration_seconds', 'histogram', 'STABLE'],
    ['apiserver_admission_webhook_admission_duration_seconds', 'histogram', 'STABLE'],
    ['apiserver_current_inflight_requests', 'gauge', 'STABLE'],
    ['apiserver_longrunning_requests', 'gauge', 'STABLE'],
    ['apiserver_request_duration_seconds', 'histogram', 'STABLE'],
    ['apiserver_request_total', 'counter', 'STABLE'],
    ['apiserver_requested_deprecated_apis', 'gauge', 'STABLE'],
    ['apiserver_response_sizes', 'histogram', 'STABLE'],
    ['apiserver_storage_objects', 'gauge', 'STABLE'],
    ['apiserver_storage_size_bytes', 'gauge', 'STABLE'],
    ['apiserver_validating_admission_policy_check_total', 'counter', 'BETA'],
    ['apiserver_validating_admission_policy_check_duration_seconds', 'histogram', 'BETA'],
    ['apiserver_flowcontrol_current_executing_requests', 'gauge', 'BETA'],
    ['apiserver_flowcontrol_current_executing_seats', 'gauge', 'BETA'],
    ['apiserver_flowcontrol_current_inqueue_requests', 'gauge', 'BETA'],
    ['apiserver_flowcontrol_dispatched_requests_total', 'counter', 'BETA'],
    ['apiserver_flowcontrol_nominal_limit_seats', 'gauge', 'BETA'],
    ['apiserver_flowcontrol_rejected_requests_total', 'counter', 'BETA'],
    ['apiserver_flowcontrol_request_wait_duration_seconds', 'histogram', 'BETA'],
    ['kubernetes_healthcheck', 'gauge', 'STABLE'],
    ['kubernetes_healthchecks_total', 'counter', 'STABLE'],
    ['kubernetes_build_info', 'gauge', 'ALPHA'],
  ])('has %s, a %s, %s', async (name, type, stability) => {
    const text = (await harness.call('GET', '/metrics')).text();
    expect(text).toContain(`# TYPE ${name} ${type}\n`);
    expect(text).toMatch(new RegExp(`^# HELP ${name} \\[${stability}\\] `, 'm'));
  });

  it('counts requests, with what is only tried told apart, and the sizes of answers that are read', async () => {
    await harness.create(maps, { metadata: { name: 'a' } });
    await harness.call('POST', `${maps}?dryRun=All`, { body: { metadata: { name: 'dry' } } });
    const { bytes } = await harness.call('GET', maps);
    const values = await scrape();
    expect(values.get(`apiserver_request_total{code="201",${resource('verb="POST"')}}`)).toBe(1);
    const dry = `apiserver_request_total{code="201",${resource('verb="POST"')}}`.replace('dry_run=""', 'dry_run="All"');
    expect(values.get(dry)).toBe(1);
    const read = resource('verb="LIST"').replace('dry_run="",', '');
    expect(values.get(`apiserver_response_sizes_sum{${read}}`)).toBe(bytes.length);
    expect(values.get(`apiserver_response_sizes_bucket{${read},le="+Inf"}`)).toBe(1);
    // The other one is the server's own.
    expect(values.get('apiserver_storage_objects{resource="configmaps"}')).toBe(2);
    expect(values.get('apiserver_storage_size_bytes{storage_cluster_id="storage-0"}')).toBeGreaterThan(0);
    // The scrape itself is being served.
    expect(values.get('apiserver_current_inflight_requests{request_kind="readOnly"}')).toBeGreaterThan(0);
    expect(
      values.get('apiserver_flowcontrol_current_executing_requests{flow_schema="exempt",priority_level="exempt"}'),
    ).toBe(1);
  });

  it('tells how long admission takes, and who refuses', async () => {
    const before = await scrape();
    const refused = await harness.call('POST', maps, { body: { metadata: { name: 'wrong' } } });
    expect(refused.code).toBe(422);
    const after = await scrape();
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    const controllers = 'apiserver_admission_controller_admission_duration_seconds';
    const run = (name: string, rejected: boolean, type = 'validate') =>
      `${controllers}_count{name="${name}",operation="CREATE",rejected="${rejected}",type="${type}"}`;
    expect(grown(run('ValidatingAdmissionPolicy', true))).toBe(1);
    expect(grown(run('ValidatingAdmissionPolicy', false))).toBe(0);
    expect(grown(run('NamespaceLifecycle', false, 'admit'))).toBe(1);
    // It is behind the one that refuses.
    expect(grown(run('ValidatingAdmissionWebhook', false))).toBe(0);
    const step = (type: string, rejected: boolean) =>
      `apiserver_admission_step_admission_duration_seconds_count{operation="CREATE",rejected="${rejected}",type="${type}"}`;
    expect([grown(step('admit', false)), grown(step('validate', true)), grown(step('validate', false))]).toEqual([
      1, 1, 0,
    ]);
    const check = (action: string) =>
      `apiserver_validating_admission_policy_check_total{enforcement_action="${action}",error_type="no_error",policy="p",policy_binding="b"}`;
    expect([grown(check('deny')), grown(check('allow'))]).toEqual([1, 0]);
  });

  it('tells which old versions are asked for', async () => {
    await harness.call('GET', '/apis/extensions/v1beta1/ingresses');
    const name = 'apiserver_requested_deprecated_apis';
    const what = 'group="extensions",removed_release="1.22",resource="ingresses",subresource="",version="v1beta1"';
    expect((await scrape()).get(`${name}{${what}}`)).toBe(1);
  });

  it('tells the results of health checks', async () => {
    await harness.call('GET', '/readyz');
    const values = await scrape();
    expect(values.get('kubernetes_healthcheck{name="ping",type="readyz"}')).toBe(1);
    expect(values.get('kubernetes_healthchecks_total{name="ping",status="success",type="readyz"}')).toBe(1);
  });
});
