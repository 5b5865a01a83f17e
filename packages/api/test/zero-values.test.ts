import {
  applySchemaDefaults,
  conform,
  decodeMessage,
  encodeMessage,
  type JsonObject,
  type KindDefinition,
} from '@kubets/core';
import { expect, test } from 'vitest';
import { builtInKinds } from '../src/index.ts';

const kindOf = (name: string) => builtInKinds.find(({ kind }) => kind === name) as KindDefinition;

/** Zero values that mean something, and some that mean nothing and are not shown. */
test.each<[kind: string, given: JsonObject, kept: JsonObject]>([
  ['Deployment', { spec: { replicas: 0, paused: false } }, { spec: { replicas: 0 } }],
  [
    'Deployment',
    { spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } } },
    { spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } } },
  ],
  ['StatefulSet', { spec: { revisionHistoryLimit: 0 } }, { spec: { revisionHistoryLimit: 0 } }],
  ['Job', { spec: { backoffLimit: 0, suspend: false } }, { spec: { backoffLimit: 0, suspend: false } }],
  ['Pod', { spec: { terminationGracePeriodSeconds: 0 } }, { spec: { terminationGracePeriodSeconds: 0 } }],
  ['Pod', { spec: { hostNetwork: false, nodeName: '' } }, { spec: {} }],
  ['Pod', { spec: { automountServiceAccountToken: false } }, { spec: { automountServiceAccountToken: false } }],
  ['Pod', { spec: { securityContext: { runAsUser: 0 } } }, { spec: { securityContext: { runAsUser: 0 } } }],
  ['PersistentVolumeClaim', { spec: { storageClassName: '' } }, { spec: { storageClassName: '' } }],
  ['ConfigMap', { immutable: false, data: {} }, { immutable: false }],
])('%s %j', (name, given, kept) => {
  const { schema } = kindOf(name);
  const { value } = conform(schema, given);
  expect(value).toEqual(kept);
  expect(decodeMessage(schema, encodeMessage(schema, value))).toEqual(kept);
});

test('schema defaults are idempotent for every kind', () => {
  for (const { schema } of builtInKinds) {
    const draft: JsonObject = {};
    applySchemaDefaults(schema, draft);
    const once = structuredClone(draft);
    applySchemaDefaults(schema, draft);
    expect(draft).toEqual(once);
    expect(conform(schema, draft).unknownFields).toEqual([]);
  }
});
