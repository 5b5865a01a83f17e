import { describe, expect, it } from 'vitest';
import { httpRequestOf } from './http-request.ts';
import type { ApiRequest } from './transport.ts';

const base: ApiRequest = {
  verb: 'get',
  resource: { group: '', version: 'v1', resource: 'pods' },
  namespace: 'default',
  name: 'web',
  subresource: '',
  options: {},
};

describe('httpRequestOf', () => {
  it.each<[Partial<ApiRequest>, string, string]>([
    [{}, 'GET', '/api/v1/namespaces/default/pods/web'],
    [
      { verb: 'list', name: '', options: { labelSelector: 'a=b', limit: 5 } },
      'GET',
      '/api/v1/namespaces/default/pods?labelSelector=a%3Db&limit=5',
    ],
    [
      { verb: 'watch', name: '', namespace: '', options: { allowWatchBookmarks: true } },
      'GET',
      '/api/v1/pods?watch=true&allowWatchBookmarks=true',
    ],
    [{ verb: 'create', subresource: 'binding', body: {} }, 'POST', '/api/v1/namespaces/default/pods/web/binding'],
    [
      { verb: 'update', resource: { group: 'apps', version: 'v1', resource: 'deployments' }, body: {} },
      'PUT',
      '/apis/apps/v1/namespaces/default/deployments/web',
    ],
    [{ verb: 'delete', options: { dryRun: true } }, 'DELETE', '/api/v1/namespaces/default/pods/web?dryRun=All'],
    [{ verb: 'deletecollection', name: '' }, 'DELETE', '/api/v1/namespaces/default/pods'],
  ])('%j is %s %s', (change, method, path) =>
    expect(httpRequestOf({ ...base, ...change })).toMatchObject({ method, path }),
  );

  it('names the kind of a patch in its content type', () => {
    expect(httpRequestOf({ ...base, verb: 'patch', patchType: 'apply', body: { a: 1 } })).toMatchObject({
      method: 'PATCH',
      contentType: 'application/apply-patch+yaml',
      body: '{"a":1}',
    });
  });
});
