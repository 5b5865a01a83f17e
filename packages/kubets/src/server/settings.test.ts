import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absoluteSettings, mergeSettings } from '../cluster/settings.ts';
import { checkSettings } from './settings.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubets-settings-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const POLICY = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n';

describe('settings', () => {
  it('are kept until they are given anew; an empty one is taken back', () => {
    const kept = mergeSettings(undefined, { auditLogPath: '/a', auditLogMaxage: 0 });
    expect(mergeSettings(kept, { enableAdmissionPlugins: ['AlwaysAdmit'] })).toEqual({
      auditLogPath: '/a',
      auditLogMaxage: 0,
      enableAdmissionPlugins: ['AlwaysAdmit'],
    });
    expect(mergeSettings({ auditLogPath: '/a' }, { auditLogPath: '' })).toBeUndefined();
    expect(mergeSettings({ anonymousAuth: true }, { anonymousAuth: false })).toEqual({ anonymousAuth: false });
  });

  it('name files by their whole path', () => {
    const { auditPolicyFile, auditLogPath } = absoluteSettings({ auditPolicyFile: 'p.yaml', auditLogPath: '-' });
    expect(auditPolicyFile).toBe(join(process.cwd(), 'p.yaml'));
    expect(auditLogPath).toBe('-');
  });

  it('that are right are let through', () => {
    checkSettings();
    checkSettings({ auditPolicyFile: file('policy.yaml', POLICY), auditLogPath: '-', authorizationMode: ['RBAC'] });
    checkSettings({ authorizationMode: ['ABAC', 'Node'], authorizationPolicyFile: file('policies.jsonl', '') });
  });

  it.each([
    [() => ({ auditLogPath: '/a' }), 'records nothing without --audit-policy-file'],
    [() => ({ auditPolicyFile: file('bad.yaml', 'kind: Policy') }), /bad\.yaml: unknown group version/],
    [() => ({ auditPolicyFile: '/nowhere' }), /\/nowhere/],
    [() => ({ oidcIssuerUrl: 'https://x' }), 'belong together'],
    [() => ({ oidcIssuerUrl: 'http://x', oidcClientId: 'c' }), 'URL scheme must be https'],
    [() => ({ enableAdmissionPlugins: ['Nonsense'] }), 'plugin "Nonsense" is unknown'],
    [() => ({ enableAdmissionPlugins: ['ImagePolicyWebhook'] }), 'no config specified'],
    [() => ({ serviceAccountMaxTokenExpiration: '30m' }), 'must be between 1 hour and 2^32 seconds'],
    [() => ({ authorizationMode: ['Webhook'] }), 'belong together'],
    [() => ({ authorizationMode: ['ABAC'] }), 'belong together'],
    [() => ({ authorizationPolicyFile: '/x' }), 'belong together'],
    [
      () => ({
        authorizationConfig: file(
          'authz.yaml',
          '{apiVersion: apiserver.config.k8s.io/v1, kind: AuthorizationConfiguration, authorizers: [{type: ABAC, name: a}]}',
        ),
      }),
      'the authorizer ABAC needs --authorization-policy-file',
    ],
    [
      () => ({ authorizationMode: ['ABAC'], authorizationPolicyFile: file('abac.jsonl', '# none\n{') }),
      /error reading policy file .*abac\.jsonl, line 2: \{: /,
    ],
    [() => ({ authorizationMode: ['Nonsense'] }), 'is not a valid mode'],
    [() => ({ authorizationMode: ['RBAC'], authorizationConfig: '/x' }), 'stands instead of'],
    [
      () => ({ authenticationConfig: file('authn.yaml', 'kind: Other') }),
      /authn\.yaml: no AuthenticationConfiguration/,
    ],
    [() => ({ admissionControlConfigFile: file('adm.yaml', '{}') }), /adm\.yaml: no AdmissionConfiguration/],
  ])('that are wrong are told with where: %#', (settings, message) => {
    expect(() => checkSettings(settings())).toThrow(message);
  });
});
