import { expect, test } from 'vitest';
import { type StatefulSet, statefulSetKind } from './stateful-set.ts';

const { strategy } = statefulSetKind;

function complaints(claims: readonly string[], mounts: readonly string[], volumes: readonly object[] = []): string[] {
  const container = {
    name: 'main',
    image: 'nginx',
    volumeMounts: mounts.map((name) => ({ name, mountPath: `/${name}` })),
  };
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [container], volumes } },
      volumeClaimTemplates: claims.map((name) => ({
        metadata: { name },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      })),
    },
  } as unknown as StatefulSet;
  strategy.applyDefaults?.(set);
  const errors = strategy.validate?.(set, { subresource: '', nowMs: 0 }) ?? [];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

test('containers may mount what the claim templates give, and nothing that is not there', () => {
  expect(complaints(['data'], ['data'])).toEqual([]);
  expect(complaints(['data'], ['data'], [{ name: 'data', emptyDir: {} }])).toEqual([]);
  expect(complaints(['data'], ['cache', 'data'], [{ name: 'cache', emptyDir: {} }])).toEqual([]);
  expect(complaints(['data'], ['logs'])).toEqual([
    'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "logs"',
  ]);
});
