import { describe, expect, it } from 'vitest';
import { requestInfo } from '../pipeline/request-info.ts';
import { AuditPolicy } from './policy.ts';

const policy = (rules: string, more = '') =>
  AuditPolicy.parse(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${more}rules:\n${rules}`);
const alice = { name: 'alice', groups: ['dev', 'system:authenticated'] };
const levelOf = (rules: string, method: string, target: string, user = alice) =>
  policy(`${rules}\n- level: Metadata`).decide(requestInfo(method, target), user).level;

describe('a rule', () => {
  const pods = '/api/v1/namespaces/a/pods';
  it.each([
    ['- {level: None, users: [alice]}', 'GET', pods, 'None'],
    ['- {level: None, users: [bob]}', 'GET', pods, 'Metadata'],
    ['- {level: None, userGroups: [dev]}', 'GET', pods, 'None'],
    ['- {level: None, userGroups: [ops]}', 'GET', pods, 'Metadata'],
    ['- {level: None, verbs: [list, watch]}', 'GET', pods, 'None'],
    ['- {level: None, verbs: [list]}', 'POST', pods, 'Metadata'],
    ['- {level: None, namespaces: [a]}', 'GET', pods, 'None'],
    ['- {level: None, namespaces: [b]}', 'GET', pods, 'Metadata'],
    ['- {level: None, namespaces: [""]}', 'GET', '/api/v1/nodes', 'None'],
    ['- {level: None, namespaces: [""]}', 'GET', '/version', 'Metadata'],
    ['- {level: None, resources: [{group: "", resources: [pods]}]}', 'GET', pods, 'None'],
    ['- {level: None, resources: [{group: "", resources: [pods]}]}', 'GET', `${pods}/x/log`, 'Metadata'],
    ['- {level: None, resources: [{group: "", resources: [pods/log]}]}', 'GET', `${pods}/x/log`, 'None'],
    ['- {level: None, resources: [{group: "", resources: ["pods/*"]}]}', 'GET', `${pods}/x/log`, 'None'],
    ['- {level: None, resources: [{group: "", resources: ["*/log"]}]}', 'GET', `${pods}/x/log`, 'None'],
    ['- {level: None, resources: [{group: "", resources: ["*"]}]}', 'GET', `${pods}/x/log`, 'None'],
    ['- {level: None, resources: [{group: ""}]}', 'GET', `${pods}/x/log`, 'None'],
    ['- {level: None, resources: [{group: apps}]}', 'GET', pods, 'Metadata'],
    ['- {level: None, resources: [{group: "", resources: [pods], resourceNames: [x]}]}', 'GET', `${pods}/x`, 'None'],
    [
      '- {level: None, resources: [{group: "", resources: [pods], resourceNames: [x]}]}',
      'GET',
      `${pods}/y`,
      'Metadata',
    ],
    ['- {level: None, nonResourceURLs: ["/healthz*", /version]}', 'GET', '/healthz/ping', 'None'],
    ['- {level: None, nonResourceURLs: ["/healthz*", /version]}', 'GET', '/version', 'None'],
    ['- {level: None, nonResourceURLs: ["/healthz*", /version]}', 'GET', '/metrics', 'Metadata'],
    ['- {level: None, nonResourceURLs: ["*"]}', 'GET', pods, 'Metadata'],
  ])('%s, %s %s: %s', (rule, method, target, level) => {
    expect(levelOf(rule, method, target)).toBe(level);
  });
});

describe('a policy', () => {
  it('records nothing that no rule is for', () => {
    const decision = policy('- {level: Request, users: [bob]}').decide(requestInfo('GET', '/version'), alice);
    expect(decision.level).toBe('None');
  });

  it('joins omitted stages, and lets rules keep managed fields', () => {
    const more = 'omitStages: [RequestReceived]\nomitManagedFields: true\n';
    const decide = (rule: string) => policy(rule, more).decide(requestInfo('GET', '/version'), alice);
    const decision = decide('- {level: Request, omitStages: [Panic]}');
    expect([...decision.omitStages]).toEqual(['RequestReceived', 'Panic']);
    expect(decision.omitManagedFields).toBe(true);
    expect(decide('- {level: Request, omitManagedFields: false}').omitManagedFields).toBe(false);
  });

  it.each([
    ['', 'loaded illegal policy with 0 rules'],
    ['- {}', 'rules[0].level: Required value'],
    ['- {level: All}', 'rules[0].level: Unsupported value: "All"'],
    ['- {level: None, nonResourceURLs: [a]}', "must begin with a '/'"],
    ['- {level: None, nonResourceURLs: ["/*/b"]}', 'must be the final character'],
    ['- {level: None, namespaces: [a], nonResourceURLs: [/b]}', 'cannot apply to both'],
    ['- {level: None, resources: [{group: apps/v1}]}', 'rules[0].resources[0].group'],
    ['- {level: None, resources: [{resourceNames: [a]}]}', 'requires at least one resource'],
    ['- {level: None, omitStages: [Begin]}', 'allowed stages are'],
  ])('with %s is refused', (rules, message) => {
    expect(() => policy(rules)).toThrow(message);
  });

  it('of another kind is refused', () => {
    expect(() => AuditPolicy.parse('kind: Policy\napiVersion: audit.k8s.io/v1beta1\nrules: [{level: None}]')).toThrow(
      'unknown group version',
    );
    expect(() => AuditPolicy.parse('just text')).toThrow('an audit policy is an object');
  });
});
