import { describe, expect, it } from 'vitest';
import { requestInfo } from './request-info.ts';

describe('requestInfo', () => {
  const cases: [string, string, Record<string, unknown>][] = [
    [
      'GET',
      '/api/v1/namespaces/default/pods/web',
      { verb: 'get', namespace: 'default', resource: 'pods', name: 'web' },
    ],
    ['GET', '/api/v1/namespaces/default/pods', { verb: 'list', namespace: 'default', resource: 'pods', name: '' }],
    ['GET', '/api/v1/pods?watch=1', { verb: 'watch', namespace: '', resource: 'pods' }],
    ['GET', '/api/v1/pods?watch=false', { verb: 'list' }],
    ['GET', '/api/v1/pods?watch', { verb: 'watch' }],
    ['HEAD', '/api/v1/pods', { verb: 'list' }],
    ['GET', '/api/v1/watch/namespaces/default/pods/web', { verb: 'watch', namespace: 'default', name: 'web' }],
    ['POST', '/api/v1/namespaces', { verb: 'create', resource: 'namespaces', namespace: '' }],
    [
      'GET',
      '/api/v1/namespaces/default',
      { verb: 'get', resource: 'namespaces', name: 'default', namespace: 'default' },
    ],
    [
      'PUT',
      '/api/v1/namespaces/a/finalize',
      { verb: 'update', resource: 'namespaces', name: 'a', subresource: 'finalize' },
    ],
    ['GET', '/api/v1/namespaces/a/status', { resource: 'namespaces', name: 'a', subresource: 'status' }],
    ['DELETE', '/apis/apps/v1/namespaces/a/deployments', { verb: 'deletecollection', group: 'apps', version: 'v1' }],
    ['PATCH', '/apis/apps/v1/namespaces/a/deployments/d/scale', { verb: 'patch', subresource: 'scale', name: 'd' }],
    [
      'GET',
      '/api/v1/namespaces/a/services/https:s:443/proxy/x/y/?q=1',
      { name: 'https:s:443', subresource: 'proxy', rest: 'x/y/', query: 'q=1' },
    ],
    ['GET', '/apis/apps/v1', { isResource: false, verb: 'get', path: '/apis/apps/v1' }],
    ['GET', '/healthz', { isResource: false, path: '/healthz' }],
    ['GET', '/api/v1/namespaces/a/configmaps/a%2Fb', { name: 'a/b' }],
  ];
  for (const [method, target, expected] of cases) {
    it(`${method} ${target}`, () => expect(requestInfo(method, target)).toMatchObject(expected));
  }

  it('refuses malformed escapes', () => {
    expect(() => requestInfo('GET', '/api/v1/pods/%zz')).toThrow('invalid URL escape');
  });
});
