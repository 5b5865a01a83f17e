import { podKind } from '@kubets/api';
import { type KindDefinition, StatusError } from '@kubets/core';
import { describe, expect, it } from 'vitest';
import { requestInfo } from './request-info.ts';
import { resolveRoute } from './route.ts';

const pods: KindDefinition = podKind as unknown as KindDefinition;
const catalog = { generation: 0, find: () => pods, kinds: () => [pods] };
const POD = '/api/v1/namespaces/default/pods/web';

function subresourceFor(method: string, path: string): string | undefined {
  return resolveRoute(catalog, requestInfo(method, path))?.subresource?.name;
}

describe('routes of subresources', () => {
  it('lets a proxy pass on every method, OPTIONS too', () => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect(subresourceFor(method, `${POD}/proxy/some/path`)).toBe('proxy');
      expect(subresourceFor(method, `${POD}:8080/proxy`)).toBe('proxy');
    }
  });

  it('refuses HEAD and OPTIONS elsewhere', () => {
    for (const path of ['/api/v1/pods', POD, `${POD}/exec`, `${POD}/log`, `${POD}/status`]) {
      for (const method of ['HEAD', 'OPTIONS']) expect(() => subresourceFor(method, path)).toThrow(StatusError);
    }
  });
});
